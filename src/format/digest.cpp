#define OPENSSL_SUPPRESS_DEPRECATED // SHA256_Init() and its like; see `hasher`

#include "pryv_export/format/digest.hpp"

#include "format/value_text.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <optional>
#include <stdexcept>

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
    std::string text((bytes.size() + 2) / 3 * 4, '\0');
    write_base64(text.data(), bytes);
    return text;
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

} // namespace pryv_export::format
