#include "mongodump_damage.hpp"

#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

namespace pryv_export::source {

damage_list::damage_list(std::string folder, std::size_t limit) : folder_{std::move(folder)}, limit_{limit} {}

void damage_list::add(damage found)
{
    std::lock_guard const lock{mutex_};
    if (places_.size() < limit_) {
        if (!known_.emplace(found.thing, found.offset).second) return;
        places_.push_back(std::move(found));
    } else {
        if (known_.contains({found.thing, found.offset})) return;
        ++more_places_;
        more_bytes_ += found.bytes;
    }
    changed_ = true;
}

void damage_list::add_all(const damage_list& others)
{
    std::lock_guard const theirs{others.mutex_};
    for (const damage& place : others.places_) add(place);
    std::lock_guard const lock{mutex_};
    more_places_ += others.more_places_;
    more_bytes_ += others.more_bytes_;
    changed_ = true;
}

const std::vector<damage>& damage_list::snapshot() const
{
    std::lock_guard const lock{mutex_};
    if (changed_) {
        auto all = places_;
        if (more_places_ != 0) {
            all.push_back(
                {folder_, 0, more_bytes_,
                 fmt::format("{} more damaged places, not listed one by one", human_count(more_places_))});
        }
        snapshots_.push_back(std::make_unique<const std::vector<damage>>(std::move(all)));
        changed_ = false;
    }
    return *snapshots_.back();
}

} // namespace pryv_export::source
