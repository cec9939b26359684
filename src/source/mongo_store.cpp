#include "pryv_export/source/mongo_store.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/source/mongodump_store.hpp"

#include "mongo_catalog.hpp"
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
        catalog_.emplace(context_, options.database_name);
        if (catalog_->empty()) {
            throw export_error{exit_status::source_missing, context_.pool.name(),
                               fmt::format("there is no database '{}', or it has no collection",
                                           printable(options.database_name)),
                               "check database:name in the configuration"};
        }
        context_.retry.run(context_.pool.name(), [this] {
            context_.pool.begin_snapshot(context_.options.database_name, catalog_->names().front());
        });
        for (collection const kind : user_collections) {
            if (catalog_->has(name_of(kind))) count(kind);
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

    std::vector<std::string> collection_names() const override { return catalog_->names(); }
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
        for (auto& line : context_.pool.warnings()) lines.push_back(std::move(line));
        for (auto& line : catalog_->oddities()) lines.push_back(std::move(line));
        for (collection const kind : user_collections) {
            if (gone_.contains(kind)) {
                lines.push_back(
                    fmt::format("Collection {} was renamed or dropped during the export.", name_of(kind)));
            }
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
        mongo_catalog const now_there{context_, context_.options.database_name};
        std::vector<user_change> found;
        for (collection const kind : user_collections) {
            std::string const name{name_of(kind)};
            bool const there = now_there.has(name);
            if (!has(kind) && !there) continue;
            if (!there) gone_.insert(kind);
            collection_census now;
            census_taker_.count(name, users_, now);
            note_change(kind, nobody, now, found);
            for (user_slot const slot : order_) note_change(kind, slot, now, found);
            for (auto slot = static_cast<user_slot>(known_slots_); slot < users_.slots(); ++slot)
                note_change(kind, slot, now, found);
        }
        note_recounts(*catalog_, found);
        if (platform_) note_recounts(*platform_, found);
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
            auto const cursor = catalog_->open(name_of(kind), std::move(filter),
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
        auto const cursor = catalog_->open("events", one("streamIds", any), {});
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
        if (!catalog_->has(collection_name)) return std::nullopt;
        return catalog_->open_whole(collection_name);
    }

    std::optional<std::unique_ptr<document_cursor>> open_platform(std::string_view collection_name) override
    {
        if (!platform_) platform_.emplace(context_, context_.options.database_name + "-platform");
        if (!platform_->has(collection_name)) return std::nullopt;
        return platform_->open_whole(collection_name);
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
                                   "TLS was asked for: check that the server speaks it, and takes the "
                                   "certificate of this side (--tls-certificate) if it wants one"};
            }
            throw failure.explained(context_.pool.name());
        }
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
        found.push_back({id, std::string{name_of(kind)}, before.documents, after.documents, exported});
    }

    static void note_recounts(mongo_catalog& catalog, std::vector<user_change>& found)
    {
        for (auto& again : catalog.counted_again())
            found.push_back({{}, std::move(again.name), again.read, again.now, again.read});
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
    std::optional<mongo_catalog> catalog_;
    std::optional<mongo_catalog> platform_;
    std::set<collection> gone_; ///< that were there at the beginning
    std::optional<private_folder> copy_folder_;
    std::unique_ptr<document_store> copies_; ///< of collections without an index on userId
};

} // namespace

std::unique_ptr<document_store> open_mongo(mongo_options options)
{
    return std::make_unique<mongo_store>(options);
}

} // namespace pryv_export::source
