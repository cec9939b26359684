#pragma once

#include "pryv_export/archive/compress.hpp"
#include "pryv_export/archive/file_series.hpp"
#include "pryv_export/archive/sorted_spool.hpp"
#include "pryv_export/export/register_report.hpp"

#include "register_rows.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::exporting {

/// Writes the files of `register/` from rows in their order, each key once, and counts them. Blocking.
class register_writer
{
public:
    /// stopping: polled; report: gains counts and findings.
    register_writer(const std::filesystem::path& folder, archive::encoding how,
                    const std::atomic<bool>& stopping, register_report& report);

    /// Empties the spool. others: an empty one, for keys that are no part of the register. Throws
    /// export_error, system_error{operation_aborted} when stopped.
    void write(archive::sorted_spool& rows, archive::sorted_spool& others);

    const std::vector<archive::file_record>& files() const noexcept { return files_; }

private:
    /// One file: blocks of lines, compressed and written as they fill.
    struct row_file
    {
        archive::file_series series;
        std::string held;
        std::uint64_t held_lines = 0;
    };

    void take(std::string_view sort_key, std::string_view packed);
    void settle();
    void settle_found(const register_row& row);
    void count(const register_row& row);
    bool is_of_fixture(const register_row& row, bool superseded);
    void append(register_file file, std::string_view lines, std::uint64_t count);
    void flush(row_file& file);
    void finish();

    std::filesystem::path folder_;
    archive::encoding how_;
    const std::atomic<bool>& stopping_;
    register_report& report_;
    archive::sorted_spool* others_ = nullptr;
    std::vector<row_file> open_;
    std::vector<archive::file_record> files_;
    std::string held_key_; ///< a row waits until it is known that its key does not come again
    std::string held_;
    std::string last_user_;
    std::set<std::string, std::less<>> fixture_names_;
};

} // namespace pryv_export::exporting
