#pragma once

#include "file_stamp.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

namespace pryv_export::source {

/// A database file of v1 as it lies on disk, with the write-ahead log or rollback journal beside it.
class sqlite_image
{
public:
    /// nullopt when there is no such file. Waits up to `lock_timeout` while another process holds the file
    /// exclusively. Throws export_error when it cannot be read, is empty, or is no SQLite database.
    /// head_bytes: how much head() will give, at most.
    static std::optional<sqlite_image> look_at(const place& file, std::chrono::milliseconds lock_timeout,
                                               std::size_t head_bytes = 4096);

    /// True when the file alone is not the whole database.
    bool needs_copy() const noexcept { return wal_.fd || journal_.fd; }
    /// What a copy takes.
    std::uint64_t bytes() const noexcept { return stamp_.bytes + wal_.stamp.bytes + journal_.stamp.bytes; }
    /// Makes `copy` (a new file) and its sidecar hold one state of the database. False when a writer was
    /// faster: the copy is of no use then.
    bool copy_to(const std::filesystem::path& copy) const;
    /// True while the file is what it was and nothing was committed beside it: reading it in place is safe.
    bool still_alone() const;

    const std::string& path() const noexcept { return file_.path(); }
    const file_stamp& stamp() const noexcept { return stamp_; }
    int fd() const noexcept { return fd_.value(); }
    static constexpr std::size_t header_bytes = 100;
    /// The first bytes of the file, as they were when it was looked at. At least the header, unless a copy is
    /// needed.
    std::span<const std::uint8_t> head() const noexcept { return {head_.get(), head_size_}; }
    const std::shared_ptr<const std::uint8_t[]>& head_owner() const noexcept { return head_; }

private:
    static constexpr std::size_t wal_header_bytes = 32;
    using wal_header = std::array<std::uint8_t, wal_header_bytes>;
    struct sidecar
    {
        place file;
        unique_fd fd; ///< open only when the file is there and not empty
        file_stamp stamp;
    };

    explicit sqlite_image(const place& file);
    static void open_sidecar(sidecar& beside);
    static bool is_hot(const sidecar& journal);
    static wal_header read_wal_header(const sidecar& wal);
    void read_head(std::size_t most_bytes);
    void copy_database(const std::filesystem::path& copy) const;
    void copy_wal(const std::filesystem::path& copy) const;
    bool copied_one_state() const;

    place file_;
    unique_fd fd_;
    file_stamp stamp_;
    sidecar wal_;
    sidecar journal_;
    wal_header wal_header_{};
    std::shared_ptr<const std::uint8_t[]> head_;
    std::size_t head_size_ = 0;
};

} // namespace pryv_export::source
