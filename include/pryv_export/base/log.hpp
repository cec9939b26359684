#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace pryv_export {

enum class log_level : std::uint8_t
{
    error,
    warning,
    info,
    debug
};
/// "error", "warning", "info", "debug"
std::string_view name_of(log_level level) noexcept;

enum class log_format : std::uint8_t
{
    text,
    json
};

/// A named value of a log line; borrowed for the call.
struct log_field
{
    std::string_view name;
    std::variant<std::string_view, std::uint64_t, double, bool> value;
};

/// Lines for the operator and for machines, one call each. As text: "pryv-export: warning: <message>". As
/// JSON, one object a line: schema, seq (no gaps), time (UTC), level, event, message, then the fields.
/// Control characters and invalid UTF-8 never pass. Any thread.
class logger
{
public:
    /// `write` gets whole lines with their newline, one call at a time.
    logger(log_format format, log_level most, bool colour, std::function<void(std::string_view)> write);

    /// event  short and stable, for machines: "phase"; not shown as text
    void say(log_level level, std::string_view event, std::string_view message,
             std::initializer_list<log_field> fields = {});
    /// A JSON object that is a line already, `{"event":…}`: as JSON it gets schema, seq, time and level; as
    /// text it stays.
    void pass_on(log_level level, std::string_view object);

    log_format format() const noexcept { return format_; }
    bool shows(log_level level) const noexcept { return level <= most_; }

private:
    std::string head(log_level level);

    log_format format_;
    log_level most_;
    bool colour_;
    std::function<void(std::string_view)> write_;
    std::mutex mutex_;
    std::uint64_t next_ = 1;
};

/// `text` as a JSON string with its quotes; what printable() replaces is replaced.
std::string json_quoted(std::string_view text);

/// "2026-11-21T04:25:00.123Z" from milliseconds since 1970.
std::string iso_time(std::int64_t milliseconds);

} // namespace pryv_export
