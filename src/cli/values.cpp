#include "values.hpp"

#include "pryv_export/base/error.hpp"

#include <fmt/format.h>

#include <charconv>

namespace pryv_export::cli {

void refuse(std::string_view option, std::string_view cause)
{
    throw export_error{exit_status::usage, option, cause};
}

std::uint64_t parse_number(std::string_view text, std::string_view option, std::uint64_t least,
                           std::uint64_t most)
{
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    auto const [at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || at != end || value < least || value > most) {
        refuse(option, fmt::format("'{}' is no whole number from {} to {}", text, least, most));
    }
    return value;
}

bool parse_flag(std::string_view text, std::string_view option)
{
    for (std::string_view const yes : {"1", "true", "yes", "on"}) {
        if (text == yes) return true;
    }
    for (std::string_view const no : {"0", "false", "no", "off"}) {
        if (text == no) return false;
    }
    refuse(option, fmt::format("'{}' is neither 1 nor 0", text));
}

std::pair<std::string, std::string> parse_mapping(std::string_view text, std::string_view option)
{
    std::size_t const at = text.find('=');
    if (at == text.npos) return {"", parse_text(text, option)};
    if (at == 0 || at + 1 == text.size())
        refuse(option, fmt::format("'{}' is not of the form CONTAINER=HOST", text));
    return {std::string{text.substr(0, at)}, std::string{text.substr(at + 1)}};
}

std::string parse_text(std::string_view text, std::string_view option)
{
    if (text.empty()) refuse(option, "the value is empty");
    return std::string{text};
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    for (;;) {
        std::size_t const at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == text.npos) return parts;
        text.remove_prefix(at + 1);
    }
}

} // namespace pryv_export::cli
