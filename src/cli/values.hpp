#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// From the text of an option to its value. All throw export_error{usage} naming the option.
namespace pryv_export::cli {

/// A whole number from `least` to `most`, digits only.
std::uint64_t parse_number(std::string_view text, std::string_view option, std::uint64_t least,
                           std::uint64_t most);

/// 1, true, yes, on / 0, false, no, off
bool parse_flag(std::string_view text, std::string_view option);

/// "CONTAINER=HOST", split at the first '='; both sides are paths and not empty. "HOST" alone has an empty
/// first part.
std::pair<std::string, std::string> parse_mapping(std::string_view text, std::string_view option);

/// A text that is not empty.
std::string parse_text(std::string_view text, std::string_view option);

/// "a,b" → "a", "b"
std::vector<std::string> split(std::string_view text, char separator);

[[noreturn]] void refuse(std::string_view option, std::string_view cause);

/// One of a few words.
template <class Value>
Value parse_choice(std::string_view text, std::string_view option,
                   std::initializer_list<std::pair<std::string_view, Value>> choices)
{
    std::string names;
    for (auto const& [name, value] : choices) {
        if (text == name) return value;
        names += (names.empty() ? "" : ", ") + std::string{name};
    }
    refuse(option, "'" + std::string{text} + "' is none of " + names);
}

} // namespace pryv_export::cli
