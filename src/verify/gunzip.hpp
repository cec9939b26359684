#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

/// gzip (RFC 1952), read by another library call than what wrote it, and told apart as v2's zlib tells it.
namespace pryv_export::verify {

enum class gunzip_status : std::uint8_t
{
    more,      ///< wants more input, or has more output to give
    end,       ///< input ended cleanly behind a member
    empty,     ///< no byte at all
    truncated, ///< input ended inside a member
    trailing,  ///< something that is neither zeros nor a member follows a member
    broken,    ///< not gzip, or a wrong length or checksum
};

/// Inflates a run of members with bounded memory.
class gunzip
{
public:
    gunzip();
    gunzip(gunzip&&) noexcept;
    gunzip& operator=(gunzip&&) noexcept;
    ~gunzip();

    /// Forgets the input so far.
    void reset();
    /// The next piece, borrowed until the next call; an empty one is the end of input.
    void feed(std::span<const std::uint8_t> input);
    /// Fills `out` as far as the input goes and returns the bytes written. Call until it gives nothing; then
    /// feed(), or status() says how the input ended.
    std::size_t read(std::span<char> out);
    gunzip_status status() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace pryv_export::verify
