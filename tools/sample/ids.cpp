#include "ids.hpp"

#include "rng.hpp"

namespace sample {

namespace {

constexpr std::string_view base36_digits = "0123456789abcdefghijklmnopqrstuvwxyz";

void put_base36(char* at, int width, std::uint64_t value)
{
    for (int i = width - 1; i >= 0; --i) {
        at[i] = base36_digits[value % 36];
        value /= 36;
    }
}

} // namespace

std::string cuid(std::uint64_t time_ms, std::uint64_t counter, std::uint64_t fingerprint,
                 std::uint64_t random)
{
    std::string id(25, 'c');
    put_base36(id.data() + 1, 8, time_ms);
    put_base36(id.data() + 9, 4, counter);
    put_base36(id.data() + 13, 4, fingerprint);
    put_base36(id.data() + 17, 8, random);
    return id;
}

std::string cuid(std::uint64_t time_ms, std::uint64_t key)
{
    const std::uint64_t a = mix(key, 1);
    return cuid(time_ms, a & 0xffff, a >> 40U, mix(key, 2));
}

object_id make_object_id(std::uint64_t time_ms, std::uint64_t process, std::uint64_t counter)
{
    object_id id{};
    const std::uint64_t seconds = time_ms / 1000;
    for (unsigned i = 0; i < 4; ++i) id[i] = static_cast<std::uint8_t>(seconds >> (24 - 8 * i));
    for (unsigned i = 0; i < 5; ++i) id[4 + i] = static_cast<std::uint8_t>(process >> (32 - 8 * i));
    for (unsigned i = 0; i < 3; ++i) id[9 + i] = static_cast<std::uint8_t>(counter >> (16 - 8 * i));
    return id;
}

std::string hex(const object_id& id)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : id) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::string fake_bcrypt(std::uint64_t key)
{
    constexpr std::string_view alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string hash = "$2b$10$";
    rng random(key);
    for (int i = 0; i < 53; ++i) hash += alphabet[random.below(alphabet.size())];
    return hash;
}

std::filesystem::path user_directory(std::string_view user_id)
{
    std::filesystem::path path;
    for (std::size_t i = 1; i <= 3 && i <= user_id.size(); ++i) {
        path /= std::string(1, user_id[user_id.size() - i]);
    }
    return path / user_id;
}

} // namespace sample
