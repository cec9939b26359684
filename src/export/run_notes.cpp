#include "run_notes.hpp"

#include "pryv_export/base/text.hpp"

#include <algorithm>
#include <tuple>

namespace pryv_export::exporting {

void run_notes::add(std::size_t user_number, std::string_view user_id, const convert::findings& notes)
{
    for (std::size_t i = 0; i < convert::rule_count; ++i) {
        auto const rule = static_cast<convert::rule>(i);
        entry& kept = entries_[i];
        kept.count += notes.count(rule);
        std::size_t place = 0;
        for (const auto& example : notes.examples(rule)) {
            std::string id = printable(user_id);
            if (example.id != user_id) id += (id.empty() ? "" : "/") + example.id;
            kept.examples.push_back({user_number, place++, {std::move(id), example.detail}});
        }
        if (place == 0) continue;
        std::sort(kept.examples.begin(), kept.examples.end(), [](const numbered& a, const numbered& b) {
            return std::tie(a.user, a.place) < std::tie(b.user, b.place);
        });
        if (kept.examples.size() > convert::findings::examples_kept)
            kept.examples.resize(convert::findings::examples_kept);
    }
}

convert::findings run_notes::in_order() const
{
    convert::findings all;
    for (std::size_t i = 0; i < convert::rule_count; ++i) {
        std::vector<convert::findings::example> examples;
        for (const auto& kept : entries_[i].examples) examples.push_back(kept.example);
        all.restore(static_cast<convert::rule>(i), entries_[i].count, std::move(examples));
    }
    return all;
}

} // namespace pryv_export::exporting
