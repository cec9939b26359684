#pragma once

#include "pryv_export/source/document_store.hpp"

#include "mongo_fetch.hpp"
#include "user_table.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::source {

/// What one user has in one collection.
struct user_count
{
    std::uint64_t documents = 0;
    double last_modified = 0; ///< the greatest `modified`; 0 without

    bool operator==(const user_count&) const = default;
};

/// A collection as the server counts it.
struct collection_census
{
    bool exists = false;
    std::vector<user_count> users;  ///< by slot; `nobody` are documents without usable userId
    std::uint64_t documents = 0;    ///< sum of `users`
    std::uint64_t mean_bytes = 512; ///< of a document, estimated
    bool odd_ids = false;           ///< some `_id` is neither string nor ObjectId
    bool user_index = true;         ///< an index begins with userId
    bool ordered_index = true;      ///< {userId, _id}
    std::string ordered_index_name; ///< to hint at; empty: none is known
    bool shared_documents = false;  ///< some userId is an array: it is found for each id in it

    const user_count& of(user_slot slot) const noexcept
    {
        static const user_count none;
        return slot < users.size() ? users[slot] : none;
    }
};

/// Counts the documents of every user, with one command per collection where the server can group, else by
/// reading two fields of every document. New ids get slots in `users`. Blocking; throws export_error.
class census_taker
{
public:
    /// `context` outlives it.
    explicit census_taker(mongo_context& context) : context_{context} {}

    /// Everything that is known of a collection that exists.
    collection_census take(const std::string& collection, user_table& users) const;
    /// The counts alone.
    void count(const std::string& collection, user_table& users, collection_census& into) const;

private:
    void group(const std::string& collection, user_table& users, collection_census& into) const;
    void scan(const std::string& collection, user_table& users, collection_census& into) const;
    void look_at_size(const std::string& collection, collection_census& into) const;
    void look_at_indexes(const std::string& collection, collection_census& into) const;
    void look_for_odd_ids(const std::string& collection, collection_census& into) const;
    /// Runs a command with a cursor, again from the start when it fails half-way.
    void read(const std::string& collection, const command& what, const std::function<void()>& restart,
              const std::function<void(format::bson_bytes)>& visit) const;

    mongo_context& context_;
};

} // namespace pryv_export::source
