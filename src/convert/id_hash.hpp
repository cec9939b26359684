#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace pryv_export::convert {

/// 64 well-mixed bits of an id's text, never 0. The same in every run and on every machine of one byte order.
/// After wyhash (public domain): 64×64→128 bit products folded.
inline std::uint64_t hash_id(std::string_view id) noexcept
{
    auto const fold = [](std::uint64_t a, std::uint64_t b) {
        __extension__ using wide = unsigned __int128;
        wide const product = static_cast<wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    };
    auto const load = [](const char* from, std::size_t bytes) {
        std::uint64_t value = 0;
        std::memcpy(&value, from, bytes);
        return value;
    };
    constexpr std::uint64_t k0 = 0xa0761d6478bd642fU;
    constexpr std::uint64_t k1 = 0xe7037ed1a0b428dbU;
    constexpr std::uint64_t k2 = 0x8ebc6af09c88c6e3U;
    std::uint64_t state = k0 ^ id.size();
    const char* at = id.data();
    std::size_t left = id.size();
    for (; left > 16; left -= 16, at += 16) state = fold(load(at, 8) ^ k1, load(at + 8, 8) ^ state);
    std::size_t const head = left < 8 ? left : 8;
    std::uint64_t const a = load(at, head);
    std::uint64_t const b = load(at + head, left - head);
    std::uint64_t const hash = fold(k2 ^ id.size(), fold(a ^ k1, b ^ state));
    return hash == 0 ? 1 : hash;
}

} // namespace pryv_export::convert
