#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include "command_options.hpp"
#include "core_option_groups.hpp"
#include "default_jobs.hpp"
#include "option_table.hpp"
#include "values.hpp"

#include <fmt/format.h>

#include <charconv>

namespace pryv_export::cli {

namespace {

/// "10%", "0.5%", "10": above 0, at most 100.
double parse_percent(std::string_view text, std::string_view option)
{
    std::string_view const digits = text.substr(0, text.size() - (text.ends_with('%') ? 1 : 0));
    double value = 0;
    auto const parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    bool const whole = parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
    if (!whole || !(value > 0) || value > 100)
        refuse(option, fmt::format("'{}' is no percentage above 0%", text));
    return value;
}

/// Who names a source must not believe that it was looked at. (In the environment it is there for exports.)
void refuse_lone_source(std::span<const std::string> arguments)
{
    for (const std::string& word : arguments) {
        for (std::string_view const option : {"--mongodump", "--mongo-uri", "--users-path"}) {
            if (word.starts_with(option))
                throw usage_error(fmt::format("{} needs --against CONFIG.yml", option), try_verify);
        }
    }
}

} // namespace

request parse_verify(std::span<const std::string> arguments)
{
    verify_command_options options;
    options.jobs = usable_cores();
    core_options source;
    option_table table{try_verify};
    table.repeatable("--user", [&](auto text, auto option) {
        options.verifying.users.push_back(parse_text(text, option));
    });
    table.value("--sample", [&](auto text, auto option) {
        options.verifying.sample_percent = parse_percent(text, option);
    });
    table.flag("--json", options.json);
    table.flag("--strict", options.strict);
    table.value("--jobs",
                [&](auto text, auto option) { options.jobs = parse_number(text, option, 1, 1024); });
    table.value("--memory", [&](auto text, auto option) {
        options.memory_bytes = parse_bytes(text, option);
        if (options.memory_bytes < (16U << 20)) refuse(option, fmt::format("'{}' is less than 16MiB", text));
    });
    table.value("--against", [&](auto text, auto option) { source.config_file = parse_text(text, option); });
    add_place_options(table, source);
    add_reading_options(table, source);
    add_message_options(table, options);
    auto const words = table.parse(arguments);
    if (!words) return print_text{std::string{verify_help()}};
    if (words->size() != 1)
        throw usage_error(fmt::format("ARCHIVE is needed, {} words given", words->size()), try_verify);
    if (!options.verifying.users.empty() && options.verifying.sample_percent < 100)
        throw usage_error("--user and --sample exclude each other", try_verify);
    options.verifying.archive = parse_text(words->front(), "ARCHIVE");
    if (!source.config_file.empty())
        options.against = std::move(source);
    else
        refuse_lone_source(arguments);
    return options;
}

} // namespace pryv_export::cli
