#include "pryv_export/verify/finding.hpp"

#include <algorithm>
#include <array>

namespace pryv_export::verify {

std::string_view name_of(severity level) noexcept
{
    constexpr std::array<std::string_view, severity_count> names{"error", "warning", "note"};
    return names[static_cast<std::size_t>(level)];
}

void findings::keep(entry& into, finding&& what)
{
    auto& kept = into.examples;
    if (kept.size() == examples_kept && !(what < kept.back())) return;
    kept.insert(std::upper_bound(kept.begin(), kept.end(), what), std::move(what));
    if (kept.size() > examples_kept) kept.pop_back();
}

void findings::add(rule which, severity level, finding what)
{
    entry& into = entries_[{which, level}];
    ++into.count;
    keep(into, std::move(what));
}

void findings::merge(findings&& other)
{
    for (auto& [place, from] : other.entries_) {
        entry& into = entries_[place];
        into.count += from.count;
        for (finding& each : from.examples) keep(into, std::move(each));
    }
}

std::uint64_t findings::count(rule which, severity level) const noexcept
{
    auto const at = entries_.find({which, level});
    return at == entries_.end() ? 0 : at->second.count;
}

std::uint64_t findings::count(rule which) const noexcept
{
    return count(which, severity::error) + count(which, severity::warning) + count(which, severity::note);
}

std::uint64_t findings::count(severity level) const noexcept
{
    std::uint64_t total = 0;
    for (const auto& [place, each] : entries_) total += place.second == level ? each.count : 0;
    return total;
}

const std::vector<finding>& findings::examples(rule which, severity level) const noexcept
{
    static const std::vector<finding> none;
    auto const at = entries_.find({which, level});
    return at == entries_.end() ? none : at->second.examples;
}

void findings::regrade(rule which, severity level)
{
    for (severity const from : {severity::error, severity::warning, severity::note}) {
        if (from == level) continue;
        auto moved = entries_.extract({which, from});
        if (moved.empty()) continue;
        entry& into = entries_[{which, level}];
        into.count += moved.mapped().count;
        for (finding& each : moved.mapped().examples) keep(into, std::move(each));
    }
}

} // namespace pryv_export::verify
