#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The commands with which v2 takes an archive, in one place for all texts that show them.
namespace pryv_export::page {

/// MiB for --max-old-space-size, as v2 holds all events of one user in memory; 0: Node's default is enough.
std::uint64_t heap_megabytes(std::uint64_t largest_user_events);

/// Seconds that v2 on PostgreSQL takes for so many events and audit rows.
double restore_seconds(std::uint64_t rows);

/// One command of v2's folder, perhaps on two lines. archive: a word for a shell; more: behind it.
std::string restore_command(std::uint64_t largest_user_events, std::string_view archive,
                            std::string_view more);

/// What must hold after a restore that was written to restore.log, beside the exit status.
std::string_view log_checks() noexcept;

/// What follows the restore, in v2's folder.
std::string_view after_commands() noexcept;

/// One word for a shell.
std::string shell_word(std::string_view text);

} // namespace pryv_export::page
