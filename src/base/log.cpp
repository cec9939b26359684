#include "pryv_export/base/log.hpp"

#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <utility>

namespace pryv_export {

namespace {

constexpr int schema_version = 1;

std::string value_text(const log_field& field)
{
    struct visitor
    {
        std::string operator()(std::string_view text) const { return json_quoted(text); }
        std::string operator()(std::uint64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return fmt::format("{:.3f}", number); }
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    };
    return std::visit(visitor{}, field.value);
}

std::string_view colour_of(log_level level)
{
    switch (level) {
    case log_level::error: return "\x1b[31m";
    case log_level::warning: return "\x1b[33m";
    default: return {};
    }
}

std::string text_line(log_level level, std::string_view message, bool colour)
{
    std::string line = "pryv-export: ";
    std::string_view const paint = colour ? colour_of(level) : std::string_view{};
    line += paint;
    if (level == log_level::warning) line += "warning: ";
    if (!paint.empty() && level == log_level::warning) line += "\x1b[0m";
    line += printable(message);
    if (!paint.empty() && level != log_level::warning) line += "\x1b[0m";
    return line + "\n";
}

std::int64_t now_ms()
{
    auto const since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

} // namespace

std::string_view name_of(log_level level) noexcept
{
    switch (level) {
    case log_level::error: return "error";
    case log_level::warning: return "warning";
    case log_level::info: return "info";
    case log_level::debug: break;
    }
    return "debug";
}

std::string json_quoted(std::string_view text)
{
    std::string out = "\"";
    for (char const c : printable(text)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string iso_time(std::int64_t milliseconds)
{
    std::int64_t const below = ((milliseconds % 1000) + 1000) % 1000;
    auto const seconds = static_cast<std::time_t>((milliseconds - below) / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, below);
}

logger::logger(log_format format, log_level most, bool colour, std::function<void(std::string_view)> write)
    : format_{format}, most_{most}, colour_{colour}, write_{std::move(write)}
{
}

std::string logger::head(log_level level)
{
    return fmt::format(R"({{"schema":{},"seq":{},"time":"{}","level":"{}",)", schema_version, next_++,
                       iso_time(now_ms()), name_of(level));
}

void logger::say(log_level level, std::string_view event, std::string_view message,
                 std::initializer_list<log_field> fields)
{
    if (!shows(level)) return;
    std::lock_guard const lock{mutex_};
    if (format_ == log_format::text) {
        write_(text_line(level, message, colour_));
        return;
    }
    std::string line = head(level);
    line += fmt::format(R"("event":{},"message":{})", json_quoted(event), json_quoted(message));
    for (const log_field& field : fields)
        line += fmt::format(",{}:{}", json_quoted(field.name), value_text(field));
    write_(line + "}\n");
}

void logger::pass_on(log_level level, std::string_view object)
{
    if (!shows(level)) return;
    while (object.ends_with('\n')) object.remove_suffix(1);
    std::lock_guard const lock{mutex_};
    std::string line = format_ == log_format::json ? head(level) : "{";
    line += object.substr(1);
    write_(line + "\n");
}

} // namespace pryv_export
