#include "merged_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace pryv_export::exporting {

namespace {

/// "1.9.3" → {1, 9, 3}; what is no version comes first.
std::vector<int> version_numbers(const std::string& version)
{
    std::vector<int> numbers;
    const char* at = version.data();
    const char* const end = at + version.size();
    while (at < end) {
        int number = 0;
        auto const [next, error] = std::from_chars(at, end, number);
        if (error != std::errc{}) break;
        numbers.push_back(number);
        at = next < end ? next + 1 : next;
    }
    return numbers;
}

/// The archive is only as new as its oldest core.
std::string oldest_version(const std::vector<std::pair<std::string, run_report>>& parts)
{
    auto const older = [](const auto& a, const auto& b) {
        return version_numbers(a.second.core_version) < version_numbers(b.second.core_version);
    };
    return std::min_element(parts.begin(), parts.end(), older)->second.core_version;
}

void add_lines(std::vector<std::string>& to, const std::string& core, const std::vector<std::string>& lines)
{
    for (const std::string& line : lines) to.push_back(fmt::format("{}: {}", core, line));
}

void add_part(run_report& all, const std::string& name, const run_report& part)
{
    all.source += fmt::format("{}{}: {}", all.source.empty() ? "" : "; ", name, part.source);
    all.source_bytes += part.source_bytes;
    all.users_written += part.users_written;
    all.failed_users.insert(all.failed_users.end(), part.failed_users.begin(), part.failed_users.end());
    for (std::size_t i = 0; i < convert::kind_count; ++i) all.totals[i] += part.totals[i];
    all.notes.merge(part.notes);
    all.times += part.times;
    all.archive_bytes += part.archive_bytes;
    all.attachment_bytes += part.attachment_bytes;
    all.archive_files += part.archive_files;
    if (part.largest_user_events > all.largest_user_events) {
        all.largest_user_events = part.largest_user_events;
        all.largest_user = part.largest_user;
    }
    all.failed_cores.insert(all.failed_cores.end(), part.failed_cores.begin(), part.failed_cores.end());
    all.left_out.insert(all.left_out.end(), part.left_out.begin(), part.left_out.end());
    all.not_in_index.insert(all.not_in_index.end(), part.not_in_index.begin(), part.not_in_index.end());
    all.index_only.insert(all.index_only.end(), part.index_only.begin(), part.index_only.end());
    all.damages.insert(all.damages.end(), part.damages.begin(), part.damages.end());
    all.changes.insert(all.changes.end(), part.changes.begin(), part.changes.end());
    all.changes_known = all.changes_known && part.changes_known;
    add_lines(all.strangers, name, part.strangers);
    add_lines(all.warnings, name, part.warnings);
    add_lines(all.other_collections, name, part.other_collections);
    all.cores.push_back({name, to_json(part)});
}

} // namespace

run_report merge_reports(const std::vector<std::pair<std::string, run_report>>& parts)
{
    const run_report& first = parts.front().second;
    run_report all;
    all.tool_version = first.tool_version;
    all.core_version = oldest_version(parts);
    all.options = first.options;
    all.output = first.output;
    all.compressed = first.compressed;
    all.started_ms = first.started_ms;
    all.finished_ms = first.finished_ms;
    all.seconds = first.seconds;
    for (const auto& [name, part] : parts) {
        add_part(all, name, part);
        all.finished_ms = std::max(all.finished_ms, part.finished_ms);
        all.seconds = std::max(all.seconds, part.seconds);
    }
    return all;
}

} // namespace pryv_export::exporting
