#include "sqlite_image.hpp"

#include "pryv_export/base/error.hpp"

#include "file_copy.hpp"
#include "sqlite_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace pryv_export::source {

namespace {

constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t frame_header_bytes = 24;

/// SQLite's PENDING byte, RESERVED byte and SHARED range (sqlite.org/fileformat, "Locking"; os_unix.c).
constexpr off_t pending_byte = 0x40000000;
constexpr off_t shared_first = pending_byte + 2;
constexpr off_t shared_size = 510;

bool is_write_locked(int fd, off_t start, off_t length)
{
    struct flock lock
    {
    };
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_WRLCK;
}

bool is_held_exclusively(int fd)
{
    // Mostly no byte is locked, which one call tells. RESERVED, in between, keeps no reader out.
    return is_write_locked(fd, pending_byte, shared_first + shared_size - pending_byte) &&
           (is_write_locked(fd, pending_byte, 1) || is_write_locked(fd, shared_first, shared_size));
}

/// False when there was nothing to wait for.
bool wait_until_unlocked(int fd, const std::string& path, std::chrono::milliseconds timeout)
{
    if (!is_held_exclusively(fd)) return false;
    auto const deadline = std::chrono::steady_clock::now() + timeout;
    do {
        if (std::chrono::steady_clock::now() >= deadline) throw sqlite_error(SQLITE_BUSY, {}, path);
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    } while (is_held_exclusively(fd));
    return true;
}

std::uint32_t big_endian(const std::uint8_t* bytes)
{
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
           bytes[3];
}

/// 0 when SQLite would not take this for the head of a log (sqlite.org/fileformat, "WAL header").
std::size_t page_bytes_of_wal(const std::uint8_t* header)
{
    if ((big_endian(header) & ~1U) != 0x377f0682U) return 0;
    std::uint32_t const bytes = big_endian(header + 8);
    return bytes >= 512 && bytes <= 65536 && (bytes & (bytes - 1)) == 0 ? bytes : 0;
}

} // namespace

sqlite_image::sqlite_image(const place& file)
    : file_{file}, wal_{file.with_suffix("-wal"), {}, {}}, journal_{file.with_suffix("-journal"), {}, {}}
{
}

std::optional<sqlite_image> sqlite_image::look_at(const place& file, std::chrono::milliseconds lock_timeout,
                                                  std::size_t head_bytes)
{
    sqlite_image image{file};
    opened_file opened = open_regular(file);
    image.fd_ = std::move(opened.fd);
    image.stamp_ = opened.stamp;
    if (!image.fd_) {
        open_sidecar(image.wal_);
        if (!image.wal_.fd) return std::nullopt;
        throw export_error{exit_status::io_error, file.path(),
                           "is absent, but its write-ahead log (-wal) beside it is not",
                           "put the database file back, or move the log away"};
    }
    if (wait_until_unlocked(image.fd_.value(), file.path(), lock_timeout))
        image.stamp_ = stamp_of(image.fd_.value(), file.path());
    open_sidecar(image.wal_);
    if (image.wal_.fd) image.wal_header_ = read_wal_header(image.wal_);
    open_sidecar(image.journal_);
    if (!is_hot(image.journal_)) image.journal_.fd.reset();
    image.read_head(head_bytes);
    return image;
}

void sqlite_image::open_sidecar(sidecar& beside)
{
    std::optional<file_stamp> const seen = stamp_at(beside.file);
    if (!seen || seen->bytes == 0) return;
    opened_file opened = open_regular(beside.file);
    beside.fd = std::move(opened.fd);
    beside.stamp = opened.stamp;
}

bool sqlite_image::is_hot(const sidecar& journal)
{
    if (!journal.fd) return false;
    std::array<std::uint8_t, 1> first{};
    return read_at(journal.fd.value(), 0, first, journal.file.path()) == 1 && first[0] != 0;
}

sqlite_image::wal_header sqlite_image::read_wal_header(const sidecar& wal)
{
    wal_header header{};
    read_at(wal.fd.value(), 0, header, wal.file.path());
    return header;
}

void sqlite_image::read_head(std::size_t most_bytes)
{
    auto const bytes = static_cast<std::size_t>(std::min<std::uint64_t>(stamp_.bytes, most_bytes));
    auto const head = std::make_shared_for_overwrite<std::uint8_t[]>(bytes);
    std::size_t const got = read_at(fd_.value(), 0, {head.get(), bytes}, path());
    head_ = head;
    head_size_ = got;
    if (got == 0) {
        if (wal_.fd) return;
        throw export_error{exit_status::io_error, path(), "is empty (0 bytes)",
                           "v1 never leaves a database so; restore it from a backup"};
    }
    if (std::memcmp(head.get(), magic.data(), std::min(got, magic.size())) != 0) {
        throw sqlite_error(SQLITE_NOTADB, {}, path());
    }
    if (got < header_bytes) {
        throw sqlite_error(SQLITE_CORRUPT, fmt::format("only {} bytes are left of it", got), path());
    }
}

bool sqlite_image::copy_to(const std::filesystem::path& copy) const
{
    copy_database(copy);
    // The log goes second: pages that a checkpoint moved into the database meanwhile are then still in it.
    if (wal_.fd) copy_wal(copy.native() + "-wal");
    if (journal_.fd) {
        std::filesystem::path const to = copy.native() + "-journal";
        unique_fd const fd = create_private_file(to);
        copy_bytes(journal_.fd.value(), journal_.file.path(), fd.value(), to);
    }
    return copied_one_state();
}

void sqlite_image::copy_database(const std::filesystem::path& copy) const
{
    unique_fd const to = create_private_file(copy);
    if (!clone_file(fd_.value(), to.value())) copy_bytes(fd_.value(), path(), to.value(), copy);
    // SQLite throws the log of an empty database away, even when page 1 is in it.
    std::size_t const page_bytes = stamp_.bytes == 0 ? page_bytes_of_wal(wal_header_.data()) : 0;
    if (page_bytes != 0 && size_of(to.value(), copy.native()) == 0 &&
        ::ftruncate(to.value(), static_cast<off_t>(page_bytes)) != 0) {
        throw_errno(errno, "cannot write", copy.native());
    }
}

void sqlite_image::copy_wal(const std::filesystem::path& copy) const
{
    unique_fd const to = create_private_file(copy);
    write_all(to.value(), {reinterpret_cast<const char*>(wal_header_.data()), wal_header_.size()},
              copy.native());
    std::size_t const page_bytes = page_bytes_of_wal(wal_header_.data());
    if (page_bytes == 0) return;
    std::size_t const frame_bytes = frame_header_bytes + page_bytes;
    std::span<std::uint8_t> const buffer = copy_buffer();
    std::span<std::uint8_t> const frames = buffer.first(buffer.size() / frame_bytes * frame_bytes);
    // A log is used again from its start and keeps its size: frames of an earlier round carry other salts.
    std::uint8_t const* const salts = wal_header_.data() + 16;
    for (std::uint64_t offset = wal_header_bytes;;) {
        std::size_t const got = read_at(wal_.fd.value(), offset, frames, wal_.file.path());
        std::size_t current = 0;
        while (current + frame_bytes <= got && std::memcmp(frames.data() + current + 8, salts, 8) == 0) {
            current += frame_bytes;
        }
        write_all(to.value(), {reinterpret_cast<const char*>(frames.data()), current}, copy.native());
        if (current < frames.size()) return;
        offset += current;
    }
}

bool sqlite_image::copied_one_state() const
{
    std::optional<file_stamp> const now = stamp_at(file_);
    if (!now || !now->same_file(stamp_)) return false;
    if (!wal_.fd) {
        return *now == stamp_ && (!journal_.fd || stamp_at(journal_.file) == journal_.stamp);
    }
    // Whatever was checkpointed while the database was copied is in the log that was copied after it, unless
    // the log was begun anew; then its header has new salts.
    std::optional<file_stamp> const wal = stamp_at(wal_.file);
    return wal && wal->same_file(wal_.stamp) && wal->bytes >= wal_.stamp.bytes &&
           read_wal_header(wal_) == wal_header_;
}

bool sqlite_image::still_alone() const
{
    std::optional<file_stamp> const now = stamp_at(file_);
    if (!now || *now != stamp_) return false;
    std::optional<file_stamp> const wal = stamp_at(wal_.file);
    return !wal || wal->bytes == 0;
}

} // namespace pryv_export::source
