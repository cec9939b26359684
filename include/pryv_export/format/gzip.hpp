#pragma once

#include "pryv_export/format/text_buffer.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

/// Gzip members (RFC 1952) with mtime 0, so that equal input gives equal bytes.
namespace pryv_export::format {

/// Compresses blocks into independent gzip members. One per thread; keeps its working memory.
/// Level 0 stored; 1–3 ISA-L (its levels 1–3; at level 1 texts below 8 KiB share one Huffman code, which is
/// several times faster and adds 3 %); 4–9 libdeflate; zlib where the others are missing.
class gzip_compressor
{
public:
    /// level 0…9
    explicit gzip_compressor(int level);
    gzip_compressor(gzip_compressor&&) noexcept;
    gzip_compressor& operator=(gzip_compressor&&) noexcept;
    ~gzip_compressor();

    int level() const noexcept;
    /// Appends one whole member holding `text` (may be empty) to `out`.
    void append_member(text_buffer& out, std::string_view text);

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Inflates a stream of one or more gzip members, bounded memory.
class gzip_reader
{
public:
    enum class status : std::uint8_t
    {
        more,      ///< wants more input, or has more output to give
        end,       ///< input ended cleanly behind a member
        truncated, ///< input ended inside a member
        corrupt,   ///< not gzip, or a wrong checksum
    };
    gzip_reader();
    gzip_reader(gzip_reader&&) noexcept;
    gzip_reader& operator=(gzip_reader&&) noexcept;
    ~gzip_reader();

    /// Gives the next piece of input; borrowed until the next feed(). An empty piece is the end of input.
    void feed(std::span<const std::uint8_t> input);
    /// Fills `out` as far as the input allows; `produced` bytes were written. Call until it produces
    /// nothing and says `more`, then feed().
    status read(std::span<std::uint8_t> out, std::size_t& produced);

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace pryv_export::format
