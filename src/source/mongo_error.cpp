#include "mongo_error.hpp"

#include "pryv_export/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pryv_export::source {

namespace {

/// Codes of the server that go away by themselves: the list of retryable reads of MongoDB's driver
/// specification, cursors and queries that were killed, snapshots that a cursor outlived, and time limits.
constexpr std::array transient_codes{6,     7,     43,    50,    63,    89,    91,   133, 134,
                                     150,   175,   189,   234,   237,   239,   246,  262, 9001,
                                     10107, 11600, 11602, 13388, 13435, 13436, 50915};

constexpr int unauthorized = 13;
constexpr int authentication_failed = 18;

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

/// libmongoc says "login failed" of anything that goes wrong while a connection is made, a server that shuts
/// down as well as a wrong password; the server's words tell them apart.
bool is_login(const bson_error_t& error, std::string_view text)
{
    if (contains(text, "Authentication failed")) return true;
    if (error.domain != MONGOC_ERROR_CLIENT || error.code != MONGOC_ERROR_CLIENT_AUTHENTICATE) return false;
    constexpr std::array<std::string_view, 6> words{"auth", "Auth", "mechanism", "SCRAM", "SASL", "user"};
    return std::any_of(words.begin(), words.end(), [&](auto word) { return contains(text, word); });
}

/// libmongoc tells why a server could not be reached in its text only.
std::string hint_for_unreachable(std::string_view text)
{
    if (contains(text, "connection refused"))
        return "start MongoDB, or check database:host and database:port (--mongo-uri)";
    if (contains(text, "Failed to resolve") || contains(text, "DNS"))
        return "check the host's name (database:host, --mongo-uri)";
    if (contains(text, "TLS") || contains(text, "SSL") || contains(text, "certificate"))
        return "check the certificates: --tls-ca names the authority that signed the server's, "
               "--tls-certificate is the one of this side";
    if (contains(text, "timeout") || contains(text, "timed out"))
        return "check the network between here and the server, and that it is running";
    return "check that the server is running and what its log says";
}

} // namespace

mongo_failure::mongo_failure(const bson_error_t& error) : std::runtime_error{printable(error.message)}
{
    std::string_view const text = what();
    bool const login = is_login(error, text);
    bool const connecting =
        error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
    bool const answered = error.domain == MONGOC_ERROR_SERVER || error.domain == MONGOC_ERROR_QUERY ||
                          error.domain == MONGOC_ERROR_COMMAND;
    if (login || (answered && error.code == authentication_failed)) {
        code_ = authentication_failed;
        transient_ = false;
        status_ = exit_status::denied;
        hint_ = "check the user, the password and the authSource (database:authUser, --mongo-uri)";
    } else if (answered) {
        code_ = static_cast<int>(error.code);
        transient_ =
            std::find(transient_codes.begin(), transient_codes.end(), code_) != transient_codes.end();
        bool const denied = code_ == unauthorized;
        status_ = denied       ? exit_status::denied
                  : transient_ ? exit_status::unreachable
                               : exit_status::io_error;
        hint_ =
            denied ? "give this MongoDB user the role 'read' on the database" : "look into the server's log";
    } else {
        bool const wrong_use =
            !connecting && (error.domain == MONGOC_ERROR_CLIENT || error.domain == MONGOC_ERROR_COMMAND);
        transient_ = !wrong_use;
        if (wrong_use) status_ = exit_status::io_error;
        hint_ = hint_for_unreachable(text);
    }
}

mongo_failure::mongo_failure(const std::string& cause)
    : std::runtime_error{cause}, hint_{"check that this is a MongoDB server and what its log says"}
{
}

bool mongo_failure::is_refused_login() const noexcept
{
    return code_ == authentication_failed;
}

export_error mongo_failure::explained(std::string_view thing) const
{
    return {status_, thing, text(), hint_};
}

} // namespace pryv_export::source
