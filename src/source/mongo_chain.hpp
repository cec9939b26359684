#pragma once

#include "pryv_export/source/document_store.hpp"

#include "mongo_fetch.hpp"

#include <functional>
#include <memory>
#include <string>

namespace pryv_export::source {

/// Documents of one collection in the order of `_id`, in ranges of `_id`.
struct chain_query
{
    std::string database;
    std::string collection;
    /// Members of the filter beside those of `_id`: {userId: "…"} or none.
    command filter;
    /// Documents whose userId is something else are left out; empty: none are.
    std::string user;
    /// Index to use; empty: the server chooses.
    std::string hint;
    /// Documents of a range. Ranges are fetched on several connections at the same time. 0: there is one
    /// range, read on one connection.
    std::int64_t range_documents = 0;
    std::uint64_t range_bytes = 4U << 20; ///< what a range is expected to hold; it is cut at four times this
    std::int64_t batch_documents = 5000;  ///< of one reply
    bool odd_ids = true;                  ///< there may be ids that are neither strings nor ObjectIds
};

/// Called at the end of the last range with the documents and bytes of all.
using chain_end = std::function<void(std::uint64_t documents, std::uint64_t bytes)>;

/// A cursor over the chain. `context` outlives it.
std::unique_ptr<document_cursor> open_chain(mongo_context& context, chain_query query, chain_end on_end);

} // namespace pryv_export::source
