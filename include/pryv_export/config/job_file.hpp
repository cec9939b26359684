#pragma once

#include "pryv_export/config/secret.hpp"
#include "pryv_export/config/yaml_tree.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The job file of `pryv-export run`: which cores, from where, into which output (docs/operators-guide.md
/// "Several cores").
namespace pryv_export::config {

/// An option of the command line that stands in the job file. What its text means is decided by who knows the
/// option; the name is known to exist.
struct job_setting
{
    std::string option; ///< "--memory"
    secret text;        ///< variables replaced; a path is relative to the job file no more
    std::string place;  ///< for messages: "job.yml:12:11, options:memory"
};

struct job_core
{
    std::string name;                  ///< also of its folder: a safe name, unique
    std::string place;                 ///< of the name
    std::filesystem::path config_file; ///< empty: `inside` has the settings
    yaml_node inside;
    std::string register_name; ///< how the register calls this core; empty: not said
    std::string core_id;       ///< of the v2 core that its users go to; empty: not said
    std::optional<secret> mongo_password;
    std::vector<job_setting> settings; ///< options of `core`, in file order
};

struct job_register
{
    std::filesystem::path dir; ///< of an earlier export; empty: Redis
    std::optional<secret> password;
    std::vector<job_setting> settings; ///< options of `register`
};

enum class job_layout : std::uint8_t
{
    per_core, ///< an archive for each core, in a folder with its name
    merged    ///< one archive for all
};

struct job_file
{
    std::filesystem::path output;
    std::string output_place;
    job_layout layout = job_layout::per_core;
    std::optional<job_register> register_source;
    std::vector<job_core> cores;       ///< in file order, one at least
    std::vector<job_setting> settings; ///< `options` for all cores
    std::vector<std::string> warnings; ///< no secrets
};

/// A variable's value; nothing when it is not set.
using variable_lookup = std::function<std::optional<std::string>(std::string_view name)>;

/// Understands a job file. `folder`: what relative paths begin at. Throws export_error{bad_config}
/// "name:line:column, key: cause" for what is no YAML (yaml_tree.hpp), unknown keys (with the nearest known
/// one), wrong kinds of values, missing keys, variables that are not set. Pure but for reading no file:
/// variables come from `variables`.
job_file parse_job(std::string_view text, std::string_view name, const std::filesystem::path& folder,
                   const variable_lookup& variables);

/// Reads the file (at most 4 MiB) with the variables of the environment. Throws export_error as above, and
/// source_missing or denied when it cannot be read.
job_file load_job(const std::filesystem::path& file);

} // namespace pryv_export::config
