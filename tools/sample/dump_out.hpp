#pragma once

#include "options.hpp"
#include "records.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

struct gzFile_s;

namespace sample {

/// One file being written, gzipped or not. Throws on any failure, also of close.
class out_file
{
public:
    out_file(std::filesystem::path path, bool gzip);
    ~out_file();
    out_file(const out_file&) = delete;
    out_file& operator=(const out_file&) = delete;

    void write(std::string_view bytes);
    void close();

private:
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path path_;
    std::FILE* plain_ = nullptr;
    gzFile_s* gz_ = nullptr;
};

/// A mongodump folder: `<database>/<collection>.bson` and its metadata.
class dump_folder
{
public:
    dump_folder(std::filesystem::path folder, const options& opt);

    /// Whether this dump has the collection at all.
    bool has(collection c) const { return files_[static_cast<std::size_t>(c)] != nullptr; }
    void write(collection c, std::string_view bytes);
    void close();

private:
    void write_metadata(collection c) const;

    std::filesystem::path folder_;
    const options& opt_;
    std::array<std::unique_ptr<out_file>, collection_count> files_;
};

} // namespace sample
