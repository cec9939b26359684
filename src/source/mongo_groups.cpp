#include "mongo_groups.hpp"

#include "pryv_export/base/error.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace pryv_export::source {

namespace {

constexpr std::uint64_t smallest_group_bytes = 1U << 20;
constexpr std::uint64_t largest_group_bytes = 8U << 20;
/// The whole collection makes about this many groups: few commands, little to hold.
constexpr std::uint64_t wanted_groups = 256;
constexpr std::size_t most_users_a_group = 2000;
constexpr std::size_t groups_ahead = 2;
/// Groups whose users never came (they failed before) are forgotten.
constexpr std::size_t most_active_groups = 8;
constexpr std::uint32_t no_group = std::numeric_limits<std::uint32_t>::max();

std::uint64_t group_bytes_of(const collection_census& census)
{
    return std::clamp(census.documents * census.mean_bytes / wanted_groups, smallest_group_bytes,
                      largest_group_bytes);
}

} // namespace

std::vector<user_group> group_users(const collection_census& census, std::span<const user_slot> order,
                                    std::uint64_t group_bytes)
{
    std::vector<user_group> groups;
    bool open = false;
    for (user_slot const user : order) {
        std::uint64_t const documents = census.of(user).documents;
        if (documents == 0) continue;
        if (documents * census.mean_bytes > group_bytes) {
            groups.push_back({{user}, documents, true});
            open = false;
            continue;
        }
        bool const fits = open && groups.back().users.size() < most_users_a_group &&
                          (groups.back().documents + documents) * census.mean_bytes <= group_bytes;
        if (!fits) groups.emplace_back();
        open = true;
        groups.back().users.push_back(user);
        groups.back().documents += documents;
    }
    return groups;
}

group_reader::group_reader(mongo_context& context, const user_table& users, std::string collection,
                           const collection_census& census)
    : context_{context}, users_{users}, collection_{std::move(collection)}, census_{census}
{
}

void group_reader::plan(std::span<const user_slot> order)
{
    groups_ = group_users(census_, order, group_bytes_of(census_));
    group_of_.assign(users_.slots(), no_group);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        for (user_slot const user : groups_[i].users) group_of_[user] = static_cast<std::uint32_t>(i);
    }
}

/// A user whose documents of the group are known, as soon as they are.
class group_cursor final : public document_cursor
{
public:
    group_cursor(group_reader& reader, group_reader::pending_group group, user_slot user, chain_end on_end)
        : reader_{reader}, pending_{std::move(group)}, user_{user}, on_end_{std::move(on_end)}
    {
    }

    bool next(batch& out) override
    {
        out = {};
        if (!begun_) begin();
        if (alone_) return alone_->next(out);
        if (at_ == end_) return false;
        group_->found.take_batch(at_, end_, reader_.context_.options.batch_bytes, out);
        documents_ += out.documents.size();
        bytes_ += out.bytes;
        if (at_ == end_) finish();
        return true;
    }
    bool done() const override { return alone_ ? alone_->done() : begun_ && at_ == end_; }

private:
    void begin()
    {
        auto& context = reader_.context_;
        group_ = wait_for(pending_, context.retry, context.thing(reader_.collection_));
        begun_ = true;
        auto const& incomplete = group_->incomplete;
        if (std::find(incomplete.begin(), incomplete.end(), user_) != incomplete.end()) {
            alone_ = reader_.open_alone(user_, std::move(on_end_));
            group_.reset();
        } else if (auto const found = group_->users.find(user_); found != group_->users.end()) {
            std::tie(at_, end_) = found->second;
        } else {
            finish();
        }
        pending_ = {};
    }

    void finish()
    {
        group_.reset();
        if (on_end_) std::exchange(on_end_, nullptr)(documents_, bytes_);
    }

    group_reader& reader_;
    group_reader::pending_group pending_;
    user_slot user_;
    chain_end on_end_;
    std::shared_ptr<const group_reader::group_documents> group_;
    std::unique_ptr<document_cursor> alone_; ///< when the group could not hold all of this user
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    std::uint64_t documents_ = 0;
    std::uint64_t bytes_ = 0;
    bool begun_ = false;
};

std::unique_ptr<document_cursor> group_reader::open(user_slot user, chain_end on_end)
{
    std::uint32_t const group = user < group_of_.size() ? group_of_[user] : no_group;
    if (group == no_group || groups_[group].is_long) return open_alone(user, std::move(on_end));
    std::lock_guard const lock{mutex_};
    auto const pending = start(group);
    for (std::size_t i = group + 1; i < groups_.size() && i <= group + groups_ahead; ++i) {
        auto const bytes = groups_[i].documents * census_.mean_bytes;
        if (groups_[i].is_long || active_.contains(i) || !context_.ahead.has_room_for(bytes)) break;
        start(i);
    }
    if (auto const at = active_.find(group); --at->second.users_left == 0) active_.erase(at);
    while (active_.size() > most_active_groups && active_.begin()->first < group)
        active_.erase(active_.begin());
    return std::make_unique<group_cursor>(*this, pending, user, std::move(on_end));
}

group_reader::pending_group group_reader::start(std::size_t group)
{
    if (auto const found = active_.find(group); found != active_.end()) return found->second.documents;
    auto const& users = groups_[group].users;
    auto held = std::make_shared<std::unique_ptr<read_ahead::hold>>(
        std::make_unique<read_ahead::hold>(context_.ahead, groups_[group].documents * census_.mean_bytes));
    auto const pending = start_on<std::shared_ptr<const group_documents>>(
        *context_.workers, [this, group, held] { return fetch_group(group, std::move(*held)); });
    active_.emplace(group, active_group{pending, users.size()});
    return pending;
}

std::shared_ptr<const group_reader::group_documents>
group_reader::fetch_group(std::size_t number, std::unique_ptr<read_ahead::hold> held)
{
    auto const& group = groups_[number];
    command ids;
    for (user_slot const user : group.users) ids.push(std::string_view{users_.ids()[user - 1]});
    command any;
    any.add_array("$in", ids);
    command sort;
    sort.add("userId", std::int64_t{1});
    sort.add("_id", std::int64_t{1});
    // One more than there should be: the server sees the end and closes its cursor with the first reply.
    auto const documents = static_cast<std::int64_t>(group.documents) + 1;
    command find = one("find", std::string_view{collection_});
    find.add("filter", one("userId", any));
    find.add("sort", sort);
    find.add("batchSize", documents);

    auto made = std::make_shared<group_documents>();
    made->held = std::move(held);
    try {
        made->found = fetch(context_, context_.options.database_name, collection_, find, documents,
                            4 * largest_group_bytes);
    } catch (const export_error& error) {
        // The server cannot sort so much, say (32 MiB before MongoDB 4.4): user by user it may.
        if (error.status() != exit_status::io_error || group.users.size() == 1) throw;
        made->found = {};
        made->incomplete = group.users;
        return made;
    }
    made->held->settle(made->found.bytes);
    divide(*made, group);
    return made;
}

bool group_reader::is_user(const document& found, user_slot user) const
{
    return is_of_user(found, users_.ids()[user - 1]);
}

/// The documents come sorted by user, and how many each has is known: two looks per user tell where they are.
void group_reader::divide(group_documents& documents, const user_group& group) const
{
    auto const& all = documents.found.documents;
    std::string_view last;
    if (documents.found.cut) {
        if (auto const id = format::find(all.back().bytes, "userId"); id && id->is_string())
            last = id->text();
    }
    std::size_t at = 0;
    while (at < all.size()) {
        auto const id = format::find(all[at].bytes, "userId");
        auto const user = id && id->is_string() ? users_.find(id->text()) : std::nullopt;
        std::size_t const end = user ? at + census_.of(*user).documents : 0;
        bool const as_counted = user && end > at && end <= all.size() && is_user(all[end - 1], *user) &&
                                (end == all.size() || !is_user(all[end], *user));
        if (!as_counted || documents.found.cut) {
            documents.users.clear();
            divide_one_by_one(documents);
            break;
        }
        documents.users[*user] = {at, end};
        at = end;
    }
    if (!documents.found.cut) return;
    // The last user may have more documents than were read, and those behind have none of theirs.
    for (user_slot const user : group.users) {
        if (users_.ids()[user - 1] >= last) documents.incomplete.push_back(user);
    }
}

/// The counts of the census no longer hold, or something else stands between a user's documents.
void group_reader::divide_one_by_one(group_documents& documents) const
{
    std::map<user_slot, std::vector<document>> found;
    for (const document& each : documents.found.documents) {
        auto const id = format::find(each.bytes, "userId");
        // An array of ids is found by $in too; it is nobody's.
        if (!id || !id->is_string()) continue;
        if (auto const user = users_.find(id->text())) found[*user].push_back(each);
    }
    std::vector<document> sorted;
    for (auto const& [user, theirs] : found) {
        documents.users[user] = {sorted.size(), sorted.size() + theirs.size()};
        sorted.insert(sorted.end(), theirs.begin(), theirs.end());
    }
    documents.found.documents = std::move(sorted);
}

std::unique_ptr<document_cursor> group_reader::open_alone(user_slot user, chain_end on_end) const
{
    auto const bytes = group_bytes_of(census_);
    chain_query query;
    query.database = context_.options.database_name;
    query.collection = collection_;
    query.filter.add("userId", std::string_view{users_.ids()[user - 1]});
    // Without the index on both, the order of _id is had by the index on that.
    query.hint = census_.ordered_index ? census_.ordered_index_name : "_id_";
    if (census_.shared_documents) query.user = users_.ids()[user - 1];
    query.range_documents =
        static_cast<std::int64_t>(std::max<std::uint64_t>(bytes / census_.mean_bytes, 100));
    query.range_bytes = bytes;
    query.batch_documents = query.range_documents + 1;
    query.odd_ids = census_.odd_ids;
    return open_chain(context_, std::move(query), std::move(on_end));
}

} // namespace pryv_export::source
