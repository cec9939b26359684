#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/page/write_page.hpp"

#include "command_options.hpp"
#include "core_option_groups.hpp"
#include "default_jobs.hpp"
#include "option_table.hpp"
#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace pryv_export::cli {

void add_user_options(option_table& table, core_options& options)
{
    table.repeatable("--user", [&](auto text, auto option) {
        options.exporting.users.push_back(parse_text(text, option));
    });
    table.value("--users-file",
                [&](auto text, auto option) { options.users_file = parse_text(text, option); });
}

void add_place_options(option_table& table, core_options& options)
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

    exporting::mongo_source_options& mongo = to.mongo;
    table.value("--mongo-uri",
                [&](auto text, auto option) { mongo.uri = config::secret{parse_text(text, option)}; });
    table.value("--mongo-user", [&](auto text, auto option) { mongo.user = parse_text(text, option); });
    table.value("--mongo-password-file",
                [&](auto text, auto option) { options.mongo_password_file = parse_text(text, option); });
    table.value("--tls-ca", [&](auto text, auto option) { mongo.tls_ca_file = parse_text(text, option); });
    table.value("--tls-certificate",
                [&](auto text, auto option) { mongo.tls_client_file = parse_text(text, option); });
    table.flag("--tls-insecure", mongo.tls_insecure);
    // Not an option: a password on the command line is seen by every user of the machine.
    if (const char* const password = std::getenv("PRYV_EXPORT_MONGO_PASSWORD"))
        mongo.password = config::secret{password};
}

void add_reading_options(option_table& table, core_options& options)
{
    exporting::export_options& to = options.exporting;
    table.flag("--force-version", to.force_version);
    table.flag("--allow-empty", to.allow_empty);
    table.value("--mongo-connections",
                [&](auto text, auto option) { to.mongo.connections = parse_number(text, option, 1, 100); });
    table.value("--give-up-after", [&](auto text, auto option) {
        to.mongo.give_up_after_seconds = static_cast<std::uint32_t>(parse_number(text, option, 1, 86'400));
    });
    table.value("--spool-dir", [&](auto text, auto option) { to.spool_dir = parse_text(text, option); });
}

void add_archive_options(option_table& table, core_options& options, bool& plain)
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
}

namespace {

void check(const core_options& options)
{
    const exporting::export_options& asked = options.exporting;
    if (!asked.mongodump.empty() && !asked.mongo.uri.empty())
        throw usage_error("--mongodump and --mongo-uri exclude each other", try_core);
    bool const page = std::any_of(asked.report_files.begin(), asked.report_files.end(),
                                  [](const auto& file) { return page::is_page(file.native()); });
    if (page && options.dry_run)
        throw usage_error("--dry-run makes no page: its --report is JSON, not *.html", try_core);
    if (options.scan && !options.dry_run) throw usage_error("--scan is for --dry-run", try_core);
}

} // namespace

request parse_core(std::span<const std::string> arguments)
{
    core_options options;
    options.exporting.jobs = usable_cores();
    bool plain = false;
    bool overwrite = false;
    option_table table{try_core};
    add_place_options(table, options);
    add_user_options(table, options);
    table.value("--register-name",
                [&](auto text, auto option) { options.exporting.register_name = parse_text(text, option); });
    table.value("--register-dir",
                [&](auto text, auto option) { options.exporting.register_dir = parse_text(text, option); });
    add_reading_options(table, options);
    add_archive_options(table, options, plain);
    table.flag("--overwrite", overwrite);
    add_machine_options(table, options);
    table.repeatable("--report", [&](auto text, auto option) {
        options.exporting.report_files.emplace_back(parse_text(text, option));
    });
    add_recording_options(table, options);
    table.flag("--dry-run", options.dry_run);
    table.flag("--scan", options.scan);
    add_message_options(table, options);

    auto const words = table.parse(arguments);
    if (!words) return print_text{std::string{core_help()}};
    if (words->size() != 2) {
        throw usage_error(fmt::format("CONFIG.yml and OUTPUT are needed, {} given",
                                      words->empty() ? "none" : std::to_string(words->size())),
                          try_core);
    }
    options.config_file = parse_text((*words)[0], "CONFIG.yml");
    options.exporting.output = parse_text((*words)[1], "OUTPUT");
    options.exporting.encoding.gzip = !plain;
    if (overwrite) options.exporting.if_exists = archive::output_folder::existing::overwrite;
    check(options);
    return options;
}

} // namespace pryv_export::cli
