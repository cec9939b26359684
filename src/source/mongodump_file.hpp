#pragma once

#include "pryv_export/base/file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The files of a dump folder: where they are, and private copies of them.
namespace pryv_export::source {

/// An open file of BSON documents one behind the other, as mongodump writes it.
struct dump_file
{
    unique_fd fd;
    std::string name; ///< path that the operator knows, for errors and the report
    std::uint64_t size = 0;
    bool unpacked = false; ///< `fd` is an unpacked copy: offsets count unpacked bytes
};

/// Where one collection of a dump is.
struct dump_location
{
    std::filesystem::path path;
    bool zipped = false;
};

/// Finds `collection`.bson or .bson.gz in `folder`; nothing when neither is there. Throws export_error when
/// both are, or when the file may not be read or is no regular file (links are not followed).
std::optional<dump_location> locate_collection(const std::filesystem::path& folder,
                                               std::string_view collection);

/// Names of the collections that have a .bson or .bson.gz file in `folder`, sorted; nothing of a folder that
/// cannot be read.
std::vector<std::string> collections_in(const std::filesystem::path& folder);

/// The folder that holds the dump of the database: `folder` itself or `folder`/`database_name`.
/// Throws export_error{source_missing} naming what was looked for; {denied} when a folder may not be read.
std::filesystem::path resolve_dump_folder(const std::filesystem::path& folder,
                                          const std::string& database_name);

/// Opens a plain dump file. Throws export_error naming the path.
dump_file open_plain(const std::filesystem::path& path);

/// A file of mode 0600 in `folder` that has no name: it is gone when closed, even by a kill.
/// Throws export_error naming the folder.
unique_fd create_nameless_file(const std::filesystem::path& folder);

/// Makes room for `bytes` in a new file. Throws export_error{io_error} naming `folder`, what is needed and
/// what is free; file systems that cannot reserve are left alone.
void reserve_space(int fd, std::uint64_t bytes, const std::filesystem::path& folder);

/// Writes all bytes at `offset`, going on after short writes. Throws export_error naming `path`.
void write_at(int fd, std::uint64_t offset, std::span<const std::uint8_t> bytes, std::string_view path);

} // namespace pryv_export::source
