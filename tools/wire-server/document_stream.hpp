#pragma once

#include "projection.hpp"
#include "query_plan.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace wire {

/// What a cursor still has to give.
class document_stream
{
public:
    virtual ~document_stream() = default;
    /// The next document, without taking it; nothing at the end.
    virtual std::optional<bson_bytes> peek() = 0;
    /// Takes what peek() showed. The bytes stay where they are, some of them in `keep`.
    virtual void take(std::deque<bytes>& keep) = 0;
    /// Known to be at the end without looking for another document.
    virtual bool finished() const = 0;
};

struct find_spec
{
    const collection* from = nullptr;
    matcher filter;
    sort_fields sort;
    index_use use = index_use::any;
    projection fields;
    std::int64_t skip = 0;
    std::int64_t limit = 0; ///< 0: all
};

/// The documents of a collection that a find asks for. `request` keeps alive the bytes `spec` borrows.
std::unique_ptr<document_stream> stream_documents(find_spec spec, std::shared_ptr<const bytes> request);
std::unique_ptr<document_stream> stream_list(std::vector<bytes> documents);

/// Calls `each` with every document that matches, in the order of the plan.
template <class Each>
void for_each_match(const collection& from, const matcher& filter, query_plan plan, Each each)
{
    for (std::uint32_t i = 0; plan.next(i);)
        if (!plan.needs_filter() || filter.matches(from.documents[i].view())) each(from.documents[i]);
}

} // namespace wire
