#include "pryv_export/cli/message_options.hpp"

#include "command_options.hpp"
#include "option_table.hpp"
#include "values.hpp"

namespace pryv_export::cli {

void add_message_options(option_table& table, message_options& options)
{
    using runtime::progress_style;
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

void add_recording_options(option_table& table, message_options& options)
{
    table.value("--trace", [&](auto text, auto option) { options.trace_file = parse_text(text, option); });
    table.flag("--stats", options.stats);
}

} // namespace pryv_export::cli
