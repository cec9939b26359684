#pragma once

#include "mongo_census.hpp"
#include "mongo_chain.hpp"
#include "mongo_fetch.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace pryv_export::source {

/// Users whose documents of one collection are fetched with one command; or one with too many for that.
struct user_group
{
    std::vector<user_slot> users;
    std::uint64_t documents = 0;
    bool is_long = false;
};

/// Cuts the users, in the order in which they will be asked for, into groups of about `group_bytes`.
std::vector<user_group> group_users(const collection_census& census, std::span<const user_slot> order,
                                    std::uint64_t group_bytes);

/// Reads one collection for all users. Users are asked for in about the order that was planned; the groups
/// behind the one that is being read are fetched ahead.
class group_reader
{
public:
    group_reader(mongo_context& context, const user_table& users, std::string collection,
                 const collection_census& census);

    /// Before the first open().
    void plan(std::span<const user_slot> order);
    /// A cursor for a user; `on_end` is called when it has reached its end. Any thread.
    std::unique_ptr<document_cursor> open(user_slot user, chain_end on_end);

private:
    friend class group_cursor;

    struct group_documents
    {
        fetched_documents found;
        std::map<user_slot, std::pair<std::size_t, std::size_t>> users; ///< first and behind last
        std::vector<user_slot> incomplete; ///< whose documents were cut off: too many for a group
        std::unique_ptr<read_ahead::hold> held;
    };
    using pending_group = std::shared_future<std::shared_ptr<const group_documents>>;
    struct active_group
    {
        pending_group documents;
        std::size_t users_left = 0;
    };

    pending_group start(std::size_t group);
    std::shared_ptr<const group_documents> fetch_group(std::size_t group,
                                                       std::unique_ptr<read_ahead::hold> held);
    void divide(group_documents& documents, const user_group& group) const;
    void divide_one_by_one(group_documents& documents) const;
    bool is_user(const document& found, user_slot user) const;
    std::unique_ptr<document_cursor> open_alone(user_slot user, chain_end on_end) const;

    mongo_context& context_;
    const user_table& users_;
    std::string collection_;
    const collection_census& census_;
    std::vector<user_group> groups_;
    std::vector<std::uint32_t> group_of_; ///< by slot

    std::mutex mutex_;
    std::map<std::size_t, active_group> active_;
};

} // namespace pryv_export::source
