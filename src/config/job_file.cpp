#include "pryv_export/config/job_file.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"

#include "job_keys.hpp"
#include "variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sys/stat.h>

namespace pryv_export::config {

namespace {

/// Other things are there in the output.
constexpr std::array<std::string_view, 8> taken_names{
    "register", "report.json", "manifest.json", "users", "platform", "extra", "SHA256SUMS", "RESTORE.md"};

bool is_core_name(std::string_view name)
{
    auto const is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    };
    return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), is_plain) &&
           std::find(taken_names.begin(), taken_names.end(), name) == taken_names.end();
}

/// Passwords that stand in the file itself.
bool holds_password(const yaml_node& node, std::string_view key = {})
{
    constexpr std::array<std::string_view, 3> secret_keys{"password", "authPassword", "mongo-uri"};
    bool const named = std::find(secret_keys.begin(), secret_keys.end(), key) != secret_keys.end();
    bool const written = node.is_scalar() && !node.text.empty() && node.text.find("${") == node.text.npos;
    if (named && written) return key != "mongo-uri" || node.text.find('@') != node.text.npos;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (holds_password(node.items[i], node.is_mapping() ? std::string_view{node.keys[i]} : key))
            return true;
    }
    return false;
}

class job_parser
{
public:
    job_parser(const std::filesystem::path& folder, const variable_lookup& variables)
        : reader_{folder}, variables_{variables}
    {
    }

    job_file parse(const yaml_node& root)
    {
        constexpr std::array<std::string_view, 5> known{"output", "layout", "register", "cores", "options"};
        job_reader::check_keys(root, "", {}, known);
        read_output(root);
        read_layout(root);
        read_register(root);
        read_cores(root);
        if (const yaml_node* const options = job_reader::mapping(root, "options")) {
            job_reader::check_keys(*options, "options", job_option_keys());
            job_.settings = reader_.settings(*options, "options", "--", job_option_keys());
        }
        return std::move(job_);
    }

private:
    void read_output(const yaml_node& root)
    {
        const yaml_node* const output = root.find("output");
        if (output == nullptr) return; // --output may say
        job_.output = reader_.path(*output, "output");
        job_.output_place = fmt::format("{}, output", output->place());
    }

    void read_layout(const yaml_node& root)
    {
        const yaml_node* const layout = root.find("layout");
        if (layout == nullptr) return;
        const std::string& name = job_reader::text(*layout, "layout");
        if (name == "merged")
            job_.layout = job_layout::merged;
        else if (name != "per-core")
            job_reader::fail(*layout, "layout",
                             fmt::format("is '{}', but should be per-core or merged", printable(name)));
    }

    void read_register(const yaml_node& root)
    {
        constexpr std::array<std::string_view, 2> known{"redis", "dir"};
        const yaml_node* const node = job_reader::mapping(root, "register");
        if (node == nullptr) {
            // Forgotten, or meant: a job without register has no such key.
            auto const key = std::find(root.keys.begin(), root.keys.end(), "register");
            if (key != root.keys.end()) {
                auto const place = static_cast<std::size_t>(key - root.keys.begin());
                throw export_error{exit_status::bad_config,
                                   fmt::format("{}, register", root.place_of_key(place)), "is empty",
                                   "say where the register is, or leave the key out"};
            }
            return;
        }
        job_reader::check_keys(*node, "register", {}, known);
        const yaml_node* const redis = job_reader::mapping(*node, "redis", "register");
        const yaml_node* const dir = node->find("dir");
        if ((redis == nullptr) == (dir == nullptr)) {
            job_reader::fail(*node, "register",
                             "should have redis (where the register is) or dir (an export of it)",
                             "give one of the two");
        }
        job_register& to = job_.register_source.emplace();
        if (dir != nullptr)
            to.dir = reader_.path(*dir, "register:dir");
        else
            read_redis(*redis, to);
    }

    void read_redis(const yaml_node& redis, job_register& to)
    {
        constexpr std::string_view where = "register:redis";
        constexpr std::array<std::string_view, 2> login{"password", "password-env"};
        job_reader::check_keys(redis, where, redis_keys(), login);
        to.settings = reader_.settings(redis, where, "--redis-", redis_keys());
        const yaml_node* const written = redis.find("password");
        const yaml_node* const variable = redis.find("password-env");
        const yaml_node* const file = redis.find("password-file");
        if ((written != nullptr) + (variable != nullptr) + (file != nullptr) > 1) {
            job_reader::fail(redis, where, "password, password-env and password-file exclude each other");
        }
        if (written != nullptr) to.password = secret{job_reader::text(*written, "register:redis:password")};
        if (variable != nullptr) to.password = variable_at(*variable, "register:redis:password-env");
    }

    secret variable_at(const yaml_node& node, std::string_view key) const
    {
        const std::string& name = job_reader::text(node, key);
        auto value = variables_(name);
        if (!value)
            job_reader::fail(node, key, fmt::format("the variable {} is not set", printable(name)),
                             "export it before the run");
        return secret{std::move(*value)};
    }

    void read_cores(const yaml_node& root)
    {
        const yaml_node* const cores = job_reader::mapping(root, "cores");
        if (cores == nullptr || cores->keys.empty()) {
            job_reader::fail(cores != nullptr ? *cores : root, "cores", "names no core",
                             "give each core a name and its config: `cores: { co1: { config: core.yml } }`");
        }
        for (std::size_t i = 0; i < cores->keys.size(); ++i) read_core(*cores, i);
    }

    void read_core(const yaml_node& cores, std::size_t place)
    {
        constexpr std::array<std::string_view, 5> known{"config", "register-name", "core-id",
                                                        "mongo-password-env", "options"};
        const yaml_node& node = cores.items[place];
        job_core core;
        core.name = cores.keys[place];
        std::string const where = fmt::format("cores:{}", printable(core.name));
        core.place = fmt::format("{}, {}", cores.place_of_key(place), where);
        if (!is_core_name(core.name)) {
            throw export_error{exit_status::bad_config, core.place, "this name cannot be that of a core",
                               "use letters, digits, '-', '_' and '.', at most 64, and none of the names in "
                               "an archive"};
        }
        if (!node.is_mapping()) {
            throw export_error{exit_status::bad_config, core.place, "should hold keys (key: value)",
                               "give its config at least"};
        }
        job_reader::check_keys(node, where, core_keys(), known);
        read_config(node, where, core);
        core.settings = reader_.settings(node, where, "--", core_keys());
        read_login(node, where, core);
        if (const yaml_node* const name = node.find("register-name"))
            core.register_name = job_reader::text(*name, where + ":register-name");
        if (const yaml_node* const id = node.find("core-id")) {
            core.core_id = job_reader::text(*id, where + ":core-id");
            if (core.register_name.empty())
                job_reader::fail(*id, where + ":core-id", "needs the core's register-name as well");
        }
        if (const yaml_node* const options = job_reader::mapping(node, "options", where))
            read_core_options(*options, where + ":options", core);
        check_register_name(node, where, core);
        job_.cores.push_back(std::move(core));
    }

    void read_config(const yaml_node& node, const std::string& where, job_core& core)
    {
        const yaml_node* const config = node.find("config");
        if (config == nullptr) {
            throw export_error{exit_status::bad_config, core.place, "has no config",
                               "name v1's configuration file, or put its settings there"};
        }
        if (config->is_mapping())
            core.inside = *config;
        else
            core.config_file = reader_.path(*config, where + ":config");
    }

    void read_login(const yaml_node& node, const std::string& where, job_core& core)
    {
        const yaml_node* const variable = node.find("mongo-password-env");
        if (node.find("mongodump") != nullptr && node.find("mongo-uri") != nullptr)
            job_reader::fail(node, where, "mongodump and mongo-uri exclude each other");
        if (variable == nullptr) return;
        if (node.find("mongo-password-file") != nullptr)
            job_reader::fail(*variable, where,
                             "mongo-password-env and mongo-password-file exclude each other");
        core.mongo_password = variable_at(*variable, where + ":mongo-password-env");
    }

    void read_core_options(const yaml_node& options, const std::string& where, job_core& core)
    {
        job_reader::check_keys(options, where, core_option_keys());
        for (job_setting& each : reader_.settings(options, where, "--", core_option_keys()))
            core.settings.push_back(std::move(each));
    }

    void check_register_name(const yaml_node& node, const std::string& where, const job_core& core) const
    {
        if (core.register_name.empty()) return;
        for (const job_core& other : job_.cores) {
            if (other.register_name != core.register_name) continue;
            job_reader::fail(
                *node.find("register-name"), where + ":register-name",
                fmt::format("'{}' is that of core {} as well", printable(core.register_name), other.name),
                "give each core the name that the register has for it");
        }
    }

    job_reader reader_;
    const variable_lookup& variables_;
    job_file job_;
};

std::optional<std::string> environment_variable(std::string_view name)
{
    const char* const value = std::getenv(std::string{name}.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

} // namespace

job_file parse_job(std::string_view text, std::string_view name, const std::filesystem::path& folder,
                   const variable_lookup& variables)
{
    yaml_node root = parse_yaml(text, name);
    replace_variables(root, variables);
    return job_parser{folder, variables}.parse(root);
}

job_file load_job(const std::filesystem::path& file)
{
    std::string const text = read_small_file(file, yaml_limit_bytes);
    job_file job =
        parse_job(text, file.native(), std::filesystem::absolute(file).parent_path(), environment_variable);
    struct stat info
    {
    };
    bool const for_others = ::stat(file.c_str(), &info) == 0 && (info.st_mode & (S_IROTH | S_IRGRP)) != 0;
    if (for_others && holds_password(parse_yaml(text, file.native()))) {
        job.warnings.push_back(fmt::format("{}: holds a password and others may read it; chmod 600 is safer",
                                           printable(file.native())));
    }
    return job;
}

} // namespace pryv_export::config
