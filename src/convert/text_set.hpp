#pragma once

#include "pryv_export/format/text_buffer.hpp"

#include "id_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pryv_export::convert {

/// Texts that were met, in one piece of memory: most users have a few, and a set of strings allocates three
/// times for each.
class text_set
{
public:
    bool contains(std::string_view text) const noexcept
    {
        return !slots_.empty() && slots_[place_of(text, hash_id(text))].hash != 0;
    }

    /// False when it was there already.
    bool insert(std::string_view text)
    {
        if (2 * (count_ + 1) > slots_.size()) grow();
        std::uint64_t const hash = hash_id(text);
        slot& at = slots_[place_of(text, hash)];
        if (at.hash != 0) return false;
        at = {hash, texts_.size(), text.size()};
        texts_.append(text);
        ++count_;
        return true;
    }

private:
    struct slot
    {
        std::uint64_t hash = 0; ///< 0: nothing is here
        std::size_t begin = 0;
        std::size_t size = 0;
    };

    /// Where the text is, or where it would go.
    std::size_t place_of(std::string_view text, std::uint64_t hash) const noexcept
    {
        std::size_t const mask = slots_.size() - 1;
        for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
            slot const& at = slots_[i];
            if (at.hash == 0) return i;
            if (at.hash == hash && texts_.view().substr(at.begin, at.size) == text) return i;
        }
    }

    void grow()
    {
        std::vector<slot> old(slots_.empty() ? first_slots : 2 * slots_.size());
        old.swap(slots_);
        std::size_t const mask = slots_.size() - 1;
        for (slot const& each : old) {
            if (each.hash == 0) continue;
            std::size_t i = each.hash & mask;
            while (slots_[i].hash != 0) i = (i + 1) & mask;
            slots_[i] = each;
        }
    }

    static constexpr std::size_t first_slots = 16; ///< a power of two

    std::vector<slot> slots_; ///< at most half of them taken
    std::size_t count_ = 0;
    format::text_buffer texts_;
};

} // namespace pryv_export::convert
