#include "convert/integrity.hpp"

#include "pryv_export/format/stable_json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

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

} // namespace

std::string hash_of(std::string_view prefix, format::digest_algorithm algorithm,
                    format::text_buffer& stable_text)
{
    return hash_head(prefix, algorithm) + format::base64(format::digest_of(algorithm, stable_text).view());
}

std::string hash_head(std::string_view prefix, format::digest_algorithm algorithm)
{
    std::string head{prefix};
    head += format::name_of(algorithm);
    head += '-';
    return head;
}

std::size_t digest_size(format::digest_algorithm algorithm) noexcept
{
    return format::base64_size(digest_bytes(algorithm));
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
    const char* at = text.data();
    const char* const end = at + text.size();
    bool plain = true;
#if defined(__SSE2__)
    // The highest bit of each byte above 0x7e is set.
    auto const bad = [](const char* from) {
        auto const block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        return _mm_or_si128(block, _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f)));
    };
    for (; plain && end - at >= 64; at += 64) {
        auto const first = _mm_or_si128(bad(at), bad(at + 16));
        auto const second = _mm_or_si128(bad(at + 32), bad(at + 48));
        plain = _mm_movemask_epi8(_mm_or_si128(first, second)) == 0;
    }
    for (; plain && end - at >= 16; at += 16) plain = _mm_movemask_epi8(bad(at)) == 0;
    if (plain && text.size() >= 16) return _mm_movemask_epi8(bad(end - 16)) == 0;
#endif
    for (; plain && at != end; ++at) plain = static_cast<unsigned char>(*at) <= 0x7e;
    return plain;
}

} // namespace pryv_export::convert
