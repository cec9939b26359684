#include "scram.hpp"

#include "command_error.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <utility>

namespace wire {

namespace {

const unsigned char* raw(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* raw(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

[[noreturn]] void fail()
{
    throw command_error(codes::authentication_failed, "Authentication failed.");
}

std::string hmac(std::string_view key, std::string_view text)
{
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(text), text.size(), raw(out), nullptr);
    return out;
}

std::string sha256(std::string_view text)
{
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    SHA256(raw(text), text.size(), raw(out));
    return out;
}

std::string base64(std::string_view data)
{
    std::string out((data.size() + 2) / 3 * 4 + 1, '\0');
    out.resize(static_cast<std::size_t>(EVP_EncodeBlock(raw(out), raw(data), static_cast<int>(data.size()))));
    return out;
}

std::string random_bytes(std::size_t n)
{
    std::string out(n, '\0');
    if (RAND_bytes(raw(out), static_cast<int>(n)) != 1) fail();
    return out;
}

/// The value of `name=` in a comma-separated list.
std::string_view attribute(std::string_view list, char name)
{
    while (!list.empty()) {
        auto const comma = list.find(',');
        auto const item = list.substr(0, comma);
        if (item.size() >= 2 && item[0] == name && item[1] == '=') return item.substr(2);
        if (comma == std::string_view::npos) break;
        list = list.substr(comma + 1);
    }
    fail();
}

std::string escaped(std::string_view name)
{
    std::string out;
    for (char const c : name) {
        if (c == ',')
            out += "=2C";
        else if (c == '=')
            out += "=3D";
        else
            out += c;
    }
    return out;
}

} // namespace

std::string from_base64(std::string_view text)
{
    std::string out(text.size() / 4 * 3 + 3, '\0');
    int const size = EVP_DecodeBlock(raw(out), raw(text), static_cast<int>(text.size()));
    if (size < 0) fail();
    out.resize(static_cast<std::size_t>(size));
    for (auto end = text; end.ends_with('=') && !out.empty(); end.remove_suffix(1)) out.pop_back();
    return out;
}

credentials make_credentials(std::string user, std::string password)
{
    credentials c{std::move(user), std::move(password), random_bytes(28), {}, {}};
    std::string salted(SHA256_DIGEST_LENGTH, '\0');
    PKCS5_PBKDF2_HMAC(c.password.data(), static_cast<int>(c.password.size()), raw(std::as_const(c.salt)),
                      static_cast<int>(c.salt.size()), scram_iterations, EVP_sha256(),
                      static_cast<int>(salted.size()), raw(salted));
    c.stored_key = sha256(hmac(salted, "Client Key"));
    c.server_key = hmac(salted, "Server Key");
    return c;
}

std::string scram_conversation::start(std::string_view client_first)
{
    // n,, or y,, and an optional authorisation name: the bare message begins behind the second comma.
    auto const comma = client_first.find(',');
    auto const second = comma == std::string_view::npos ? comma : client_first.find(',', comma + 1);
    if (second == std::string_view::npos) fail();
    client_first_bare_ = client_first.substr(second + 1);
    if (attribute(client_first_bare_, 'n') != escaped(known_.user)) fail();
    nonce_ = std::string(attribute(client_first_bare_, 'r')) + base64(random_bytes(24));
    server_first_ = "r=" + nonce_ + ",s=" + base64(known_.salt) + ",i=" + std::to_string(scram_iterations);
    return server_first_;
}

std::string scram_conversation::finish(std::string_view client_final)
{
    auto const proof_at = client_final.rfind(",p=");
    if (nonce_.empty() || proof_at == std::string_view::npos || attribute(client_final, 'r') != nonce_)
        fail();
    std::string const message =
        client_first_bare_ + "," + server_first_ + "," + std::string(client_final.substr(0, proof_at));
    std::string key = from_base64(client_final.substr(proof_at + 3));
    std::string const signature = hmac(known_.stored_key, message);
    if (key.size() != signature.size()) fail();
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(key[i] ^ signature[i]);
    if (sha256(key) != known_.stored_key) fail();
    return "v=" + base64(hmac(known_.server_key, message));
}

bool plain_matches(const credentials& known, std::string_view payload)
{
    // An optional authorisation name comes first.
    auto const nul = payload.find('\0');
    if (nul == std::string_view::npos) return false;
    return payload.substr(nul + 1) == known.user + std::string(1, '\0') + known.password;
}

} // namespace wire
