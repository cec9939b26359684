#include "pryv_export/source/mongo_store.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/source/mongodump_store.hpp"

#include "mongo_census.hpp"
#include "mongo_chain.hpp"
#include "mongo_copy.hpp"
#include "mongo_fetch.hpp"
#include "mongo_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <unordered_set>

namespace pryv_export::source {

namespace {

struct live_collection
{
    collection_census census;
    std::unique_ptr<group_reader> reader;
    bool copied = false; ///< read from `copies_`
    /// By slot: what was read, as soon as it was read to its end.
    std::vector<std::optional<std::uint64_t>> read;
    std::uint64_t bytes_read = 0;
};

std::size_t index_of(collection kind)
{
    return static_cast<std::size_t>(kind);
}

class mongo_store final : public document_store
{
public:
    explicit mongo_store(const mongo_options& options) : context_{options}, census_taker_{context_}
    {
        connect();
        names_ = list_collections(options.database_name);
        if (names_.empty()) {
            throw export_error{exit_status::source_missing, context_.pool.name(),
                               fmt::format("there is no database '{}', or it has no collection",
                                           printable(options.database_name)),
                               "check database:name in the configuration"};
        }
        context_.retry.run(context_.pool.name(), [this] {
            context_.pool.begin_snapshot(context_.options.database_name, *names_.begin());
        });
        for (collection const kind : user_collections) {
            if (is_there(options.database_name, names_, name_of(kind))) count(kind);
        }
        copy_unindexed();
    }

    ~mongo_store() override { context_.stop(); }

    std::string description() const override
    {
        return fmt::format("{}, database {}", context_.pool.name(),
                           printable(context_.options.database_name));
    }
    bool has(collection kind) const override { return at(kind).census.exists; }
    const std::vector<std::string>& user_ids() const override { return users_.ids(); }

    user_share share_of(collection kind, std::string_view user_id) const override
    {
        auto const slot = users_.find(user_id);
        if (!slot) return {};
        auto const& live = at(kind);
        if (live.copied) return copies_->share_of(kind, user_id);
        user_share share;
        share.documents = live.census.of(*slot).documents;
        share.bytes = share.documents * live.census.mean_bytes;
        share.ids_ascend = !live.census.odd_ids;
        std::lock_guard const lock{mutex_};
        if (*slot < live.read.size() && live.read[*slot]) share.documents = *live.read[*slot];
        return share;
    }

    user_share total(collection kind) const override
    {
        auto const& live = at(kind);
        if (live.copied) return copies_->total(kind);
        std::lock_guard const lock{mutex_};
        return {live.census.documents, live.bytes_read, !live.census.odd_ids};
    }

    std::vector<std::string> collection_names() const override { return {names_.begin(), names_.end()}; }
    const std::vector<damage>& damages() const override
    {
        static const std::vector<damage> none;
        return copies_ ? copies_->damages() : none;
    }

    std::vector<std::string> warnings() const override
    {
        std::vector<std::string> lines;
        if (context_.options.tls_insecure)
            lines.emplace_back("The certificate of MongoDB was not checked (--tls-insecure).");
        if (context_.pool.lost_snapshot()) {
            lines.emplace_back(
                "MongoDB did not keep its snapshot long enough (the parameter "
                "minSnapshotHistoryWindowInSeconds): the rest was read as it was at its time.");
        }
        for (collection const kind : user_collections) {
            auto const& census = at(kind).census;
            if (!census.exists || census.documents == 0) continue;
            if (!census.user_index) {
                lines.push_back(fmt::format("Collection {} has no index on userId, which v1 makes: it was "
                                            "copied into a temporary file as a whole and read from there.",
                                            name_of(kind)));
            } else if (kind == collection::events && !census.ordered_index) {
                lines.emplace_back("Collection events has no index on userId and _id, which v1 makes since "
                                   "1.7: large users were read slowly.");
            }
        }
        return lines;
    }

    std::vector<user_change> changes() override
    {
        context_.drain(); // fetches that nobody waits for look users up
        context_.pool.end_snapshot();
        auto const names = list_collections(context_.options.database_name);
        std::vector<user_change> found;
        for (collection const kind : user_collections) {
            std::string const name{name_of(kind)};
            if (!has(kind) && !names.contains(name)) continue;
            collection_census now;
            census_taker_.count(name, users_, now);
            note_change(kind, nobody, now, found);
            for (user_slot const slot : order_) note_change(kind, slot, now, found);
            for (auto slot = static_cast<user_slot>(known_slots_); slot < users_.slots(); ++slot)
                note_change(kind, slot, now, found);
        }
        return found;
    }

    void for_each_unowned(const std::function<void(collection, const document&)>& visit) override
    {
        if (copies_) copies_->for_each_unowned(visit);
        for (collection const kind : user_collections) {
            auto const& live = at(kind);
            if (!live.census.exists || live.copied || live.census.of(nobody).documents == 0) continue;
            command any;
            any.push(one("userId", one("$not", one("$type", std::string_view{"string"}))));
            any.push(one("userId", one("$type", std::string_view{"array"})));
            any.push(one("userId", std::string_view{}));
            command filter;
            filter.add_array("$or", any);
            auto const cursor =
                open_filtered(context_.options.database_name, name_of(kind), std::move(filter),
                              [this, kind](std::uint64_t documents, std::uint64_t bytes) {
                                  note_read(kind, nobody, documents, bytes);
                              });
            for (batch part; cursor->next(part);) {
                for (const document& found : part.documents) visit(kind, found);
            }
        }
    }

    void prepare(std::span<const std::string> user_ids_in_order) override
    {
        order_.clear();
        // Those without documents too: they may get some meanwhile.
        for (const auto& id : user_ids_in_order) {
            if (user_slot const slot = users_.intern(id); slot != nobody) order_.push_back(slot);
        }
        known_slots_ = users_.slots();
        for (auto& live : collections_) {
            if (live.reader && !live.copied) live.reader->plan(order_);
        }
        if (copies_) copies_->prepare(user_ids_in_order);
    }

    std::unique_ptr<document_cursor> open(collection kind, std::string_view user_id) override
    {
        auto const slot = users_.find(user_id);
        if (!slot || !has(kind)) {
            throw std::logic_error{"a cursor was opened over documents that are not there"};
        }
        if (at(kind).copied) return copies_->open(kind, user_id);
        return at(kind).reader->open(
            *slot, [this, kind, slot = *slot](std::uint64_t documents, std::uint64_t bytes) {
                note_read(kind, slot, documents, bytes);
            });
    }

    void
    for_each_event_in(std::span<const std::string_view> stream_ids,
                      const std::function<bool(std::string_view user_id, const document&)>& visit) override
    {
        if (!has(collection::events)) return;
        command ids;
        for (auto const id : stream_ids) ids.push(id);
        command any;
        any.add_array("$in", ids);
        auto const cursor =
            open_filtered(context_.options.database_name, "events", one("streamIds", any), {});
        std::unordered_set<std::string> satisfied;
        for (batch part; cursor->next(part);) {
            for (const document& found : part.documents) {
                auto const id = format::find(found.bytes, "userId");
                if (!id || !id->is_string()) continue;
                std::string user{id->text()};
                if (!satisfied.contains(user) && !visit(user, found)) satisfied.insert(std::move(user));
            }
        }
    }

    std::optional<std::unique_ptr<document_cursor>> open_whole(std::string_view collection_name) override
    {
        if (!is_there(context_.options.database_name, names_, collection_name)) return std::nullopt;
        return open_filtered(context_.options.database_name, collection_name, {}, {});
    }

    std::optional<std::unique_ptr<document_cursor>> open_platform(std::string_view collection_name) override
    {
        auto const database = context_.options.database_name + "-platform";
        if (!platform_names_) platform_names_ = list_collections(database);
        if (!is_there(database, *platform_names_, collection_name)) return std::nullopt;
        return open_filtered(database, collection_name, {}, {});
    }

private:
    live_collection& at(collection kind) { return collections_[index_of(kind)]; }
    const live_collection& at(collection kind) const { return collections_[index_of(kind)]; }

    void connect()
    {
        try {
            context_.pool.reach();
        } catch (const mongo_failure& failure) {
            bool const no_answer = failure.code() == 0 && context_.pool.uses_tls();
            if (no_answer && std::string_view{failure.what()}.find("TLS") == std::string_view::npos) {
                throw export_error{exit_status::unreachable, context_.pool.name(), failure.what(),
                                   "TLS was asked for: check that the server speaks it"};
            }
            throw failure.explained(context_.pool.name());
        }
    }

    std::set<std::string> list_collections(const std::string& database)
    {
        try {
            return list_collections(database, false);
        } catch (const export_error& error) {
            if (error.status() != exit_status::denied) throw;
        }
        limited_rights_ = true;
        return list_collections(database, true);
    }

    /// A collection that a list for limited rights lacks is absent, or may not be read, which throws.
    bool is_there(const std::string& database, const std::set<std::string>& names, std::string_view name)
    {
        if (names.contains(std::string{name})) return true;
        if (!limited_rights_) return false;
        command find = one("find", name);
        find.add("limit", std::int64_t{1});
        find.add_flag("singleBatch", true);
        return !fetch(context_, database, std::string{name}, find, 0, 1).documents.empty();
    }

    std::set<std::string> list_collections(const std::string& database, bool only_authorized)
    {
        std::set<std::string> names;
        command list = one("listCollections", std::int64_t{1});
        list.add("cursor", command{});
        list.add_flag("nameOnly", true);
        if (only_authorized) list.add_flag("authorizedCollections", true);
        context_.retry.run(fmt::format("{}, database {}", context_.pool.name(), printable(database)), [&] {
            names.clear();
            mongo_session session{context_.pool};
            run_cursor(session, database, list, 0, context_.retry.stop(), [&](const reply&, auto documents) {
                for_each_in(documents, [&](format::bson_bytes row) {
                    if (auto const name = format::find(row, "name"); name && name->is_string())
                        names.emplace(name->text());
                });
                return true;
            });
        });
        return names;
    }

    void count(collection kind)
    {
        std::string const name{name_of(kind)};
        auto& live = at(kind);
        live.census = census_taker_.take(name, users_);
        live.reader = std::make_unique<group_reader>(context_, users_, name, live.census);
    }

    /// A collection that cannot be searched by user is read once, not once per group of users.
    void copy_unindexed()
    {
        mongodump_options copy;
        copy.batch_bytes = context_.options.batch_bytes;
        copy.spool_folder = context_.options.spool_folder;
        copy.stop = context_.options.stop;
        for (collection const kind : user_collections) {
            auto& live = at(kind);
            if (!live.census.exists || live.census.user_index || live.census.documents == 0) continue;
            if (!copy_folder_) copy_folder_.emplace(context_.options.spool_folder);
            copy_collection(context_, std::string{name_of(kind)}, copy_folder_->path());
            live.copied = true;
        }
        if (!copy_folder_) return;
        copy.folder = copy_folder_->path();
        copies_ = open_mongodump(std::move(copy));
        for (const auto& id : copies_->user_ids()) users_.intern(id);
    }

    std::unique_ptr<document_cursor> open_filtered(const std::string& database, std::string_view name,
                                                   command filter, chain_end on_end)
    {
        chain_query query;
        query.database = database;
        query.collection = name;
        query.filter = std::move(filter);
        return open_chain(context_, std::move(query), std::move(on_end));
    }

    void note_change(collection kind, user_slot slot, const collection_census& now,
                     std::vector<user_change>& found) const
    {
        auto const& live = at(kind);
        std::string const id = slot == nobody ? std::string{} : users_.ids()[slot - 1];
        auto const& before = live.census.of(slot);
        auto const& after = now.of(slot);
        std::uint64_t exported = 0;
        bool was_read = live.copied && slot != nobody;
        if (was_read) {
            exported = copies_->share_of(kind, id).documents;
        } else {
            std::lock_guard const lock{mutex_};
            was_read = slot < live.read.size() && live.read[slot];
            if (was_read) exported = *live.read[slot];
        }
        if (before == after && (!was_read || exported == after.documents)) return;
        found.push_back({id, kind, before.documents, after.documents, exported});
    }

    void note_read(collection kind, user_slot slot, std::uint64_t documents, std::uint64_t bytes)
    {
        std::lock_guard const lock{mutex_};
        auto& live = at(kind);
        if (live.read.size() <= slot) live.read.resize(slot + 1);
        live.read[slot] = documents;
        live.bytes_read += bytes;
    }

    mongo_context context_; ///< first: readers end before it
    census_taker census_taker_;
    mutable std::mutex mutex_; ///< of what was read
    user_table users_;
    std::array<live_collection, user_collections.size()> collections_;
    std::vector<user_slot> order_;
    std::size_t known_slots_ = 0; ///< later ones are of users who appeared during the export
    bool limited_rights_ = false; ///< the list of collections may lack some that exist
    std::set<std::string> names_;
    std::optional<std::set<std::string>> platform_names_;
    std::optional<private_folder> copy_folder_;
    std::unique_ptr<document_store> copies_; ///< of collections without an index on userId
};

} // namespace

std::unique_ptr<document_store> open_mongo(mongo_options options)
{
    return std::make_unique<mongo_store>(options);
}

} // namespace pryv_export::source
