#include "pryv_export/cli/command_line.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include "default_jobs.hpp"
#include "values.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>

namespace pryv_export::cli {

namespace {

constexpr std::string_view try_general = "try 'pryv-export --help'";
constexpr std::string_view try_core = "try 'pryv-export core --help'";

std::string variable_of(std::string_view option)
{
    std::string name = "PRYV_EXPORT_";
    for (char const c : option.substr(2)) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
    return name;
}

/// Options of one command, bound to functions that take the text. CLI11 finds the words; what they mean, and
/// what the environment adds, is decided here, so that an option is refused with the same words wherever it
/// came from.
class option_table
{
public:
    using setter = std::function<void(std::string_view text, std::string_view option)>;

    explicit option_table(CLI::App& app) : app_{app} {}

    void value(const char* name, setter set)
    {
        entry& added = add(name, std::move(set));
        added.option = app_.add_option(name, added.word)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }

    void repeatable(const char* name, setter set)
    {
        entry& added = add(name, std::move(set));
        added.repeats = true;
        added.option = app_.add_option(name, added.words)->allow_extra_args(false);
        added.option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }

    void flag(const char* name, bool& value)
    {
        entry& added = add(name, [&value](std::string_view text, std::string_view option) {
            value = parse_flag(text, option);
        });
        added.option =
            app_.add_flag(name)->multi_option_policy(CLI::MultiOptionPolicy::Throw)->disable_flag_override();
        added.is_flag = true;
    }

    void apply() const
    {
        for (const entry& each : entries_) apply(each);
    }

private:
    struct entry
    {
        std::string name;
        setter set;
        CLI::Option* option = nullptr;
        std::string word;
        std::vector<std::string> words; ///< of one that repeats
        bool repeats = false;
        bool is_flag = false;
    };

    entry& add(const char* name, setter set)
    {
        return entries_.emplace_back(entry{name, std::move(set), nullptr, {}, {}, false, false});
    }

    static void apply(const entry& each)
    {
        if (each.option->count() > 0) {
            if (each.is_flag) return each.set("1", each.name);
            if (!each.repeats) return each.set(each.word, each.name);
            for (const std::string& word : each.words) each.set(word, each.name);
            return;
        }
        std::string const variable = variable_of(each.name);
        const char* const text = std::getenv(variable.c_str());
        if (text == nullptr || *text == '\0') return;
        if (!each.repeats) return each.set(text, variable);
        for (const std::string& word : split(text, ',')) each.set(word, variable);
    }

    CLI::App& app_;
    std::deque<entry> entries_;
};

void add_source_options(option_table& table, core_options& options)
{
    exporting::export_options& to = options.exporting;
    table.value("--mongodump", [&](auto text, auto option) { to.mongodump = parse_text(text, option); });
    table.value("--users-path",
                [&](auto text, auto option) { options.users_path = parse_text(text, option); });
    table.repeatable("--var", [&](auto text, auto option) {
        options.path_mappings.push_back(parse_mapping(text, option));
    });
    table.repeatable("--override-config", [&](auto text, auto option) {
        options.override_configs.emplace_back(parse_text(text, option));
    });
    table.value("--register-dir",
                [&](auto text, auto option) { to.register_dir = parse_text(text, option); });
    table.flag("--force-version", to.force_version);
    table.repeatable("--user", [&](auto text, auto option) { to.users.push_back(parse_text(text, option)); });
    table.value("--users-file",
                [&](auto text, auto option) { options.users_file = parse_text(text, option); });
    table.flag("--allow-empty", to.allow_empty);
}

void add_mongo_options(option_table& table, core_options& options)
{
    exporting::mongo_source_options& to = options.exporting.mongo;
    table.value("--mongo-uri",
                [&](auto text, auto option) { to.uri = config::secret{parse_text(text, option)}; });
    table.value("--mongo-user", [&](auto text, auto option) { to.user = parse_text(text, option); });
    table.value("--mongo-password-file",
                [&](auto text, auto option) { options.mongo_password_file = parse_text(text, option); });
    table.value("--tls-ca", [&](auto text, auto option) { to.tls_ca_file = parse_text(text, option); });
    table.value("--tls-certificate",
                [&](auto text, auto option) { to.tls_client_file = parse_text(text, option); });
    table.flag("--tls-insecure", to.tls_insecure);
    table.value("--mongo-connections",
                [&](auto text, auto option) { to.connections = parse_number(text, option, 1, 100); });
    table.value("--give-up-after", [&](auto text, auto option) {
        to.give_up_after_seconds = static_cast<std::uint32_t>(parse_number(text, option, 1, 86'400));
    });
    // Not an option: a password on the command line is seen by every user of the machine.
    if (const char* const password = std::getenv("PRYV_EXPORT_MONGO_PASSWORD"))
        to.password = config::secret{password};
}

void add_archive_options(option_table& table, core_options& options, bool& plain, bool& overwrite)
{
    exporting::export_options& to = options.exporting;
    using convert::integrity_mode;
    table.value("--target-file-size", [&](auto text, auto option) {
        to.target_file_bytes = parse_number(text, option, 1, 1'000'000) << 20;
    });
    table.flag("--no-compress", plain);
    table.value("--level", [&](auto text, auto option) {
        to.encoding.level = static_cast<int>(parse_number(text, option, 0, 9));
    });
    table.value("--integrity", [&](auto text, auto option) {
        to.integrity = parse_choice<integrity_mode>(text, option,
                                                    {{"auto", integrity_mode::automatic},
                                                     {"keep", integrity_mode::keep},
                                                     {"drop", integrity_mode::drop}});
    });
    table.flag("--overwrite", overwrite);
    table.flag("--fail-fast", to.fail_fast);
}

void add_machine_options(option_table& table, core_options& options)
{
    exporting::export_options& to = options.exporting;
    table.value("--jobs", [&](auto text, auto option) { to.jobs = parse_number(text, option, 1, 1024); });
    table.value("--users-in-flight",
                [&](auto text, auto option) { to.users_in_flight = parse_number(text, option, 1, 100'000); });
    table.value("--memory", [&](auto text, auto option) {
        to.memory_bytes = parse_bytes(text, option);
        if (to.memory_bytes < (16U << 20)) refuse(option, fmt::format("'{}' is less than 16MiB", text));
    });
    table.value("--spool-dir", [&](auto text, auto option) { to.spool_dir = parse_text(text, option); });
}

void add_message_options(option_table& table, core_options& options)
{
    using runtime::progress_style;
    table.value("--report",
                [&](auto text, auto option) { options.exporting.report_file = parse_text(text, option); });
    table.value("--progress", [&](auto text, auto option) {
        options.progress = parse_choice<progress_style>(text, option,
                                                        {{"auto", progress_style::automatic},
                                                         {"bar", progress_style::bar},
                                                         {"plain", progress_style::plain},
                                                         {"json", progress_style::json},
                                                         {"none", progress_style::none}});
    });
    table.flag("--quiet", options.quiet);
    table.value("--log-level", [&](auto text, auto option) {
        options.most = parse_choice<log_level>(text, option,
                                               {{"error", log_level::error},
                                                {"warning", log_level::warning},
                                                {"info", log_level::info},
                                                {"debug", log_level::debug}});
    });
    table.value("--log-format", [&](auto text, auto option) {
        options.format =
            parse_choice<log_format>(text, option, {{"text", log_format::text}, {"json", log_format::json}});
    });
}

/// CLI11's complaint as one line without its own advice.
std::string complaint(const CLI::Error& error)
{
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    constexpr std::string_view unexpected = "was not expected: ";
    if (std::size_t const at = text.find(unexpected); at != text.npos) {
        return "there is no option " + text.substr(at + unexpected.size());
    }
    if (std::size_t const at = text.find(" was given a disallowed"); at != text.npos) {
        return "--" + text.substr(0, at) + " takes no value";
    }
    return text;
}

export_error usage_error(std::string_view cause, std::string_view hint)
{
    return {exit_status::usage, "command line", cause, hint};
}

void check(const core_options& options)
{
    const exporting::export_options& asked = options.exporting;
    if (!asked.mongodump.empty() && !asked.mongo.uri.empty())
        throw usage_error("--mongodump and --mongo-uri exclude each other", try_core);
}

request parse_core(std::span<const std::string> arguments)
{
    CLI::App app;
    app.set_help_flag();
    bool help = false;
    app.add_flag("--help,-h", help);
    core_options options;
    options.exporting.jobs = usable_cores();
    bool plain = false;
    bool overwrite = false;
    std::vector<std::string> positionals;
    app.add_option("arguments", positionals);
    option_table table{app};
    add_source_options(table, options);
    add_mongo_options(table, options);
    add_archive_options(table, options, plain, overwrite);
    add_machine_options(table, options);
    add_message_options(table, options);

    std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::Error& error) {
        throw usage_error(complaint(error), try_core);
    }
    if (help) return print_text{std::string{core_help()}};
    table.apply();
    if (positionals.size() != 2) {
        throw usage_error(fmt::format("CONFIG.yml and OUTPUT are needed, {} given",
                                      positionals.empty() ? "none" : std::to_string(positionals.size())),
                          try_core);
    }
    options.config_file = parse_text(positionals[0], "CONFIG.yml");
    options.exporting.output = parse_text(positionals[1], "OUTPUT");
    options.exporting.encoding.gzip = !plain;
    if (overwrite) options.exporting.if_exists = archive::output_folder::existing::overwrite;
    check(options);
    return options;
}

} // namespace

request parse(std::span<const std::string> arguments)
{
    if (arguments.empty()) throw usage_error("no command given", try_general);
    std::string_view const first = arguments.front();
    if (first == "--help" || first == "-h" || first == "help") return print_text{std::string{general_help()}};
    if (first == "--version") return print_text{version_text()};
    if (first != "core") {
        throw usage_error(fmt::format("'{}' is no {}", first, first.starts_with('-') ? "option" : "command"),
                          try_general);
    }
    try {
        return parse_core(arguments.subspan(1));
    } catch (const export_error& error) {
        std::string_view const line = error.what();
        if (error.status() != exit_status::usage || line.ends_with(try_core)) throw;
        throw export_error{exit_status::usage, error.thing(), line.substr(error.thing().size() + 2),
                           try_core};
    }
}

} // namespace pryv_export::cli
