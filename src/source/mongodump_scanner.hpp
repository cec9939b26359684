#pragma once

#include "pryv_export/format/bson.hpp"
#include "pryv_export/source/document_store.hpp"

#include "mongodump_window.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace pryv_export::source {

/// Longest document that is believed. MongoDB allows 16 MiB and a little for its own use.
inline constexpr std::int32_t max_document_bytes = 48 * 1024 * 1024;

/// One document found by a scan; views are valid until the next call.
struct found_document
{
    format::bson_bytes bytes;
    std::uint64_t offset = 0;
    std::string_view user_id; ///< empty when absent, no string or empty
    format::bson_type id_type = format::bson_type::null;
    format::bson_bytes id; ///< value of `_id`, empty when absent
};

/// Finds the documents of a dump file one after the other (mongodump writes them back to back, no header). A
/// document is taken when its length, its terminator and its top level are right; where one is not, the
/// search goes on byte by byte for the next place where a document begins (length, type, "_id"), is right at
/// every depth, and is followed by another beginning or the end. Memory: one window. Hostile bytes cost at
/// most time in proportion to the file's size.
class dump_scanner
{
public:
    dump_scanner(const dump_file& file, file_window::options window, std::function<void(damage)> on_damage);

    /// False at the end of the file. Throws export_error when the file cannot be read.
    bool next(found_document& found);

private:
    struct failure
    {
        std::uint64_t offset = 0;
        std::string cause;
    };

    bool take(found_document& found);
    void skip_damage();
    std::uint64_t find_restart(std::uint64_t from);
    bool restarts_at(std::uint64_t offset);
    std::uint64_t rest(std::uint64_t offset) const noexcept { return file_.size - offset; }

    const dump_file& file_;
    file_window window_;
    std::function<void(damage)> on_damage_;
    std::uint64_t at_ = 0;
    std::uint64_t check_budget_ = 0;
    failure failure_;
};

} // namespace pryv_export::source
