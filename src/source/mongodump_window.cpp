#include "mongodump_window.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fcntl.h>

namespace pryv_export::source {

namespace {

/// How far ahead the kernel is asked to read, and in what steps.
constexpr std::uint64_t ahead_bytes = 8U << 20;
constexpr std::uint64_t step_bytes = 4U << 20;

[[noreturn]] void throw_shrunk(const dump_file& file, std::uint64_t offset)
{
    throw export_error{exit_status::io_error, printable(file.name),
                       fmt::format("became shorter while it was read, at offset {}", offset),
                       "leave the dump alone while it is exported"};
}

} // namespace

file_window::file_window(const dump_file& file, options settings)
    : file_{file}, settings_{std::move(settings)}
{
}

std::uint8_t file_window::peek(std::uint64_t offset)
{
    if (offset >= begin_ && offset < end_) return buffer_[static_cast<std::size_t>(offset - begin_)];
    std::uint8_t byte = 0;
    if (read_at(file_.fd.value(), offset, {&byte, 1}, file_.name) != 1) throw_shrunk(file_, offset);
    return byte;
}

void file_window::move_tail(std::uint64_t offset, std::size_t length)
{
    std::size_t const kept = offset < end_ ? static_cast<std::size_t>(end_ - offset) : 0;
    const std::uint8_t* const tail = buffer_.get() + (kept == 0 ? 0 : offset - begin_);
    std::size_t const wanted = std::max(settings_.bytes, length);
    if (wanted > capacity_ || capacity_ > 2 * wanted) {
        auto grown = std::make_unique_for_overwrite<std::uint8_t[]>(wanted + padding_bytes);
        std::memset(grown.get() + wanted, 0, padding_bytes);
        if (kept != 0) std::memcpy(grown.get(), tail, kept);
        buffer_ = std::move(grown);
        capacity_ = wanted;
    } else if (kept != 0) {
        std::memmove(buffer_.get(), tail, kept);
    }
    begin_ = offset;
    end_ = offset + kept;
}

void file_window::load(std::uint64_t offset, std::size_t length)
{
    move_tail(offset, length);
    auto const kept = static_cast<std::size_t>(end_ - begin_);
    advise(end_);
    auto const got = read_at(file_.fd.value(), end_, {buffer_.get() + kept, capacity_ - kept}, file_.name);
    end_ += got;
    if (end_ < offset + length) throw_shrunk(file_, end_);
    std::memset(buffer_.get() + kept + got, 0, padding_bytes);
    if (settings_.on_read) settings_.on_read(got);
}

void file_window::advise(std::uint64_t offset)
{
    if (offset + step_bytes < advised_) return;
    ::posix_fadvise(file_.fd.value(), static_cast<off_t>(offset), static_cast<off_t>(ahead_bytes),
                    POSIX_FADV_WILLNEED);
    advised_ = offset + ahead_bytes;
    if (!settings_.drop_behind || offset < dropped_ + step_bytes) return;
    ::posix_fadvise(file_.fd.value(), static_cast<off_t>(dropped_), static_cast<off_t>(offset - dropped_),
                    POSIX_FADV_DONTNEED);
    dropped_ = offset;
}

} // namespace pryv_export::source
