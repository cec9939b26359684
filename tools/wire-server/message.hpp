#pragma once

#include "bson_writer.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace wire {

/// A client's message that cannot be understood: the connection is closed.
class protocol_error : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

inline constexpr std::int32_t op_reply = 1;
inline constexpr std::int32_t op_query = 2004;
inline constexpr std::int32_t op_msg = 2013;
inline constexpr std::size_t header_size = 16;
inline constexpr std::int32_t max_message_size = 48'000'000;

struct message_header
{
    std::int32_t length;
    std::int32_t request_id;
    std::int32_t response_to;
    std::int32_t opcode;
};

/// Throws protocol_error on a length no message has.
message_header parse_header(bson_bytes message);

/// One command. The storage holds the whole message; the rest points into it.
struct request
{
    message_header header{};
    std::shared_ptr<const bytes> storage;
    bson_bytes body;
    std::string_view command; ///< the first key, isMaster and ismaster as hello
    std::string_view database;
    bool wants_reply = true;

    std::optional<bson_element> get(std::string_view key) const noexcept { return first(body, key); }
    /// The command's own value: mostly a collection's name.
    std::string_view target() const noexcept { return text(get(command_key)); }
    std::string_view command_key; ///< as it was sent
};

/// Throws protocol_error.
request parse_message(std::shared_ptr<const bytes> message);

} // namespace wire
