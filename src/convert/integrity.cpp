#include "convert/integrity.hpp"

#include "pryv_export/format/stable_json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pryv_export::convert {

using format::bson_element;
using format::bson_errc;
using format::bson_type;

namespace {

std::size_t digest_bytes(format::digest_algorithm algorithm) noexcept
{
    switch (algorithm) {
    case format::digest_algorithm::sha256: return 32;
    case format::digest_algorithm::sha512: return 64;
    case format::digest_algorithm::sha1: return 20;
    case format::digest_algorithm::md5: return 16;
    }
    return 0;
}

/// format::base64() gives a string of its own; a hash is made for every event.
char* write_base64(char* at, std::span<const std::uint8_t> bytes) noexcept
{
    static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        std::uint32_t const three =
            (std::uint32_t{bytes[i]} << 16) | (std::uint32_t{bytes[i + 1]} << 8) | bytes[i + 2];
        *at++ = letters[three >> 18];
        *at++ = letters[(three >> 12) & 63];
        *at++ = letters[(three >> 6) & 63];
        *at++ = letters[three & 63];
    }
    std::size_t const left = bytes.size() - i;
    if (left == 0) return at;
    std::uint32_t const rest =
        (std::uint32_t{bytes[i]} << 16) | (left == 2 ? std::uint32_t{bytes[i + 1]} << 8 : 0U);
    *at++ = letters[rest >> 18];
    *at++ = letters[(rest >> 12) & 63];
    *at++ = left == 2 ? letters[(rest >> 6) & 63] : '=';
    *at++ = '=';
    return at;
}

char* write_text(char* at, std::string_view text) noexcept
{
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

} // namespace

integrity_hash hash_of(std::string_view prefix, format::digest_algorithm algorithm,
                       std::string_view stable_text)
{
    integrity_hash hash;
    auto const digest = format::digest_of(algorithm, stable_text);
    char* at = write_text(hash.bytes.data(), prefix);
    at = write_text(at, format::name_of(algorithm));
    *at++ = '-';
    at = write_base64(at, digest.view());
    hash.size = static_cast<std::size_t>(at - hash.bytes.data());
    return hash;
}

std::size_t hash_size(std::string_view prefix, format::digest_algorithm algorithm) noexcept
{
    return prefix.size() + format::name_of(algorithm).size() + 1 + (digest_bytes(algorithm) + 2) / 3 * 4;
}

std::optional<format::digest_algorithm> algorithm_of(std::string_view prefix,
                                                     std::string_view stored) noexcept
{
    if (!stored.starts_with(prefix)) return std::nullopt;
    stored.remove_prefix(prefix.size());
    std::size_t const dash = stored.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    format::digest_algorithm algorithm{};
    if (!format::parse(stored.substr(0, dash), algorithm)) return std::nullopt;
    return algorithm;
}

bool is_hashed(const bson_element& value) noexcept
{
    if (value.is_null()) return false;
    if (value.type == bson_type::float64) return std::isfinite(value.float64());
    return true;
}

bson_errc append_stable_object(format::text_buffer& out, std::vector<hash_member>& members,
                               format::nul_policy nul)
{
    std::size_t const before = out.size();
    std::stable_sort(members.begin(), members.end(), [](const hash_member& a, const hash_member& b) {
        return format::compare_utf16(a.key, b.key) < 0;
    });
    char separator = '{';
    for (hash_member const& each : members) {
        if (!is_hashed(each.value)) continue;
        out.append(separator);
        separator = ',';
        format::append_stable_string(out, each.key, nul);
        out.append(':');
        if (auto const error = format::append_stable_value(out, each.value, nul); error != bson_errc::ok) {
            out.truncate(before);
            return error;
        }
    }
    if (separator == '{') out.append('{');
    out.append('}');
    return bson_errc::ok;
}

bool is_plain_ascii(std::string_view text) noexcept
{
    std::size_t i = 0;
#if defined(__SSE2__)
    // Bytes above 0x7e are those that are not "0 <= byte < 0x7f" as signed numbers.
    __m128i const limit = _mm_set1_epi8(0x7f);
    __m128i const zero = _mm_setzero_si128();
    for (; i + 16 <= text.size(); i += 16) {
        __m128i const chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        __m128i const bad = _mm_or_si128(_mm_cmpgt_epi8(zero, chunk), _mm_cmpeq_epi8(chunk, limit));
        if (_mm_movemask_epi8(bad) != 0) return false;
    }
#endif
    for (; i < text.size(); ++i)
        if (static_cast<unsigned char>(text[i]) > 0x7e) return false;
    return true;
}

} // namespace pryv_export::convert
