#include "v1_keys.hpp"

#include "pryv_export/base/error.hpp"

#include <fmt/format.h>

#include <charconv>

namespace pryv_export::config {

namespace {

constexpr std::size_t shown_bytes = 40;

/// What stands there instead of the wanted, for messages.
std::string shown(const yaml_node& node)
{
    switch (node.kind) {
    case yaml_node::kind_type::mapping: return "a mapping";
    case yaml_node::kind_type::sequence: return "a list";
    case yaml_node::kind_type::null: return "nothing";
    case yaml_node::kind_type::scalar: break;
    }
    bool const longer = node.text.size() > shown_bytes;
    return fmt::format("'{}{}'", std::string_view{node.text}.substr(0, shown_bytes), longer ? "…" : "");
}

} // namespace

void v1_keys::fail(const yaml_node& node, std::string_view key, std::string_view cause)
{
    throw export_error{exit_status::bad_config, fmt::format("{}, {}", node.place(), key), cause};
}

const yaml_node* v1_keys::find(std::string_view key) const
{
    const yaml_node* node = &root_;
    for (std::size_t begin = 0; node != nullptr && begin <= key.size();) {
        std::size_t const end = std::min(key.find(':', begin), key.size());
        if (!node->is_mapping()) fail(*node, key.substr(0, begin - 1), "should hold keys (key: value)");
        node = node->find(key.substr(begin, end - begin));
        begin = end + 1;
    }
    return node;
}

const yaml_node* v1_keys::find_list(std::string_view key) const
{
    const yaml_node* const node = find(key);
    if (node != nullptr && !node->is_sequence()) fail(*node, key, "should be a list, not " + shown(*node));
    return node;
}

std::string v1_keys::text_of(const yaml_node& node, std::string_view key)
{
    if (!node.is_scalar()) fail(node, key, "should be a text, not " + shown(node));
    return node.text;
}

bool v1_keys::flag_of(const yaml_node& node, std::string_view key)
{
    for (std::string_view const yes : {"true", "True", "TRUE"}) {
        if (node.is_scalar() && node.text == yes) return true;
    }
    for (std::string_view const no : {"false", "False", "FALSE"}) {
        if (node.is_scalar() && node.text == no) return false;
    }
    fail(node, key, "should be true or false, not " + shown(node));
}

std::string v1_keys::text(std::string_view key, std::string_view fallback) const
{
    const yaml_node* const node = find(key);
    if (node == nullptr) return std::string{fallback};
    std::string value = text_of(*node, key);
    return value.empty() ? std::string{fallback} : value;
}

bool v1_keys::flag(std::string_view key, bool fallback) const
{
    const yaml_node* const node = find(key);
    return node == nullptr ? fallback : flag_of(*node, key);
}

std::uint32_t v1_keys::number(std::string_view key, std::uint32_t fallback, std::uint32_t least,
                              std::uint32_t most) const
{
    const yaml_node* const node = find(key);
    if (node == nullptr) return fallback;
    std::uint32_t value = 0;
    char const* const end = node->text.data() + node->text.size();
    auto const [stopped, error] = std::from_chars(node->text.data(), end, value);
    if (!node->is_scalar() || error != std::errc{} || stopped != end || value < least || value > most) {
        fail(*node, key,
             fmt::format("should be a whole number from {} to {}, not {}", least, most, shown(*node)));
    }
    return value;
}

} // namespace pryv_export::config
