#include "pryv_export/format/digest.hpp"

#include "format/value_text.hpp"

#include <openssl/evp.h>

#include <stdexcept>
#include <utility>

namespace pryv_export::format {
namespace {

constexpr std::size_t algorithm_count = 4;
constexpr std::array<std::string_view, algorithm_count> names{"sha256", "sha512", "sha1", "md5"};

struct context_deleter
{
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using context_ptr = std::unique_ptr<EVP_MD_CTX, context_deleter>;

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

void begin(EVP_MD_CTX* context, digest_algorithm algorithm)
{
    const EVP_MD* const implementation = implementation_of(algorithm);
    require(context != nullptr && EVP_DigestInit_ex2(context, implementation, nullptr) == 1, algorithm);
}

context_ptr new_context(digest_algorithm algorithm)
{
    context_ptr context{EVP_MD_CTX_new()};
    begin(context.get(), algorithm);
    return context;
}

/// Ends the hash and begins a new one of the same kind.
digest::result finish_and_restart(EVP_MD_CTX* context, digest_algorithm algorithm)
{
    digest::result result;
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context, result.bytes.data(), &size) == 1, algorithm);
    require(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1, algorithm);
    result.size = size;
    return result;
}

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

struct digest::state
{
    digest_algorithm algorithm;
    context_ptr context;

    /// Some of each thread wait for its next hash: making one takes as long as hashing a small file.
    struct spares
    {
        std::array<std::unique_ptr<state>, 4> kept;
        std::size_t count = 0;
    };
    static spares& of_this_thread()
    {
        thread_local spares own;
        return own;
    }
};

digest::digest(digest_algorithm algorithm)
{
    auto& spares = state::of_this_thread();
    if (spares.count == 0) {
        state_.reset(new state{algorithm, new_context(algorithm)});
        return;
    }
    state_ = std::move(spares.kept[--spares.count]);
    state_->algorithm = algorithm;
    begin(state_->context.get(), algorithm);
}

digest::digest(digest&&) noexcept = default;
digest& digest::operator=(digest&&) noexcept = default;

digest::~digest()
{
    auto& spares = state::of_this_thread();
    if (state_ && spares.count < spares.kept.size()) spares.kept[spares.count++] = std::move(state_);
}

void digest::update(std::span<const char> bytes)
{
    require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1, state_->algorithm);
}

digest::result digest::finish()
{
    return finish_and_restart(state_->context.get(), state_->algorithm);
}

digest::result digest_of(digest_algorithm algorithm, std::string_view text)
{
    thread_local std::array<context_ptr, algorithm_count> contexts;
    auto& context = contexts[static_cast<std::size_t>(algorithm)];
    if (context == nullptr) context = new_context(algorithm);
    require(EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1, algorithm);
    return finish_and_restart(context.get(), algorithm);
}

} // namespace pryv_export::format
