#pragma once

#include "pryv_export/cli/core_command.hpp"
#include "pryv_export/cli/inspect_command.hpp"
#include "pryv_export/cli/register_command.hpp"
#include "pryv_export/cli/run_command.hpp"
#include "pryv_export/cli/verify_command.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>

/// The program `pryv-export`: options in, one library call, text out. The contract is in README.md.
namespace pryv_export::cli {

/// Text for stdout instead of work: --help, --version.
struct print_text
{
    std::string text;
};

/// What the command line asks for.
using request = std::variant<print_text, core_options, register_options, run_options, verify_command_options,
                             inspect_command_options>;

/// Understands the arguments (without the program's name); what is not given comes from the environment
/// (PRYV_EXPORT_…), then from the defaults. Throws export_error{usage}: one line with "try --help".
request parse(std::span<const std::string> arguments);

/// Help of the program, or of one command.
std::string_view general_help() noexcept;
std::string_view core_help() noexcept;
std::string_view register_help() noexcept;
std::string_view run_help() noexcept;
std::string_view verify_help() noexcept;
std::string_view inspect_help() noexcept;
/// "pryv-export 0.1.0 (g++ …, Boost …)"
std::string version_text();

/// main(): hardens the process, parses, runs. Returns the exit status.
int run(int argc, char** argv) noexcept;

} // namespace pryv_export::cli
