#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"

#include "command_options.hpp"
#include "option_table.hpp"
#include "values.hpp"

#include <fmt/format.h>

#include <chrono>

namespace pryv_export::cli {

namespace {

constexpr std::uint64_t map_file_limit = 1U << 20;
constexpr std::uint64_t longest_wait_seconds = 86'400;

std::chrono::seconds parse_seconds(std::string_view text, std::string_view option)
{
    return std::chrono::seconds{parse_number(text, option, 1, longest_wait_seconds)};
}

void add_server_options(option_table& table, register_options& options)
{
    source::redis_options& to = options.exporting.redis;
    table.value("--redis-host", [&](auto text, auto option) { to.host = parse_text(text, option); });
    table.value("--redis-port", [&](auto text, auto option) {
        to.port = static_cast<std::uint16_t>(parse_number(text, option, 1, 65'535));
    });
    table.value("--redis-socket", [&](auto text, auto option) { to.socket = parse_text(text, option); });
    table.value("--redis-db", [&](auto text, auto option) {
        to.database = static_cast<std::uint32_t>(parse_number(text, option, 0, 1'000'000));
    });
    table.value("--redis-connect-timeout",
                [&](auto text, auto option) { to.connect_timeout = parse_seconds(text, option); });
    table.value("--redis-timeout",
                [&](auto text, auto option) { to.answer_timeout = parse_seconds(text, option); });
    table.value("--give-up-after",
                [&](auto text, auto option) { to.give_up_after = parse_seconds(text, option); });
}

void add_login_options(option_table& table, register_options& options)
{
    source::redis_options& to = options.exporting.redis;
    table.value("--redis-user", [&](auto text, auto option) { to.user = parse_text(text, option); });
    // An option of the Node tool, where an empty one is none.
    table.value("--redis-password", [&](auto text, std::string_view option) {
        options.exporting.password = config::secret{std::string{text}};
        options.password_was_visible = option.starts_with('-') && !text.empty();
    });
    table.value("--redis-password-file",
                [&](auto text, auto option) { options.password_file = parse_text(text, option); });
    table.flag("--redis-tls", to.tls);
    table.value("--redis-tls-ca", [&](auto text, auto option) { to.tls_ca_file = parse_text(text, option); });
    table.value("--redis-tls-certificate",
                [&](auto text, auto option) { to.tls_client_file = parse_text(text, option); });
    table.flag("--redis-tls-insecure", to.tls_insecure);
}

void add_core_ids(option_table& table, register_options& options)
{
    auto const add = [&](std::string_view text, std::string_view option) {
        auto const [host, id] = parse_mapping(text, option);
        if (host.empty()) refuse(option, fmt::format("'{}' is not of the form HOST=ID", text));
        if (!options.exporting.core_ids.emplace(host, id).second)
            refuse(option, fmt::format("'{}' is mapped twice", host));
    };
    table.repeatable("--core-id-map", add);
    table.value("--core-id-map-file", [add](auto text, auto option) {
        std::string const content = read_small_file(parse_text(text, option), map_file_limit);
        for (std::string line : split(content, '\n')) {
            if (line.ends_with('\r')) line.pop_back();
            if (!line.empty() && !line.starts_with('#')) add(line, option);
        }
    });
}

void add_output_options(option_table& table, register_options& options, bool& plain, bool& overwrite)
{
    exporting::register_options& to = options.exporting;
    table.flag("--no-compress", plain);
    table.value("--level", [&](auto text, auto option) {
        to.encoding.level = static_cast<int>(parse_number(text, option, 0, 9));
    });
    table.flag("--overwrite", overwrite);
    table.flag("--allow-empty", to.allow_empty);
    table.value("--spool-dir", [&](auto text, auto option) { to.spool_dir = parse_text(text, option); });
    table.repeatable("--report",
                     [&](auto text, auto option) { to.report_files.emplace_back(parse_text(text, option)); });
}

void check(const register_options& options)
{
    const source::redis_options& redis = options.exporting.redis;
    bool const tls = redis.tls || redis.tls_ca_file || redis.tls_client_file || redis.tls_insecure;
    if (redis.socket && tls) throw usage_error("a Unix socket does not speak TLS", try_register);
    if (options.password_file && options.password_was_visible) {
        throw usage_error("--redis-password and --redis-password-file exclude each other", try_register);
    }
    if (!redis.user.empty() && options.exporting.password.empty() && !options.password_file)
        throw usage_error("--redis-user needs a password: --redis-password-file", try_register);
}

} // namespace

void add_redis_options(option_table& table, register_options& options)
{
    add_server_options(table, options);
    add_login_options(table, options);
}

void check_redis_options(register_options& options)
{
    source::redis_options& redis = options.exporting.redis;
    // Whoever asks for less checking, or none, means TLS.
    redis.tls = redis.tls || redis.tls_insecure;
    check(options);
}

request parse_register(std::span<const std::string> arguments)
{
    register_options options;
    bool plain = false;
    bool overwrite = false;
    option_table table{try_register};
    add_redis_options(table, options);
    add_output_options(table, options, plain, overwrite);
    add_core_ids(table, options);
    add_message_options(table, options);

    auto const words = table.parse(arguments);
    if (!words) return print_text{std::string{register_help()}};
    if (words->size() != 1) {
        throw usage_error(fmt::format("one OUTPUT is needed, {} given",
                                      words->empty() ? "none" : std::to_string(words->size())),
                          try_register);
    }
    exporting::register_options& to = options.exporting;
    to.output = parse_text(words->front(), "OUTPUT");
    to.encoding.gzip = !plain;
    if (overwrite) to.if_exists = archive::output_folder::existing::overwrite;
    check_redis_options(options);
    return options;
}

} // namespace pryv_export::cli
