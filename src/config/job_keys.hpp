#pragma once

#include "pryv_export/config/job_file.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The keys of a job file that stand for options of the command line.
namespace pryv_export::config {

enum class value_kind : std::uint8_t
{
    text,
    flag,
    path,    ///< relative to the job file
    texts,   ///< one or a list
    paths,   ///< one or a list
    mappings ///< CONTAINER=HOST, one or a list; HOST is a path
};

struct option_key
{
    std::string_view key; ///< "memory" for --memory
    value_kind kind;
};

/// Of a core, beside `config`, `register-name`, `options` and the login.
std::span<const option_key> core_keys() noexcept;
/// Of `options:` of one core.
std::span<const option_key> core_option_keys() noexcept;
/// Of `options:` for all cores.
std::span<const option_key> job_option_keys() noexcept;
/// Of `redis:`; the options are --redis-host and so on.
std::span<const option_key> redis_keys() noexcept;

/// Reads mappings of one job file: settings, and errors with their places.
class job_reader
{
public:
    explicit job_reader(const std::filesystem::path& folder) : folder_{folder} {}

    /// Throws for keys of `mapping` that are neither in `options` nor in `others`. `where`: "options" for
    /// messages, may be empty.
    static void check_keys(const yaml_node& mapping, std::string_view where,
                           std::span<const option_key> options,
                           std::span<const std::string_view> others = {});
    /// The settings in `mapping`, in file order. prefix: of the options' names, "--" or "--redis-".
    std::vector<job_setting> settings(const yaml_node& mapping, std::string_view where,
                                      std::string_view prefix, std::span<const option_key> options) const;

    /// A member that must be a mapping; null when absent.
    static const yaml_node* mapping(const yaml_node& of, std::string_view key, std::string_view where = {});
    /// A scalar that is not empty.
    static const std::string& text(const yaml_node& node, std::string_view key);
    std::filesystem::path path(const yaml_node& node, std::string_view key) const;
    [[noreturn]] static void fail(const yaml_node& node, std::string_view key, std::string_view cause,
                                  std::string_view hint = {});

private:
    void add(std::vector<job_setting>& to, const yaml_node& node, std::string_view key,
             const std::string& option, value_kind kind) const;
    std::string value(const yaml_node& node, std::string_view key, value_kind kind) const;

    const std::filesystem::path& folder_;
};

} // namespace pryv_export::config
