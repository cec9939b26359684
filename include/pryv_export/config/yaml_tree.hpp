#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// YAML files (JSON included) as a small tree that remembers where everything stands. Pure; safe on hostile
/// text.
namespace pryv_export::config {

inline constexpr std::uint64_t yaml_limit_bytes = 4U << 20;
inline constexpr std::size_t yaml_limit_depth = 64;
inline constexpr std::size_t yaml_limit_nodes = 20'000; ///< aliases count as what they stand for

struct yaml_node
{
    struct mark
    {
        std::uint32_t line = 1;
        std::uint32_t column = 1;
    };
    enum class kind_type : std::uint8_t
    {
        null,
        scalar,
        sequence,
        mapping
    };

    kind_type kind = kind_type::null;
    std::string text;              ///< of a scalar, UTF-8
    bool quoted = false;           ///< "5" is a text, 5 is a number
    std::vector<std::string> keys; ///< of a mapping, in file order, no doubles; keys[i] belongs to items[i]
    std::vector<yaml_node> items;  ///< of a sequence or mapping
    std::vector<mark> key_marks;   ///< where keys[i] stands, in the file of items[i]
    std::shared_ptr<const std::string> file; ///< name for messages
    std::uint32_t line = 1;
    std::uint32_t column = 1;

    bool is_null() const noexcept { return kind == kind_type::null; }
    bool is_scalar() const noexcept { return kind == kind_type::scalar; }
    bool is_sequence() const noexcept { return kind == kind_type::sequence; }
    bool is_mapping() const noexcept { return kind == kind_type::mapping; }
    /// Member of a mapping; nullptr when absent, null, or when this is no mapping.
    const yaml_node* find(std::string_view key) const noexcept;
    /// "api.yml:3:7"
    std::string place() const;
    /// The same of keys[i].
    std::string place_of_key(std::size_t i) const;
};

/// Parses one document whose root is a mapping. Throws export_error{bad_config} "name:line:column: …" for a
/// syntax error, no or several documents, another root, a repeated key, an odd key, control characters, and
/// what is over the limits. `name` is for messages.
yaml_node parse_yaml(std::string_view text, std::string_view name);

/// Puts `over` on top of `base` as v1 layers its files: mappings member by member, everything else whole;
/// null changes nothing.
void merge_over(yaml_node& base, yaml_node over);

} // namespace pryv_export::config
