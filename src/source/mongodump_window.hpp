#pragma once

#include "mongodump_unpack.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace pryv_export::source {

/// A part of a dump file in memory that moves forward, never back. Plain reads into one reused buffer: mapped
/// pages would count as memory of the process.
class file_window
{
public:
    /// Bytes behind every view that may be read (not meant) without harm.
    static constexpr std::size_t padding_bytes = 64;

    struct options
    {
        std::size_t bytes = 1U << 20; ///< size of a read; the window grows for a longer view
        bool drop_behind = false;     ///< the page cache need not keep what was read
        read_hook on_read;            ///< may throw
    };

    file_window(const dump_file& file, options settings);

    /// `length` bytes at `offset`, valid until the next call. Precondition: `offset` is not below an offset
    /// asked for earlier and `offset + length` is inside the file. Throws export_error when the file got
    /// shorter.
    const std::uint8_t* view(std::uint64_t offset, std::size_t length)
    {
        if (offset + length > end_) [[unlikely]]
            load(offset, length);
        return buffer_.get() + (offset - begin_);
    }

    /// End of what is in memory.
    std::uint64_t loaded_end() const noexcept { return end_; }
    /// One byte without moving the window. Precondition: inside the file and not behind the window.
    std::uint8_t peek(std::uint64_t offset);

private:
    void load(std::uint64_t offset, std::size_t length);
    void move_tail(std::uint64_t offset, std::size_t length);
    void advise(std::uint64_t offset);

    const dump_file& file_;
    options settings_;
    std::unique_ptr<std::uint8_t[]> buffer_;
    std::size_t capacity_ = 0;
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t advised_ = 0;
    std::uint64_t dropped_ = 0;
};

} // namespace pryv_export::source
