#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is inside an archive, for people and for jq. Reads; proves nothing (verify.hpp does).
namespace pryv_export::verify {

struct inspect_options
{
    std::filesystem::path archive;
    std::optional<std::string> user; ///< id or name
    bool events = false;             ///< count events by type and stream
    std::string stream;              ///< only events of this stream; empty: all
    std::string type;                ///< only events of this type; empty: all
    std::string cat;                 ///< kind whose lines are printed; empty: none
    bool json = false;
    /// Of the archive as a whole: *.html as a page, others as --json has it.
    std::vector<std::filesystem::path> report_files;
};

/// Kinds that can be printed; all but platform and extra need a user.
bool is_printable_kind(std::string_view kind) noexcept;

/// Gives the lines of one kind, each with its newline, as they are in the archive. `write` returns false when
/// nobody reads any more. Throws export_error: source_missing, io_error for a broken file.
void print_lines(const inspect_options& options, const std::function<bool(std::string_view)>& write);

/// What there is to say, as text or (options.json) as one JSON document; options.report_files are written.
/// Reads all events when the archive has no report.json. Throws export_error: source_missing when there is no
/// archive or no such user, io_error when something in it cannot be read, cannot_create for a report.
std::string inspect_archive(const inspect_options& options);

} // namespace pryv_export::verify
