#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wire {

/// What the server keeps of a password for SCRAM-SHA-256 (RFC 7677).
struct credentials
{
    std::string user;
    std::string password; ///< for PLAIN
    std::string salt;
    std::string stored_key;
    std::string server_key;
};

inline constexpr int scram_iterations = 15000;

credentials make_credentials(std::string user, std::string password);

/// One SCRAM conversation, from the server's side. Throws command_error 18 on any mistake.
class scram_conversation
{
public:
    explicit scram_conversation(const credentials& known) : known_(known) {}
    std::string start(std::string_view client_first);
    std::string finish(std::string_view client_final);

private:
    const credentials& known_;
    std::string client_first_bare_;
    std::string server_first_;
    std::string nonce_;
};

/// Throws command_error 18 when it is none.
std::string from_base64(std::string_view text);
/// PLAIN: NUL user NUL password.
bool plain_matches(const credentials& known, std::string_view payload);

} // namespace wire
