#include "pryv_export/cli/command_line.hpp"

#include "pryv_export/base/error.hpp"

#include "command_options.hpp"
#include "option_table.hpp"

#include <fmt/format.h>

#include <array>

namespace pryv_export::cli {

namespace {

constexpr std::string_view try_general = "try 'pryv-export --help'";

struct command
{
    std::string_view name;
    request (*parse)(std::span<const std::string> arguments);
    std::string_view hint;
};
constexpr std::array commands{command{"core", parse_core, try_core},
                              command{"register", parse_register, try_register},
                              command{"run", parse_run, try_run}, command{"verify", parse_verify, try_verify},
                              command{"inspect", parse_inspect, try_inspect}};

/// A complaint about a value does not know the command: its hint is added here.
request parse_for(const command& wanted, std::span<const std::string> arguments)
{
    try {
        return wanted.parse(arguments);
    } catch (const export_error& error) {
        std::string_view const line = error.what();
        if (error.status() != exit_status::usage || line.ends_with(wanted.hint)) throw;
        throw export_error{exit_status::usage, error.thing(), line.substr(error.thing().size() + 2),
                           wanted.hint};
    }
}

} // namespace

request parse(std::span<const std::string> arguments)
{
    if (arguments.empty()) throw usage_error("no command given", try_general);
    std::string_view const first = arguments.front();
    if (first == "--help" || first == "-h" || first == "help") return print_text{std::string{general_help()}};
    if (first == "--version") return print_text{version_text()};
    for (const command& each : commands) {
        if (first == each.name) return parse_for(each, arguments.subspan(1));
    }
    throw usage_error(fmt::format("'{}' is no {}", first, first.starts_with('-') ? "option" : "command"),
                      try_general);
}

} // namespace pryv_export::cli
