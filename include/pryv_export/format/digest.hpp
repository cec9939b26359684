#pragma once

#include "pryv_export/format/text_buffer.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace pryv_export::format {

/// Hash functions that v1's `integrity:algorithm` allows.
enum class digest_algorithm : std::uint8_t
{
    sha256,
    sha512,
    sha1,
    md5
};

/// "sha256" …; nothing else is known.
std::string_view name_of(digest_algorithm algorithm) noexcept;
/// False when `name` is none of the four.
bool parse(std::string_view name, digest_algorithm& algorithm) noexcept;

/// Standard base64 with padding (RFC 4648 section 4).
std::string base64(std::span<const std::uint8_t> bytes);
constexpr std::size_t base64_size(std::size_t bytes) noexcept
{
    return (bytes + 2) / 3 * 4;
}
/// The same into memory of base64_size() characters; gives its end.
char* write_base64(char* at, std::span<const std::uint8_t> bytes) noexcept;
/// Lower-case hex.
std::string hex(std::span<const std::uint8_t> bytes);

/// Appends-only hash over a stream of bytes. Movable, one thread at a time.
class digest
{
public:
    explicit digest(digest_algorithm algorithm = digest_algorithm::sha256);
    digest(digest&&) noexcept;
    digest& operator=(digest&&) noexcept;
    ~digest();

    void update(std::span<const char> bytes);
    /// Ends the hash and starts a new one.
    struct result
    {
        std::array<std::uint8_t, 64> bytes{};
        std::size_t size = 0;
        std::span<const std::uint8_t> view() const noexcept { return {bytes.data(), size}; }
    };
    result finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// One-shot, the fastest way for short texts (no allocation; SHA-NI through OpenSSL).
digest::result digest_of(digest_algorithm algorithm, std::string_view text);
/// Faster still: takes room behind the text, which stays as it is.
digest::result digest_of(digest_algorithm algorithm, text_buffer& text);

} // namespace pryv_export::format
