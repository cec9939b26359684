#include "json_keys.hpp"

#include <algorithm>
#include <cstdint>

namespace pryv_export::verify {

namespace {

constexpr std::size_t few = 32; ///< keys are compared with each other; more are sorted

std::size_t mix(std::string_view key) noexcept
{
    if (key.empty()) return 0;
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(key[i]); };
    return key.size() + byte(0) * 7U + byte(key.size() - 1) * 31U + byte(key.size() / 2) * 13U;
}

} // namespace

const std::string_view* key_checker::repeated(const json_text& text)
{
    unescaped_.clear();
    for (std::uint32_t const index : text.objects()) {
        json_value const object = text.at(index);
        if (object.size() > 1 && repeats(object)) return &name_;
    }
    return nullptr;
}

bool key_checker::repeats(json_value object)
{
    keys_.clear();
    seen_ = 0;
    bool twice = false;
    object.each_member([&](json_value key, json_value) { twice = twice || note(text_of(key)); });
    return twice || (keys_.size() > few && sorted_repeats());
}

std::string_view key_checker::text_of(json_value key)
{
    if ((key.traits() & json_escapes) == 0) return key.raw();
    unescaped_.push_back(key.string());
    return unescaped_.back();
}

/// True for a key that was there before, while they are few.
bool key_checker::note(std::string_view key)
{
    auto const bit = std::uint64_t{1} << (mix(key) & 63);
    bool const maybe = (seen_ & bit) != 0 && keys_.size() <= few;
    if (maybe && std::find(keys_.begin(), keys_.end(), key) != keys_.end()) {
        name_ = key;
        return true;
    }
    seen_ |= bit;
    keys_.push_back(key);
    return false;
}

bool key_checker::sorted_repeats()
{
    std::sort(keys_.begin(), keys_.end());
    auto const at = std::adjacent_find(keys_.begin(), keys_.end());
    if (at == keys_.end()) return false;
    name_ = *at;
    return true;
}

} // namespace pryv_export::verify
