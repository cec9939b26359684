#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace wire {

/// The name the server sends along with a code; "Location<code>" for those without one.
std::string code_name(int code);

/// A command's refusal: answered with ok 0, this code and text.
class command_error : public std::runtime_error
{
public:
    command_error(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
    int code() const noexcept { return code_; }

private:
    int code_;
};

namespace codes {
inline constexpr int bad_value = 2;
inline constexpr int failed_to_parse = 9;
inline constexpr int unauthorized = 13;
inline constexpr int type_mismatch = 14;
inline constexpr int authentication_failed = 18;
inline constexpr int namespace_not_found = 26;
inline constexpr int cursor_not_found = 43;
inline constexpr int command_not_found = 59;
inline constexpr int invalid_options = 72;
inline constexpr int not_a_replica_set = 123;
inline constexpr int invalid_pipeline_operator = 168;
inline constexpr int unsupported_op_query = 352;
inline constexpr int unknown_accumulator = 15952;
inline constexpr int distinct_too_big = 17217;
inline constexpr int unknown_stage = 40324;
inline constexpr int not_in_session = 50736;
inline constexpr int without_session = 50737;
inline constexpr int other_session = 50738;
} // namespace codes

} // namespace wire
