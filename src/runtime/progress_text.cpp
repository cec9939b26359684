#include "pryv_export/runtime/progress_text.hpp"

#include "pryv_export/base/log.hpp"
#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace pryv_export::runtime {

namespace {

constexpr unsigned least_columns = 20;
constexpr unsigned shortest_bar = 8;
constexpr unsigned longest_bar = 30;

/// Rounded down: 100 % is reached at the end only.
unsigned percent(double fraction)
{
    return static_cast<unsigned>(std::clamp(fraction, 0.0, 1.0) * 100);
}

/// "0:05", "12:30", "3:04:05"
std::string clock_text(double seconds)
{
    auto const whole = static_cast<std::uint64_t>(std::ceil(std::min(seconds, 1e9)));
    std::uint64_t const hours = whole / 3600;
    if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string bytes_text(const progress_snapshot& now, std::string_view between)
{
    if (now.bytes_total == 0) return human_bytes(now.bytes_done);
    return fmt::format("{}{}{}", human_bytes(now.bytes_done), between, human_bytes(now.bytes_total));
}

std::string users_text(const progress_snapshot& now, std::string_view between)
{
    std::uint64_t const ended = now.users_done + now.users_failed;
    if (now.users_total == 0) return human_count(ended);
    return fmt::format("{}{}{}", human_count(ended), between, human_count(now.users_total));
}

std::string rate_text(const progress_state& state)
{
    return human_bytes(static_cast<std::uint64_t>(state.bytes_per_second)) + "/s";
}

/// The parts of the bar's line, in their order; an empty one is not shown.
struct bar_parts
{
    std::string phase, percent, bytes, rate, users, left;
    bool bar = false;

    unsigned width_without_bar() const
    {
        std::size_t width = phase.size();
        if (!percent.empty()) width += 1 + percent.size();
        if (!bytes.empty()) width += 1 + bytes.size();
        for (const std::string* part : {&rate, &users, &left}) width += part->empty() ? 0 : 2 + part->size();
        return static_cast<unsigned>(width);
    }
    /// With its frame and the space before it.
    unsigned width(unsigned bar_length) const { return width_without_bar() + (bar ? bar_length + 3 : 0); }
};

bar_parts parts_of(const progress_state& state)
{
    bar_parts parts;
    parts.phase = printable(state.now.phase);
    if (state.fraction) {
        parts.percent = fmt::format("{:3}%", percent(*state.fraction));
        parts.bar = true;
    }
    if (state.now.bytes_done > 0 || state.now.bytes_total > 0) {
        parts.bytes = bytes_text(state.now, "/");
        parts.rate = rate_text(state);
    }
    if (state.now.users_total > 0) parts.users = "users " + users_text(state.now, "/");
    if (state.remaining_seconds) parts.left = "ETA " + clock_text(*state.remaining_seconds);
    return parts;
}

void fit(bar_parts& parts, unsigned width)
{
    for (std::string* part : {&parts.rate, &parts.bytes, &parts.users}) {
        if (parts.width(shortest_bar) <= width) return;
        part->clear();
    }
    if (parts.width(shortest_bar) <= width) return;
    parts.bar = false;
    if (parts.width(0) <= width) return;
    parts.left.clear();
    if (parts.width(0) <= width) return;
    std::size_t const others = parts.percent.empty() ? 0 : parts.percent.size() + 1;
    parts.phase.resize(std::min<std::size_t>(parts.phase.size(), width - others));
}

std::string bar_text(double fraction, unsigned length, const bar_look& look)
{
    auto const full = std::min(length, static_cast<unsigned>(std::clamp(fraction, 0.0, 1.0) * length));
    std::string text = look.colour ? "\x1b[32m" : "";
    for (unsigned i = 0; i < full; ++i) text += look.blocks ? "█" : "#";
    if (look.colour) text += "\x1b[0m";
    text.append(length - full, look.blocks ? ' ' : '.');
    return text;
}

} // namespace

std::string bar_line(const progress_state& state, const bar_look& look)
{
    unsigned const width = std::max(look.columns, least_columns) - 1;
    bar_parts parts = parts_of(state);
    fit(parts, width);
    std::string line = parts.phase;
    if (!parts.percent.empty()) line += " " + parts.percent;
    if (parts.bar) {
        unsigned const length = std::min(longest_bar, width - parts.width(0));
        line += " [" + bar_text(*state.fraction, length, look) + "]";
    }
    if (!parts.bytes.empty()) line += " " + parts.bytes;
    for (const std::string* part : {&parts.rate, &parts.users, &parts.left}) {
        if (!part->empty()) line += "  " + *part;
    }
    return line;
}

std::string plain_line(const progress_state& state)
{
    std::string line = printable(state.now.phase);
    std::string_view separator = ": ";
    auto add = [&](const std::string& part) {
        line += separator;
        line += part;
        separator = ", ";
    };
    const progress_snapshot& now = state.now;
    if (state.fraction) add(fmt::format("{} %", percent(*state.fraction)));
    if (now.bytes_done > 0 || now.bytes_total > 0) add(bytes_text(now, " of "));
    if (state.bytes_per_second >= 1) add(rate_text(state));
    if (now.users_total > 0) add(users_text(now, " of ") + " users");
    if (now.users_failed > 0) add(human_count(now.users_failed) + " failed");
    if (now.files_done > 0) {
        add(fmt::format("{} attachments ({})", human_count(now.files_done),
                        human_bytes(now.file_bytes_done)));
    }
    if (state.remaining_seconds) add(human_duration(std::ceil(*state.remaining_seconds)) + " left");
    return line;
}

std::string json_line(const progress_state& state, bool last)
{
    const progress_snapshot& now = state.now;
    std::string line = fmt::format(R"({{"event":"progress","phase":{},"seconds":{:.1f})",
                                   json_quoted(now.phase), state.seconds);
    std::array const counters{
        std::pair{"bytesDone", now.bytes_done},     std::pair{"bytesTotal", now.bytes_total},
        std::pair{"usersDone", now.users_done},     std::pair{"usersTotal", now.users_total},
        std::pair{"usersFailed", now.users_failed}, std::pair{"recordsDone", now.records_done},
        std::pair{"filesDone", now.files_done},     std::pair{"fileBytesDone", now.file_bytes_done},
    };
    for (auto const& [name, value] : counters) line += fmt::format(R"(,"{}":{})", name, value);
    line += fmt::format(R"(,"bytesPerSecond":{:.0f})", state.bytes_per_second);
    if (state.fraction) line += fmt::format(R"(,"percent":{})", percent(*state.fraction));
    if (state.remaining_seconds)
        line += fmt::format(R"(,"secondsLeft":{:.0f})", std::ceil(*state.remaining_seconds));
    if (last) line += R"(,"final":true)";
    return line + "}";
}

std::string json_line(const progress_state& state, bool last, std::string_view core)
{
    return fmt::format(R"({{"core":{},{})", json_quoted(core), json_line(state, last).substr(1));
}

} // namespace pryv_export::runtime
