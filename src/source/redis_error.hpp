#pragma once

#include "pryv_export/base/error.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace pryv_export::source {

/// A server that cannot be reached, refuses, or answers what it should not.
class redis_failure : public std::runtime_error
{
public:
    enum class passes : std::uint8_t
    {
        never,
        by_itself, ///< the server said so: it is loading, has too many clients, …
        if_reached_before
    };

    redis_failure(exit_status status, std::string_view cause, std::string_view hint, passes when);

    /// Whether the same may work in a moment.
    passes when() const noexcept { return when_; }
    /// For the operator; `thing` is the server.
    export_error explained(std::string_view thing) const;
    /// The same, after so many attempts.
    export_error given_up(std::string_view thing, unsigned attempts) const;

private:
    exit_status status_;
    std::string hint_;
    passes when_;
};

/// What an error reply means. answer: "NOAUTH Authentication required."; command: the one that it answers.
redis_failure failure_of_answer(std::string_view answer, std::string_view command);
/// Bytes that no Redis server sends.
redis_failure failure_of_garbage();
/// A connection that ended or stayed silent while an answer was due; cause: "the connection was closed".
redis_failure failure_of_connection(std::string_view cause, std::string_view hint);

} // namespace pryv_export::source
