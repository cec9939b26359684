#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// v1's main database as this program reads it, wherever it is: a mongodump folder (mongodump_store.hpp) or a
/// live server. Every call blocks and belongs on a blocking pool, never on the loop's thread. Knows nothing
/// of JSON or of the archive.
namespace pryv_export::source {

/// The collections that hold documents of users (docs/v1-data.md "Collections").
enum class collection : std::uint8_t
{
    events,
    streams,
    accesses,
    profile,
    webhooks,
    followed_slices
};
inline constexpr std::array user_collections{collection::events,   collection::streams,
                                             collection::accesses, collection::profile,
                                             collection::webhooks, collection::followed_slices};
/// Name in the database: "events", "streams", …, "followedSlices".
std::string_view name_of(collection kind) noexcept;

/// One whole BSON document and where it was found (byte offset in the dump file; 0 when live).
struct document
{
    std::span<const std::uint8_t> bytes;
    std::uint64_t position = 0;
};

/// Documents of one user and collection, in stored order, with the memory that they live in. Cut at
/// document borders so that the same documents always make the same batches: a batch ends with the document
/// that reaches `batch_bytes`.
struct batch
{
    std::vector<document> documents;
    std::size_t bytes = 0;                           ///< sum of the documents' sizes
    std::vector<std::shared_ptr<const void>> owners; ///< keep the memory of `documents` alive
};

/// A place of the source that could not be read as documents (broken dump): reported, never skipped silently.
struct damage
{
    std::string thing;        ///< file, for the report
    std::uint64_t offset = 0; ///< first bad byte
    std::uint64_t bytes = 0;  ///< bytes that were skipped to the next readable document
    std::string cause;
};

/// How much of one collection belongs to one user.
struct user_share
{
    std::uint64_t documents = 0;
    std::uint64_t bytes = 0;
    /// Every `_id` is greater than the one before it (all of one type: string or ObjectId, strings first):
    /// no id can occur twice.
    bool ids_ascend = true;
};

/// Reads the documents of one user in stored order.
class document_cursor
{
public:
    virtual ~document_cursor() = default;
    /// Fills `out` with the next batch; false when there is none. Throws export_error.
    virtual bool next(batch& out) = 0;
    /// True as soon as it is known, without waiting, that next() has nothing more.
    virtual bool done() const = 0;
};

/// What somebody did to a user's documents while they were exported from a live server.
struct user_change
{
    std::string user_id;
    std::string collection;
    std::uint64_t before = 0;   ///< documents counted before the export
    std::uint64_t after = 0;    ///< and after it
    std::uint64_t exported = 0; ///< documents that were read
};

class document_store
{
public:
    virtual ~document_store() = default;

    /// For the report: "mongodump /dumps/co1", "MongoDB 10.0.0.5:27017, database pryv-node". Printable.
    virtual std::string description() const = 0;
    /// True when the store has the collection at all: absent, empty and unreadable are different answers.
    virtual bool has(collection kind) const = 0;
    /// Every user id seen in the six collections, in no particular order. Ids are as stored: they can hold
    /// anything.
    virtual const std::vector<std::string>& user_ids() const = 0;
    /// From a live server, bytes are an estimate, and the count is that of the documents read as soon as a
    /// cursor has reached its end.
    virtual user_share share_of(collection kind, std::string_view user_id) const = 0;
    /// Documents and bytes of the whole collection, damage not counted. From a live server: the
    /// bytes of what was read.
    virtual user_share total(collection kind) const = 0;
    /// Names of all collections of the database, whether this program reads them or not; sorted.
    virtual std::vector<std::string> collection_names() const = 0;
    /// What could not be read.
    virtual const std::vector<damage>& damages() const = 0;
    /// Lines for the report: indexes that are missing, checks that are switched off.
    virtual std::vector<std::string> warnings() const { return {}; }
    /// Users (empty id: documents of nobody, or of a collection read as a whole) whose documents changed
    /// since the store was opened. Asks a live server again; a dump does not change. No cursor is read
    /// meanwhile. Throws export_error.
    virtual std::vector<user_change> changes() { return {}; }
    /// Documents of user collections with no usable `userId` (absent, no string, empty): nobody's. Called
    /// once per document.
    virtual void for_each_unowned(const std::function<void(collection, const document&)>& visit) = 0;

    /// Says in which order users will be asked for, once, before the first cursor. The store may regroup its
    /// data on disk for that order.
    virtual void prepare(std::span<const std::string> user_ids_in_order) = 0;
    /// A cursor over one user's documents; several may be read at the same time, each by one thread at a
    /// time.
    virtual std::unique_ptr<document_cursor> open(collection kind, std::string_view user_id) = 0;

    /// Visits the events of all users that may be in one of these streams, and possibly others, each user's
    /// in stored order, until `visit` returns false for that user. Before prepare().
    virtual void
    for_each_event_in(std::span<const std::string_view> stream_ids,
                      const std::function<bool(std::string_view user_id, const document&)>& visit) = 0;

    /// Whole small collections that are not per user (versions, id4name, passwords, stores-key-value):
    /// nullopt when the collection is absent. Throws export_error when unreadable.
    virtual std::optional<std::unique_ptr<document_cursor>> open_whole(std::string_view collection_name) = 0;
    /// The same in the platform database `<name>-platform` (keyValueUnique, keyValueIndexed).
    virtual std::optional<std::unique_ptr<document_cursor>>
    open_platform(std::string_view collection_name) = 0;
};

} // namespace pryv_export::source
