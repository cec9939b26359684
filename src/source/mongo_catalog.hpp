#pragma once

#include "mongo_chain.hpp"
#include "mongo_fetch.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::source {

/// The collections of one database, as the server listed them. Functions that ask it are blocking and throw
/// export_error. Threads may share one.
class mongo_catalog
{
public:
    /// Asks. `context` outlives it.
    mongo_catalog(mongo_context& context, std::string database);

    const std::string& database() const noexcept { return database_; }
    bool empty() const noexcept { return collections_.empty(); }
    std::vector<std::string> names() const;
    /// The list of a user with few rights may lack some that exist: then the server is asked for this one.
    /// Throws when there is one that may not be read.
    bool has(std::string_view name) const;

    /// All documents of a collection in the order of `_id`; `filter` may be empty.
    std::unique_ptr<document_cursor> open(std::string_view name, command filter, chain_end on_end) const;
    /// The same without filter; counted_again() asks about it.
    std::unique_ptr<document_cursor> open_whole(std::string_view name);

    struct recount
    {
        std::string name;
        std::uint64_t read = 0;
        std::uint64_t now = 0;
    };
    /// Asks: collections that were read as a whole and hold another number of documents now.
    std::vector<recount> counted_again();

    /// Sentences about collections that are not what v1 made: views, capped ones.
    std::vector<std::string> oddities() const;

private:
    struct listed
    {
        bool view = false;
        bool capped = false;
    };

    bool list(bool only_authorized);
    std::uint64_t count(const std::string& name) const;

    mongo_context& context_;
    std::string database_;
    bool limited_rights_ = false; ///< the list may lack some that exist
    std::map<std::string, listed, std::less<>> collections_;
    std::mutex mutex_; ///< of what follows
    std::map<std::string, std::uint64_t, std::less<>> read_;
};

} // namespace pryv_export::source
