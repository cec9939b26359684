#include "pryv_export/base/error.hpp"

#include "command_options.hpp"
#include "option_table.hpp"
#include "values.hpp"

#include <fmt/format.h>

namespace pryv_export::cli {

namespace {

void check(const verify::inspect_options& asked)
{
    bool const filtered = !asked.stream.empty() || !asked.type.empty();
    if (filtered && !asked.events) throw usage_error("--stream and --type go with --events", try_inspect);
    bool const of_a_part = asked.user || asked.events || !asked.cat.empty();
    if (of_a_part && !asked.report_files.empty())
        throw usage_error("--report is of the archive as a whole: not with --user, --events or --cat",
                          try_inspect);
    if (asked.cat.empty()) return;
    if (!verify::is_printable_kind(asked.cat))
        throw usage_error(fmt::format("--cat: there are no '{}' in an archive", asked.cat), try_inspect);
    if (asked.events) throw usage_error("--cat and --events exclude each other", try_inspect);
    bool const of_nobody = asked.cat == "platform" || asked.cat == "extra";
    if (!asked.user && !of_nobody)
        throw usage_error(fmt::format("--cat {} needs --user", asked.cat), try_inspect);
}

} // namespace

request parse_inspect(std::span<const std::string> arguments)
{
    inspect_command_options options;
    verify::inspect_options& to = options.inspecting;
    option_table table{try_inspect};
    table.value("--user", [&](auto text, auto option) { to.user = parse_text(text, option); });
    table.flag("--events", to.events);
    table.value("--stream", [&](auto text, auto option) { to.stream = parse_text(text, option); });
    table.value("--type", [&](auto text, auto option) { to.type = parse_text(text, option); });
    table.value("--cat", [&](auto text, auto option) { to.cat = parse_text(text, option); });
    table.flag("--json", to.json);
    table.repeatable("--report",
                     [&](auto text, auto option) { to.report_files.emplace_back(parse_text(text, option)); });
    add_message_options(table, options);
    auto const words = table.parse(arguments);
    if (!words) return print_text{std::string{inspect_help()}};
    if (words->size() != 1)
        throw usage_error(fmt::format("ARCHIVE is needed, {} words given", words->size()), try_inspect);
    to.archive = parse_text(words->front(), "ARCHIVE");
    check(to);
    return options;
}

} // namespace pryv_export::cli
