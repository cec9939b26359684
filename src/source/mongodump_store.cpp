#include "pryv_export/source/mongodump_store.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include "mongodump_cursor.hpp"
#include "mongodump_damage.hpp"
#include "mongodump_file.hpp"
#include "mongodump_index.hpp"
#include "mongodump_memory.hpp"
#include "mongodump_regroup.hpp"
#include "mongodump_scanner.hpp"
#include "mongodump_unpack.hpp"
#include "run_at_once.hpp"
#include "user_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <mutex>
#include <system_error>

namespace pryv_export::source {

namespace {

namespace fs = std::filesystem;

/// Extents of one collection take no more than this; with more its documents are regrouped on disk.
constexpr std::uint64_t index_limit_bytes = 64U << 20;
/// Runs of this size make reading user by user as good as sequential.
constexpr std::uint64_t long_run_bytes = 256 * 1024;

/// One user collection of the dump.
struct stored_collection
{
    explicit stored_collection(dump_file&& opened) : index{index_limit_bytes}
    {
        auto readable = std::make_shared<readable_file>();
        readable->file = std::move(opened);
        file = std::move(readable);
    }

    std::shared_ptr<const readable_file> file;
    collection_index index;
    std::vector<extent> regions; ///< by slot, when regrouped
    bool regrouped = false;
};

/// What a thread finds in one collection. It counts in the order of collections, whichever is ready first, so
/// that threads do not show.
struct collection_part
{
    explicit collection_part(const fs::path& folder) : damages{folder.native()} {}

    std::function<void(damage)> damage_sink()
    {
        return [this](damage found) { damages.add(std::move(found)); };
    }

    damage_list damages;
    user_table users;
};

/// Adds up what was read, tells the caller, and stops when asked to. Any thread.
class progress
{
public:
    explicit progress(const mongodump_options& options) : options_{options} {}

    void expect(std::uint64_t bytes)
    {
        std::lock_guard const lock{mutex_};
        total_ += bytes;
    }
    read_hook hook()
    {
        return [this](std::uint64_t bytes) { advance(bytes); };
    }

private:
    void advance(std::uint64_t bytes)
    {
        if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) {
            throw export_error{exit_status::interrupted, printable(options_.folder.native()),
                               "stopped while reading the dump"};
        }
        std::lock_guard const lock{mutex_};
        done_ += bytes;
        if (!options_.on_progress || (done_ - told_ < tell_bytes && done_ != total_)) return;
        told_ = done_;
        options_.on_progress(done_, total_);
    }

    static constexpr std::uint64_t tell_bytes = 4U << 20;

    const mongodump_options& options_;
    std::mutex mutex_;
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
    std::uint64_t told_ = 0;
};

/// A folder that was named must be there; the one beside the dump may be absent.
fs::path platform_folder(const mongodump_options& options, const fs::path& dump)
{
    auto const& named = options.platform_folder;
    if (named.empty()) {
        auto const normal = fs::absolute(dump).lexically_normal();
        auto const parent = normal.has_filename() ? normal.parent_path() : normal.parent_path().parent_path();
        return parent / (options.database_name + "-platform");
    }
    if (std::error_code error; !fs::is_directory(named, error)) {
        throw_errno(error ? error.value() : ENOTDIR, "cannot open the platform's dump folder",
                    named.native());
    }
    return named;
}

class mongodump_store final : public document_store
{
public:
    explicit mongodump_store(mongodump_options options)
        : options_{std::move(options)}, folder_{resolve_dump_folder(options_.folder, options_.database_name)},
          damages_{folder_.native()}, progress_{options_}, huge_above_{available_memory() / 2},
          regroup_above_{options_.regroup_above_bytes != 0 ? options_.regroup_above_bytes : huge_above_}
    {
        platform_ = platform_folder(options_, folder_);
        open_collections();
        scan_collections();
    }

    std::string description() const override
    {
        return fmt::format("mongodump {}", printable(options_.folder.native()));
    }
    bool has(collection kind) const override { return at(kind).has_value(); }
    const std::vector<std::string>& user_ids() const override { return users_.ids(); }

    user_share share_of(collection kind, std::string_view user_id) const override
    {
        auto const slot = users_.find(user_id);
        return slot && at(kind) ? at(kind)->index.share(*slot) : user_share{};
    }

    user_share total(collection kind) const override
    {
        return at(kind) ? at(kind)->index.total() : user_share{};
    }
    std::vector<std::string> collection_names() const override { return collections_in(folder_); }
    const std::vector<damage>& damages() const override { return damages_.snapshot(); }

    void for_each_unowned(const std::function<void(collection, const document&)>& visit) override
    {
        for (collection const kind : user_collections) {
            if (!at(kind) || at(kind)->index.share(nobody).documents == 0) continue;
            auto const cursor = open_slot(kind, nobody);
            for (batch part; cursor->next(part);) {
                for (auto const& found : part.documents) visit(kind, found);
            }
        }
    }

    void prepare(std::span<const std::string> user_ids_in_order) override
    {
        std::lock_guard const lock{regroup_mutex_};
        auto const order = slots_in_order(user_ids_in_order);
        for (auto& stored : collections_) {
            if (stored && !stored->regrouped && wants_regrouping(*stored)) regroup_collection(*stored, order);
        }
    }

    std::unique_ptr<document_cursor> open(collection kind, std::string_view user_id) override
    {
        auto const slot = users_.find(user_id);
        if (!slot || !at(kind))
            return make_extent_cursor(std::make_shared<readable_file>(), {}, options_.batch_bytes);
        return open_slot(kind, *slot);
    }

    void
    for_each_event_in(std::span<const std::string_view>,
                      const std::function<bool(std::string_view user_id, const document&)>& visit) override
    {
        for (auto const& user : users_.ids()) {
            auto const cursor = open(collection::events, user);
            bool wanted = true;
            for (batch part; wanted && cursor->next(part);) {
                wanted = std::all_of(part.documents.begin(), part.documents.end(),
                                     [&](const document& found) { return visit(user, found); });
            }
        }
    }

    std::optional<std::unique_ptr<document_cursor>> open_whole(std::string_view collection_name) override
    {
        return open_file(folder_, collection_name);
    }

    std::optional<std::unique_ptr<document_cursor>> open_platform(std::string_view collection_name) override
    {
        return open_file(platform_, collection_name);
    }

private:
    const std::optional<stored_collection>& at(collection kind) const
    {
        return collections_[static_cast<std::size_t>(kind)];
    }

    std::function<void(damage)> damage_sink()
    {
        return [this](damage found) { damages_.add(std::move(found)); };
    }

    using sizes = std::array<std::optional<std::uint64_t>, user_collections.size()>;

    /// Works on several collections at the same time, the largest first. Those without a size are not there.
    void for_each_collection(const sizes& bytes,
                             const std::function<void(std::size_t, collection_part&)>& work)
    {
        std::deque<collection_part> parts;
        std::vector<std::size_t> largest_first;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            parts.emplace_back(folder_);
            largest_first.push_back(i);
        }
        std::stable_sort(largest_first.begin(), largest_first.end(),
                         [&](std::size_t a, std::size_t b) { return bytes[a] > bytes[b]; });
        run_at_once(options_.jobs, largest_first, [&](std::size_t i) {
            if (bytes[i]) work(i, parts[i]);
        });
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (bytes[i]) take(*collections_[i], parts[i]);
        }
    }

    void take(stored_collection& stored, const collection_part& part)
    {
        damages_.add_all(part.damages);
        std::vector<user_slot> places{nobody};
        for (auto const& id : part.users.ids()) places.push_back(users_.intern(id));
        stored.index.renumber(places);
    }

    void open_collections()
    {
        std::array<std::optional<dump_location>, user_collections.size()> found;
        sizes bytes;
        for (std::size_t i = 0; i < found.size(); ++i) {
            found[i] = locate_collection(folder_, name_of(user_collections[i]));
            if (!found[i]) continue;
            bytes[i] = open_plain(found[i]->path).size;
            progress_.expect(*bytes[i]);
        }
        for_each_collection(bytes, [&](std::size_t i, collection_part& part) {
            collections_[i].emplace(open_collection(*found[i], part.damage_sink()));
        });
    }

    dump_file open_collection(const dump_location& location, const std::function<void(damage)>& on_damage)
    {
        if (!location.zipped) return open_plain(location.path);
        auto file = unpack(location.path, options_.spool_folder, on_damage, progress_.hook());
        progress_.expect(file.size);
        return file;
    }

    void scan_collections()
    {
        sizes bytes;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (collections_[i]) bytes[i] = collections_[i]->file->file.size;
        }
        for_each_collection(bytes, [&](std::size_t i, collection_part& part) {
            stored_collection& stored = *collections_[i];
            auto scanner = make_scanner(stored, part.damage_sink());
            for (found_document found; scanner.next(found);)
                stored.index.add(part.users.intern(found.user_id), found);
            stored.index.finish();
        });
    }

    dump_scanner make_scanner(const stored_collection& stored, std::function<void(damage)> on_damage)
    {
        file_window::options window;
        window.drop_behind = stored.file->file.size > huge_above_;
        window.on_read = progress_.hook();
        return dump_scanner{stored.file->file, std::move(window), std::move(on_damage)};
    }

    bool wants_regrouping(const stored_collection& stored) const
    {
        if (!stored.index.has_extents()) return true;
        return stored.file->file.size > regroup_above_ && stored.index.mean_run_bytes() < long_run_bytes;
    }

    /// All slots, those of `ids` first.
    std::vector<user_slot> slots_in_order(std::span<const std::string> ids) const
    {
        std::vector<user_slot> order;
        std::vector<bool> taken(users_.slots(), false);
        auto const take = [&](user_slot slot) {
            if (!taken[slot]) order.push_back(slot);
            taken[slot] = true;
        };
        for (auto const& id : ids) {
            if (auto const slot = users_.find(id)) take(*slot);
        }
        for (user_slot slot = 1; slot < users_.slots(); ++slot) take(slot);
        take(nobody);
        return order;
    }

    void regroup_collection(stored_collection& stored, const std::vector<user_slot>& order)
    {
        std::vector<regroup_user> users;
        for (user_slot const slot : order) {
            auto const share = stored.index.share(slot);
            if (share.documents != 0) users.push_back({slot, share.documents, share.bytes, {}});
        }
        stored.index.drop_extents();
        auto const& original = stored.file->file;
        progress_.expect(original.size);
        auto copy = std::make_shared<readable_file>();
        copy->header_bytes = record_header_bytes;
        copy->file = regroup(users, original.name, options_.spool_folder, {}, [&](auto const& visit) {
            auto scanner = make_scanner(stored, [](damage) {}); // known from the scan
            for (found_document found; scanner.next(found);) visit(slot_of(found.user_id), found);
        });
        stored.regions.assign(users_.slots(), {});
        for (auto const& user : users) stored.regions[user.slot] = user.region;
        stored.file = std::move(copy);
        stored.regrouped = true;
    }

    /// An id that was not there during the scan gives a slot that nobody has.
    user_slot slot_of(std::string_view id) const
    {
        if (id.empty()) return nobody;
        return users_.find(id).value_or(static_cast<user_slot>(users_.slots()));
    }

    std::unique_ptr<document_cursor> open_slot(collection kind, user_slot slot)
    {
        auto& stored = *collections_[static_cast<std::size_t>(kind)];
        if (!stored.index.has_extents()) ensure_regrouped(stored);
        auto extents = stored.regrouped ? extent_reader{stored.regions[slot]} : stored.index.extents(slot);
        return make_extent_cursor(stored.file, std::move(extents), options_.batch_bytes);
    }

    void ensure_regrouped(stored_collection& stored)
    {
        std::lock_guard const lock{regroup_mutex_};
        if (!stored.regrouped) regroup_collection(stored, slots_in_order({}));
    }

    std::optional<std::unique_ptr<document_cursor>> open_file(const fs::path& folder, std::string_view name)
    {
        if (!is_safe_name(name)) return std::nullopt;
        auto const location = locate_collection(folder, name);
        if (!location) return std::nullopt;
        auto file = location->zipped ? unpack(location->path, options_.spool_folder, damage_sink(), {})
                                     : open_plain(location->path);
        return make_whole_cursor(std::move(file), options_.batch_bytes, damage_sink());
    }

    mongodump_options options_;
    fs::path folder_;
    fs::path platform_;
    damage_list damages_;
    progress progress_;
    std::uint64_t huge_above_; ///< files that the page cache need not keep
    std::uint64_t regroup_above_;
    user_table users_;
    std::array<std::optional<stored_collection>, user_collections.size()> collections_;
    std::mutex regroup_mutex_;
};

} // namespace

std::unique_ptr<document_store> open_mongodump(mongodump_options options)
{
    return std::make_unique<mongodump_store>(std::move(options));
}

} // namespace pryv_export::source
