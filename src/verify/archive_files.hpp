#pragma once

#include "manifest.hpp"
#include "record_reader.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pryv_export::verify {

/// An archive for readers who want to see, not to prove: what cannot be read is an error.
class archive_files
{
public:
    /// Throws export_error: no archive, no manifest, encrypted.
    explicit archive_files(std::filesystem::path root);

    const archive_manifest& manifest() const noexcept { return manifest_; }
    /// By id or name. Throws export_error{source_missing}.
    const manifest_user& user(std::string_view id_or_name) const;
    /// Files and bytes below a folder of the archive; none when it is absent.
    std::pair<std::uint64_t, std::uint64_t> size_of(const std::string& inside) const;
    /// report.json; nothing when there is none that can be read.
    std::optional<archive_report> report() const;

    /// Record files of one kind in v2's order: "streams", "events", … of a user; "platform"; "extra".
    std::vector<std::string> record_files(std::string_view kind, const manifest_user* user) const;
    /// Lines of a record file. Throws export_error{io_error} when it is broken, after the lines that are not.
    void read_lines(const std::string& name, line_listener& lines);
    /// Objects of a record file; lines that are none are an error as well.
    void read_records(const std::string& name, record_checker& records);

private:
    void throw_if_broken(const findings& found) const;

    std::atomic<bool> stopping_{false};
    runtime::progress progress_;
    check_context context_;
    archive_manifest manifest_;
};

} // namespace pryv_export::verify
