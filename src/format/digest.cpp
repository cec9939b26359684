#define OPENSSL_SUPPRESS_DEPRECATED // SHA256_Init() and its like; see `hasher`

#include "pryv_export/format/digest.hpp"

#include "format/value_text.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <bit>
#include <cstring>
#include <optional>
#include <stdexcept>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pryv_export::format {
namespace {

constexpr std::size_t algorithm_count = 4;
constexpr std::array<std::string_view, algorithm_count> names{"sha256", "sha512", "sha1", "md5"};

struct context_deleter
{
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

void require(bool done, digest_algorithm algorithm)
{
    if (done) return;
    throw std::runtime_error{"OpenSSL refuses the hash function " + std::string{name_of(algorithm)}};
}

/// Fetched once and never freed: a fetch takes longer than hashing a record.
const EVP_MD* implementation_of(digest_algorithm algorithm)
{
    static const auto all = [] {
        std::array<const EVP_MD*, algorithm_count> fetched{};
        for (std::size_t i = 0; i < algorithm_count; ++i) {
            fetched[i] = EVP_MD_fetch(nullptr, names[i].data(), nullptr);
        }
        return fetched;
    }();
    const EVP_MD* const found = all[static_cast<std::size_t>(algorithm)];
    require(found != nullptr, algorithm);
    return found;
}

/// A hash that begins anew when it has ended. SHA-256, which nearly all are, goes by OpenSSL's older
/// functions: EVP allocates and wipes a context for each, which costs as much as hashing an event does.
class hasher
{
public:
    explicit hasher(digest_algorithm algorithm) : algorithm_{algorithm}
    {
        if (algorithm_ != digest_algorithm::sha256) other_.reset(EVP_MD_CTX_new());
        begin();
    }

    void update(const char* bytes, std::size_t size)
    {
        if (other_)
            require(EVP_DigestUpdate(other_.get(), bytes, size) == 1, algorithm_);
        else
            SHA256_Update(&sha256_, bytes, size);
    }

    digest::result finish()
    {
        digest::result result;
        unsigned size = SHA256_DIGEST_LENGTH;
        if (other_)
            require(EVP_DigestFinal_ex(other_.get(), result.bytes.data(), &size) == 1, algorithm_);
        else
            SHA256_Final(result.bytes.data(), &sha256_);
        result.size = size;
        begin();
        return result;
    }

private:
    void begin()
    {
        if (algorithm_ == digest_algorithm::sha256) {
            SHA256_Init(&sha256_);
            return;
        }
        require(other_ && EVP_DigestInit_ex2(other_.get(), implementation_of(algorithm_), nullptr) == 1,
                algorithm_);
    }

    digest_algorithm algorithm_;
    SHA256_CTX sha256_{};
    std::unique_ptr<EVP_MD_CTX, context_deleter> other_;
};

template <class Unsigned>
void store_big_endian(std::uint8_t* at, Unsigned value) noexcept
{
    if constexpr (std::endian::native == std::endian::little)
        value = sizeof value == 8 ? __builtin_bswap64(value) : __builtin_bswap32(value);
    std::memcpy(at, &value, sizeof value);
}

/// Ends the text in its own buffer as FIPS 180-4 5.1.1 says. SHA256_Final would copy what is left of it to
/// hash that by itself, and wipe the copy.
digest::result sha256_of(text_buffer& text)
{
    constexpr std::size_t block = SHA256_CBLOCK;
    std::size_t const size = text.size();
    std::size_t const padded = (size + 1 + 8 + block - 1) / block * block;
    auto* const end = reinterpret_cast<std::uint8_t*>(text.room(block + 8));
    std::memset(end, 0, block + 8);
    *end = 0x80;
    store_big_endian(end + (padded - size) - 8, static_cast<std::uint64_t>(size) * 8);

    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, text.data(), padded);
    digest::result result;
    result.size = SHA256_DIGEST_LENGTH;
    for (std::size_t i = 0; i < SHA256_DIGEST_LENGTH / 4; ++i)
        store_big_endian(result.bytes.data() + 4 * i, static_cast<std::uint32_t>(context.h[i]));
    return result;
}

constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#if defined(__SSE2__)

/// The eight 6-bit pieces of six bytes, the first in the lowest byte. Eight bytes are read.
std::uint64_t eight_pieces(const std::uint8_t* from) noexcept
{
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, from, 8);
    bytes = __builtin_bswap64(bytes) >> 16;
    bytes = (bytes & 0xffffff000000ULL) << 8 | (bytes & 0xffffffULL);
    bytes = (bytes & 0x00fff00000fff000ULL) << 4 | (bytes & 0x00000fff00000fffULL);
    bytes = (bytes & 0x0fc00fc00fc00fc0ULL) << 2 | (bytes & 0x003f003f003f003fULL);
    return __builtin_bswap64(bytes);
}

/// The digits of sixteen pieces: what is to be added to them changes at 26, 52, 62 and 63.
__m128i digits_of(__m128i pieces) noexcept
{
    auto const step = [&](int from, int change) {
        auto const reached = _mm_cmpgt_epi8(pieces, _mm_set1_epi8(static_cast<char>(from - 1)));
        return _mm_and_si128(reached, _mm_set1_epi8(static_cast<char>(change)));
    };
    auto const letters = _mm_add_epi8(_mm_set1_epi8('A'), step(26, 'a' - 26 - 'A'));
    auto const others = _mm_add_epi8(step(52, '0' - 52 - ('a' - 26)), step(62, '+' - 62 - ('0' - 52)));
    auto const change = _mm_add_epi8(_mm_add_epi8(letters, others), step(63, '/' - 63 - ('+' - 62)));
    return _mm_add_epi8(pieces, change);
}

/// Takes twelve bytes at a time, as long as two more can be read.
void write_base64_blocks(char*& at, const std::uint8_t*& from, const std::uint8_t* end) noexcept
{
    for (; end - from >= 14; from += 12, at += 16) {
        auto const pieces = _mm_set_epi64x(static_cast<long long>(eight_pieces(from + 6)),
                                           static_cast<long long>(eight_pieces(from)));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(at), digits_of(pieces));
    }
}

#else

void write_base64_blocks(char*&, const std::uint8_t*&, const std::uint8_t*) noexcept {}

#endif

} // namespace

std::string_view name_of(digest_algorithm algorithm) noexcept
{
    return names[static_cast<std::size_t>(algorithm)];
}

bool parse(std::string_view name, digest_algorithm& algorithm) noexcept
{
    for (std::size_t i = 0; i < algorithm_count; ++i) {
        if (names[i] != name) continue;
        algorithm = static_cast<digest_algorithm>(i);
        return true;
    }
    return false;
}

std::string base64(std::span<const std::uint8_t> bytes)
{
    std::string text(base64_size(bytes.size()), '\0');
    write_base64(text.data(), bytes);
    return text;
}

char* write_base64(char* at, std::span<const std::uint8_t> bytes) noexcept
{
    const std::uint8_t* from = bytes.data();
    const std::uint8_t* const end = from + bytes.size();
    write_base64_blocks(at, from, end);
    for (; end - from >= 3; from += 3) {
        unsigned const triple =
            static_cast<unsigned>(from[0]) << 16 | static_cast<unsigned>(from[1]) << 8 | from[2];
        for (int shift = 18; shift >= 0; shift -= 6) *at++ = base64_digits[triple >> shift & 63];
    }
    if (from == end) return at;
    bool const two = end - from == 2;
    unsigned const rest =
        static_cast<unsigned>(from[0]) << 16 | (two ? static_cast<unsigned>(from[1]) << 8 : 0U);
    *at++ = base64_digits[rest >> 18];
    *at++ = base64_digits[rest >> 12 & 63];
    *at++ = two ? base64_digits[rest >> 6 & 63] : '=';
    *at++ = '=';
    return at;
}

std::string hex(std::span<const std::uint8_t> bytes)
{
    std::string text(2 * bytes.size(), '\0');
    write_hex(text.data(), bytes);
    return text;
}

struct digest::state : hasher
{
    using hasher::hasher;
};

digest::digest(digest_algorithm algorithm) : state_{new state{algorithm}} {}
digest::digest(digest&&) noexcept = default;
digest& digest::operator=(digest&&) noexcept = default;
digest::~digest() = default;

void digest::update(std::span<const char> bytes)
{
    state_->update(bytes.data(), bytes.size());
}

digest::result digest::finish()
{
    return state_->finish();
}

digest::result digest_of(digest_algorithm algorithm, std::string_view text)
{
    thread_local std::array<std::optional<hasher>, algorithm_count> hashers;
    auto& hasher_of_kind = hashers[static_cast<std::size_t>(algorithm)];
    if (!hasher_of_kind) hasher_of_kind.emplace(algorithm);
    hasher_of_kind->update(text.data(), text.size());
    return hasher_of_kind->finish();
}

digest::result digest_of(digest_algorithm algorithm, text_buffer& text)
{
    return algorithm == digest_algorithm::sha256 ? sha256_of(text) : digest_of(algorithm, text.view());
}

} // namespace pryv_export::format
