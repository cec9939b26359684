#pragma once

#include "pryv_export/archive/file_folder.hpp"
#include "pryv_export/archive/medium.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::archive {

/// A finished file of the archive.
struct file_record
{
    std::string name; ///< relative to the folder that the writer was given, with '/'
    std::uint64_t bytes = 0;
    std::string sha256_hex; ///< empty when it went nowhere
};

/// A piece of a file that stands alone: one gzip member (or plain lines in an uncompressed archive).
struct member
{
    format::text_buffer bytes;
    std::uint64_t raw_bytes = 0; ///< of the lines in it, before compression
    std::uint64_t lines = 0;
};

/// One new file below a folder: mode 0600, hashed while written. A folder in its name is created. Blocking.
class archive_file
{
public:
    /// folder exists. Throws export_error (also when the file exists).
    archive_file(const file_folder& folder, std::string name, medium where = medium::disk);
    void write(std::span<const char> bytes);
    /// Starts write-back (not a promise: the publisher makes durable) and closes. Throws export_error for
    /// late write errors.
    file_record close();

private:
    std::string path_;
    file_record record_;
    unique_fd fd_;
    format::digest sha256_;
};

/// Writes a whole small file in one go.
file_record write_file(const file_folder& folder, std::string name, std::string_view content,
                       medium where = medium::disk);

/// Members in, files out: either one file, or numbered chunks that close once their raw bytes reach the limit
/// (docs/archive-format.md). Members are buffered until flush() is worth it. Blocking where said; one thread
/// at a time.
class file_series
{
public:
    struct naming
    {
        std::string stem;              ///< "streams", or "events/events-" for chunks
        std::string suffix;            ///< ".jsonl.gz" or ".jsonl"
        std::uint64_t chunk_bytes = 0; ///< raw bytes after which a chunk closes; 0: one file
        medium where = medium::disk;
    };
    /// No chunk's text may pass this: v2 reads a chunk into one JavaScript string.
    static constexpr std::uint64_t most_text_bytes = 480ULL << 20;

    file_series(std::shared_ptr<const file_folder> folder, naming how);
    file_series(std::filesystem::path folder, naming how);

    /// Takes a member; no I/O. True when flush() should be called before more is appended.
    bool append(member&& piece);
    /// Blocking: writes what is buffered.
    void flush();
    /// Blocking: writes the rest and closes. A single file is written even when nothing was appended, with
    /// `empty_content`. Chunk names get more digits when four do not keep text order.
    void finish(std::string_view empty_content = {});

    const std::vector<file_record>& files() const noexcept { return files_; }
    std::vector<file_record> take_files() noexcept { return std::move(files_); }
    std::uint64_t raw_bytes() const noexcept { return raw_bytes_; }
    std::uint64_t lines() const noexcept { return lines_; }

private:
    void write_whole_file(std::string_view empty_content);
    std::string next_name() const;
    std::string chunk_name(std::size_t number, std::size_t digits) const;
    void write(const member& piece);
    void close_file();
    void widen_names();

    std::shared_ptr<const file_folder> folder_;
    naming how_;
    std::vector<member> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::optional<archive_file> open_;
    std::uint64_t open_raw_ = 0;
    std::uint64_t raw_bytes_ = 0;
    std::uint64_t lines_ = 0;
    std::vector<file_record> files_;
};

} // namespace pryv_export::archive
