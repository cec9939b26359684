#pragma once

#include "pryv_export/source/document_store.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pryv_export::source {

/// The damaged places of a dump, from any thread. Keeps the first `limit` and counts the others, so that a
/// hostile dump does not make it large.
class damage_list
{
public:
    static constexpr std::size_t default_limit = 10'000;

    explicit damage_list(std::string folder, std::size_t limit = default_limit);

    /// A place that is there already (same file and offset) is not added again.
    void add(damage found);
    /// The places of another list of the same limit, in its order.
    void add_all(const damage_list& others);
    /// All places so far, the counted ones as one last entry. The reference stays valid and does not change.
    const std::vector<damage>& snapshot() const;

private:
    std::string folder_;
    std::size_t limit_;
    mutable std::mutex mutex_;
    std::vector<damage> places_;
    std::set<std::pair<std::string, std::uint64_t>> known_;
    std::uint64_t more_places_ = 0;
    std::uint64_t more_bytes_ = 0;
    mutable std::vector<std::unique_ptr<const std::vector<damage>>> snapshots_;
    mutable bool changed_ = true;
};

} // namespace pryv_export::source
