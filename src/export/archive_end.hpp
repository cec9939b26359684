#pragma once

#include "pryv_export/archive/file_series.hpp"
#include "pryv_export/archive/ordered_spool.hpp"
#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/export/report.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::exporting {

/// What the last files of an archive are made from. Users are in the spools by their number.
struct archive_parts
{
    archive::ordered_spool
        manifests; ///< JSON of each user's manifest entry, as indented as it is in manifest.json
    archive::ordered_spool reports;          ///< the same of each user's report entry
    archive::ordered_spool checksums;        ///< lines of SHA256SUMS
    std::vector<archive::file_record> files; ///< outside of users/
    std::string engine;
    std::string domain;
    std::int64_t timestamp_ms = 0;
    bool compressed = true;
};

/// Blocking: writes report.json, RESTORE.md and SHA256SUMS, makes all durable, then puts manifest.json in
/// place as the very last. With more than one job report.json and manifest.json are written at the same time.
/// Returns the bytes of these files.
std::uint64_t finish_archive(archive::output_folder& output, archive_parts& parts, const run_report& report,
                             std::size_t jobs);

} // namespace pryv_export::exporting
