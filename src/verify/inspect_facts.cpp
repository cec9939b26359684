#include "inspect_facts.hpp"

#include "pryv_export/base/log.hpp"
#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace pryv_export::verify {

fact number_fact(std::string name, std::string label, std::uint64_t value)
{
    return {std::move(name), std::move(label), human_count(value), std::to_string(value)};
}

fact text_fact(std::string name, std::string label, std::string_view value)
{
    return {std::move(name), std::move(label), printable(value), json_quoted(value)};
}

fact bytes_fact(std::string name, std::string label, std::uint64_t value)
{
    return {std::move(name), std::move(label), human_bytes(value), std::to_string(value)};
}

std::string object_of(const std::vector<fact>& facts)
{
    std::string out = "{";
    std::string_view separator = "\n";
    for (const fact& each : facts) {
        out += fmt::format("{}  {}: {}", separator, json_quoted(each.name), each.json);
        separator = ",\n";
    }
    return out + "\n}";
}

std::string list_of(std::string_view open, const std::vector<std::string>& items, std::string_view close)
{
    std::string out{open};
    std::string_view separator = "\n    ";
    for (const std::string& item : items) {
        out += separator;
        out += item;
        separator = ",\n    ";
    }
    return out + (items.empty() ? "" : "\n  ") + std::string{close};
}

std::string table_of(const std::vector<fact>& facts)
{
    std::string out;
    for (const fact& each : facts) out += fmt::format("  {:<14} {}\n", each.label, each.text);
    return out;
}

} // namespace pryv_export::verify
