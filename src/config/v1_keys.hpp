#pragma once

#include "pryv_export/config/yaml_tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pryv_export::config {

/// Typed look-ups by v1's spelling of a key ("database:host"). null and absent are the same. Errors are
/// export_error{bad_config} "file:line:column, key: …", and show no value of a key that is secret.
class v1_keys
{
public:
    explicit v1_keys(const yaml_node& root) : root_{root} {}

    /// nullptr when absent. Throws when a part of the way is no mapping.
    const yaml_node* find(std::string_view key) const;
    /// Throws when it is no sequence.
    const yaml_node* find_list(std::string_view key) const;
    /// Any scalar as its text; `fallback` when absent or empty.
    std::string text(std::string_view key, std::string_view fallback = {}) const;
    bool flag(std::string_view key, bool fallback) const;
    std::uint32_t number(std::string_view key, std::uint32_t fallback, std::uint32_t least,
                         std::uint32_t most) const;

    [[noreturn]] static void fail(const yaml_node& node, std::string_view key, std::string_view cause);
    static std::string text_of(const yaml_node& node, std::string_view key);
    static bool flag_of(const yaml_node& node, std::string_view key);

private:
    const yaml_node& root_;
};

} // namespace pryv_export::config
