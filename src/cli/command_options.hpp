#pragma once

#include "pryv_export/cli/command_line.hpp"

#include <span>
#include <string>
#include <string_view>

/// One parser per command: its options, and nothing of the others.
namespace pryv_export::cli {

class option_table;

constexpr std::string_view try_core = "try 'pryv-export core --help'";
constexpr std::string_view try_register = "try 'pryv-export register --help'";

/// The words after the command's name. Throw export_error{usage}.
request parse_core(std::span<const std::string> arguments);
request parse_register(std::span<const std::string> arguments);

/// --progress, --quiet, --log-level, --log-format; `options` outlives the table.
void add_message_options(option_table& table, message_options& options);

} // namespace pryv_export::cli
