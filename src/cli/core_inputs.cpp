#include "core_inputs.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"

#include "password_file.hpp"
#include "values.hpp"

#include <utility>

namespace pryv_export::cli {

namespace {

constexpr std::uint64_t users_file_limit = 64U << 20;

std::string trimmed(std::string_view line)
{
    std::size_t const first = line.find_first_not_of(" \t\r");
    if (first == line.npos) return {};
    return std::string{line.substr(first, line.find_last_not_of(" \t\r") - first + 1)};
}

} // namespace

config::config_options config_options_of(const core_options& options)
{
    config::config_options how;
    how.path_mappings = options.path_mappings;
    how.override_files = options.override_configs;
    how.users_path = options.users_path;
    return how;
}

void read_inputs(core_options& options)
{
    if (options.users_file) {
        std::vector<std::string>& users = options.exporting.users;
        for (std::string& user : read_users_file(*options.users_file)) users.push_back(std::move(user));
    }
    if (options.mongo_password_file)
        options.exporting.mongo.password = read_password_file(*options.mongo_password_file);
}

std::vector<std::string> read_users_file(const std::filesystem::path& file)
{
    std::string const text = read_small_file(file, users_file_limit);
    std::vector<std::string> users;
    for (const std::string& line : split(text, '\n')) {
        if (std::string user = trimmed(line); !user.empty()) users.push_back(std::move(user));
    }
    // "Nobody" would mean "everybody" further on.
    if (users.empty())
        throw export_error{exit_status::usage, file.string(), "names no user", "write one id or name a line"};
    return users;
}

} // namespace pryv_export::cli
