#pragma once

#include "pryv_export/format/bson.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

struct gzFile_s;

namespace load_dump {

/// One collection of a dump: DUMP/<database>/<collection>.bson[.gz].
struct collection_file
{
    std::string database;
    std::string collection;
    std::filesystem::path path;
};

/// The collections of a dump, ordered by database and name. Throws std::runtime_error when there are none.
std::vector<collection_file> collections_of(const std::filesystem::path& dump);

/// Reads the documents of one file one after the other; packed or not.
class document_file
{
public:
    /// Throws std::runtime_error when the file cannot be opened.
    explicit document_file(std::filesystem::path path);
    document_file(const document_file&) = delete;
    document_file& operator=(const document_file&) = delete;
    ~document_file();

    /// Appends the next document's bytes to `into`. False at the end of the file. Throws std::runtime_error
    /// with the place when the file ends inside a document or a length is impossible.
    bool append_next(std::vector<std::uint8_t>& into);

private:
    std::size_t read(std::uint8_t* at, std::size_t size);
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path path_;
    gzFile_s* file_ = nullptr;
    std::uint64_t offset_ = 0;
};

} // namespace load_dump
