#pragma once

#include "pryv_export/source/document_store.hpp"

#include "mongodump_index.hpp"
#include "mongodump_scanner.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace pryv_export::source {

/// In a regrouped copy each document is preceded by its offset in the dump (8 bytes) and its user's rank in
/// the copy (4 bytes).
inline constexpr std::size_t record_header_bytes = 12;

/// A file that cursors read: a dump file or the regrouped copy of one.
struct readable_file
{
    dump_file file;
    std::size_t header_bytes = 0; ///< bytes before each document: 0 or record_header_bytes
};

/// Reads the documents at `extents`, in that order. Extents that stand close to each other take one system
/// call. The cursor keeps the file open.
std::unique_ptr<document_cursor> make_extent_cursor(std::shared_ptr<const readable_file> file,
                                                    extent_reader extents, std::size_t batch_bytes);

/// Reads a whole file from begin to end, leaving out and reporting what is damaged.
std::unique_ptr<document_cursor> make_whole_cursor(dump_file file, std::size_t batch_bytes,
                                                   std::function<void(damage)> on_damage);

} // namespace pryv_export::source
