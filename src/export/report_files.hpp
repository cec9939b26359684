#pragma once

#include "pryv_export/archive/ordered_spool.hpp"

#include <boost/json/object.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// What --report asks for: the report once more, outside of the archive, as a page or as JSON.
namespace pryv_export::exporting {

/// Entries of report.json's `users`.
struct report_users
{
    std::string core; ///< of all of them; empty: they say it themselves, or there is one only
    const archive::ordered_spool* entries = nullptr;
};

struct report_source
{
    std::filesystem::path archive; ///< folder that is reported on
    std::filesystem::path json;    ///< its report.json, as it is on disk
    boost::json::object report;    ///< the same without users
    std::optional<boost::json::object> from_register;
    std::vector<report_users> users;
};

/// Blocking, before anything is done: throws export_error{cannot_create} for a file that cannot be written,
/// or that would lie in one of the archives. output: is made later, so that a file directly in it is fine
void check_report_files(const std::vector<std::filesystem::path>& files,
                        const std::vector<std::filesystem::path>& archives,
                        const std::filesystem::path& output);

/// Blocking: writes each file. Throws export_error: cannot_create, io_error. What is said at its end: the
/// archive is finished all the same.
void write_report_files(const std::vector<std::filesystem::path>& files, const report_source& from);

} // namespace pryv_export::exporting
