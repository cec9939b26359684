#include "job_keys.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include "nearest_key.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::config {

namespace {

constexpr std::array core_table{
    option_key{"mongodump", value_kind::path},    option_key{"mongo-uri", value_kind::text},
    option_key{"mongo-user", value_kind::text},   option_key{"mongo-password-file", value_kind::path},
    option_key{"tls-ca", value_kind::path},       option_key{"tls-certificate", value_kind::path},
    option_key{"tls-insecure", value_kind::flag}, option_key{"users-path", value_kind::path},
    option_key{"var", value_kind::mappings},      option_key{"override-config", value_kind::paths},
};

constexpr std::array core_option_table{
    option_key{"user", value_kind::texts},
    option_key{"users-file", value_kind::path},
    option_key{"target-file-size", value_kind::text},
    option_key{"level", value_kind::text},
    option_key{"integrity", value_kind::text},
    option_key{"mongo-connections", value_kind::text},
    option_key{"give-up-after", value_kind::text},
    option_key{"force-version", value_kind::flag},
    option_key{"allow-empty", value_kind::flag},
    option_key{"spool-dir", value_kind::path},
};

constexpr std::array job_option_table{
    option_key{"target-file-size", value_kind::text}, option_key{"level", value_kind::text},
    option_key{"integrity", value_kind::text},        option_key{"mongo-connections", value_kind::text},
    option_key{"give-up-after", value_kind::text},    option_key{"force-version", value_kind::flag},
    option_key{"allow-empty", value_kind::flag},      option_key{"spool-dir", value_kind::path},
    option_key{"no-compress", value_kind::flag},      option_key{"jobs", value_kind::text},
    option_key{"users-in-flight", value_kind::text},  option_key{"memory", value_kind::text},
    option_key{"fail-fast", value_kind::flag},        option_key{"keep-going", value_kind::flag},
    option_key{"report", value_kind::path},
};

constexpr std::array redis_table{
    option_key{"host", value_kind::text},
    option_key{"port", value_kind::text},
    option_key{"user", value_kind::text},
    option_key{"password-file", value_kind::path},
    option_key{"db", value_kind::text},
    option_key{"socket", value_kind::path},
    option_key{"tls", value_kind::flag},
    option_key{"tls-ca", value_kind::path},
    option_key{"tls-certificate", value_kind::path},
    option_key{"tls-insecure", value_kind::flag},
};

std::string full_key(std::string_view where, std::string_view key)
{
    return where.empty() ? std::string{key} : fmt::format("{}:{}", where, key);
}

} // namespace

std::span<const option_key> core_keys() noexcept
{
    return core_table;
}

std::span<const option_key> core_option_keys() noexcept
{
    return core_option_table;
}

std::span<const option_key> job_option_keys() noexcept
{
    return job_option_table;
}

std::span<const option_key> redis_keys() noexcept
{
    return redis_table;
}

void job_reader::fail(const yaml_node& node, std::string_view key, std::string_view cause,
                      std::string_view hint)
{
    throw export_error{exit_status::bad_config, fmt::format("{}, {}", node.place(), key), cause, hint};
}

void job_reader::check_keys(const yaml_node& mapping, std::string_view where,
                            std::span<const option_key> options, std::span<const std::string_view> others)
{
    std::vector<std::string_view> known{others.begin(), others.end()};
    for (const option_key& each : options) known.push_back(each.key);
    for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
        const std::string& key = mapping.keys[i];
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        std::string_view const near = nearest_key(key, known);
        std::string const thing =
            fmt::format("{}, {}", mapping.place_of_key(i), printable(full_key(where, key)));
        throw export_error{exit_status::bad_config, thing, "there is no such key",
                           near.empty() ? "see docs/operators-guide.md, \"Several cores\""
                                        : fmt::format("did you mean {}?", near)};
    }
}

const yaml_node* job_reader::mapping(const yaml_node& of, std::string_view key, std::string_view where)
{
    const yaml_node* const node = of.find(key);
    if (node != nullptr && !node->is_mapping())
        fail(*node, full_key(where, key), "should hold keys (key: value)");
    return node;
}

const std::string& job_reader::text(const yaml_node& node, std::string_view key)
{
    if (!node.is_scalar()) fail(node, key, "should be one value");
    if (node.text.empty()) fail(node, key, "has no value");
    return node.text;
}

std::filesystem::path job_reader::path(const yaml_node& node, std::string_view key) const
{
    return (folder_ / text(node, key)).lexically_normal();
}

std::string job_reader::value(const yaml_node& node, std::string_view key, value_kind kind) const
{
    const std::string& written = text(node, key);
    switch (kind) {
    case value_kind::path:
    case value_kind::paths: return path(node, key).native();
    case value_kind::mappings: break;
    default: return written;
    }
    std::size_t const host = written.find('=') == written.npos ? 0 : written.find('=') + 1;
    return written.substr(0, host) + (folder_ / written.substr(host)).lexically_normal().native();
}

void job_reader::add(std::vector<job_setting>& to, const yaml_node& node, std::string_view key,
                     const std::string& option, value_kind kind) const
{
    bool const several =
        kind == value_kind::texts || kind == value_kind::paths || kind == value_kind::mappings;
    if (several && node.is_sequence()) {
        for (const yaml_node& item : node.items) add(to, item, key, option, kind);
        return;
    }
    to.push_back({option, secret{value(node, key, kind)}, fmt::format("{}, {}", node.place(), key)});
}

std::vector<job_setting> job_reader::settings(const yaml_node& mapping, std::string_view where,
                                              std::string_view prefix,
                                              std::span<const option_key> options) const
{
    std::vector<job_setting> all;
    for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
        const std::string& key = mapping.keys[i];
        auto const known =
            std::find_if(options.begin(), options.end(), [&](const auto& each) { return each.key == key; });
        if (known == options.end()) continue;
        add(all, mapping.items[i], full_key(where, key), std::string{prefix} + key, known->kind);
    }
    return all;
}

} // namespace pryv_export::config
