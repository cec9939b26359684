#pragma once

#include "dump_image.hpp"
#include "matcher.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wire {

struct sort_field
{
    std::string_view key;
    bool descending = false;
};
using sort_fields = std::vector<sort_field>;

/// From {userId: 1, _id: 1}. Throws command_error.
sort_fields parse_sort(bson_bytes sort);

enum class index_use : std::uint8_t
{
    any,
    natural,
    by_user,
    by_id
};

/// Which documents to look at, and in which order.
class query_plan
{
public:
    /// `filter` is borrowed for the time of the call. `use` is what a hint asks for.
    query_plan(const collection& from, const matcher& filter, const sort_fields& sort, index_use use);

    /// Whether a document found still has to be held against the filter.
    bool needs_filter() const noexcept { return needs_filter_; }
    /// Whether the documents come in another order than asked for.
    bool needs_sort() const noexcept { return needs_sort_; }
    /// Documents to look at.
    std::size_t size() const noexcept;

    /// The next document's number; false at the end.
    bool next(std::uint32_t& number) noexcept;
    /// Every document is behind: the plan is done.
    bool done() const noexcept { return at_range_ == ranges_.size(); }

private:
    struct range
    {
        std::size_t begin;
        std::size_t end;
    };
    void search(const collection& from, const matcher& filter, index_use use);
    void reverse();

    const document* documents_;
    const order* order_ = nullptr; ///< none: as in the file
    std::vector<range> ranges_;
    std::size_t at_range_ = 0;
    std::size_t at_ = 0;
    bool backwards_ = false;
    bool needs_filter_ = false;
    bool needs_sort_ = false;
};

} // namespace wire
