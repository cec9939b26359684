#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pryv_export {

/// Text that is safe on a terminal and in a log line: control characters (C0, DEL, C1) and
/// invalid UTF-8 become \xNN, everything else stays.
std::string printable(std::string_view text);

/// "1.4 GiB", "12.0 MiB", "812 B": three significant digits, IEC units.
std::string human_bytes(std::uint64_t bytes);

/// "1,234,567"
std::string human_count(std::uint64_t count);

/// "3 h 12 min", "4 min 05 s", "2.3 s" from a duration in seconds.
std::string human_duration(double seconds);

/// Parses "256MiB", "1GiB", "64k", "1048576" into bytes. K/M/G/T with or without "iB"/"B" are
/// powers of 1024. Throws export_error{usage} naming `option` when the text is no size.
std::uint64_t parse_bytes(std::string_view text, std::string_view option);

} // namespace pryv_export
