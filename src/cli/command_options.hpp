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
constexpr std::string_view try_run = "try 'pryv-export run --help'";

constexpr std::string_view try_inspect = "try 'pryv-export inspect --help'";
constexpr std::string_view try_verify = "try 'pryv-export verify --help'";

/// The words after the command's name. Throw export_error{usage}.
request parse_core(std::span<const std::string> arguments);
request parse_register(std::span<const std::string> arguments);
request parse_run(std::span<const std::string> arguments);
request parse_verify(std::span<const std::string> arguments);
request parse_inspect(std::span<const std::string> arguments);

/// --progress, --quiet, --log-level, --log-format; `options` outlives the table.
void add_message_options(option_table& table, message_options& options);
/// --trace, --stats
void add_recording_options(option_table& table, message_options& options);
/// --redis-…; `options` outlives the table.
void add_redis_options(option_table& table, register_options& options);
/// What the options say together. Throws export_error{usage}.
void check_redis_options(register_options& options);

} // namespace pryv_export::cli
