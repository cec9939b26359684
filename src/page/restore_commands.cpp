#include "pryv_export/page/restore_commands.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::page {

namespace {

/// Measured with v2 on PostgreSQL: rows are inserted one after the other.
constexpr double rows_per_second = 1000;
/// v2 holds all events of one user, parsed, in its heap. Up to here Node's own limit does.
constexpr std::uint64_t events_in_default_heap = 200'000;
constexpr std::uint64_t heap_bytes_per_event = 6 << 10;

} // namespace

std::uint64_t heap_megabytes(std::uint64_t largest_user_events)
{
    if (largest_user_events <= events_in_default_heap) return 0;
    std::uint64_t const bytes = largest_user_events * heap_bytes_per_event;
    std::uint64_t const gigabytes = (bytes >> 30) + 1;
    return std::max<std::uint64_t>(gigabytes, 4) * 1024;
}

double restore_seconds(std::uint64_t rows)
{
    return static_cast<double>(rows) / rows_per_second;
}

std::string restore_command(std::uint64_t largest_user_events, std::string_view archive,
                            std::string_view more)
{
    std::string command;
    if (std::uint64_t const heap = heap_megabytes(largest_user_events); heap > 0)
        command = fmt::format("NODE_OPTIONS=--max-old-space-size={} \\\n  ", heap);
    return command + fmt::format("node bin/backup.js --restore {} --verify-integrity{}", archive, more);
}

std::string_view log_checks() noexcept
{
    return "grep -n 'Rolled back' restore.log   # must print nothing: these users were erased again\n"
           "grep -in 'warn' restore.log         # audit and series are skipped with a warning only\n"
           "grep -n 'Usage' restore.log         # must print nothing: an unknown argument prints the "
           "usage, does nothing";
}

std::string_view after_commands() noexcept
{
    return "node bin/backfill-access-index.js    # tokens are found through it\n"
           "node bin/platform-pii-migrate.js up  # unless platform:piiMode is cleartext (the default is "
           "hashed):\n"
           "                                     # without it no e-mail address is found, nor known to be "
           "taken\n"
           "node bin/integrity-check.js          # hashes of all events and accesses once more";
}

std::string shell_word(std::string_view text)
{
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+:@=,-";
    if (!text.empty() && text.find_first_not_of(plain) == text.npos) return std::string{text};
    std::string word = "'";
    for (char const c : text) word += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return word + "'";
}

} // namespace pryv_export::page
