#pragma once

#include "event_doc.hpp"
#include "expected.hpp"
#include "plan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sample {

/// A file as one event lists it. Its bytes follow from its key.
struct stored_file
{
    std::string event_id;
    attachment_item item;
    std::uint64_t key = 0;
};

/// The bytes of a generated file; valid until the thread's next call.
std::string_view file_bytes(std::uint64_t key, std::uint64_t size);

/// One user's events as pure functions of their number k: any slice can be made
/// without the ones before it.
class event_source
{
public:
    event_source(const deployment& plan, const user_plan& user);

    std::uint64_t created_ms(std::uint64_t k) const;
    std::string event_id(std::uint64_t k) const;
    /// Number of history rows that event k has.
    unsigned versions(std::uint64_t k) const;
    /// Smallest range of k that holds all events created in [from, to).
    std::pair<std::uint64_t, std::uint64_t> created_within(std::uint64_t from, std::uint64_t to) const;

    /// Appends the head (deleted or live) of event k and counts it.
    void append_head(std::uint64_t k, bson_out& out, counters& counts) const;
    /// When history row v of event k was written; v < versions(k).
    std::uint64_t history_ms(std::uint64_t k, unsigned v) const;
    /// Whether that row has a string id (written before 1.9) instead of an ObjectId.
    bool history_is_text(std::uint64_t k, unsigned v) const;
    void append_history(std::uint64_t k, unsigned v, bson_out& out, counters& counts) const;

    /// Files of event k; empty for most.
    std::vector<stored_file> files(std::uint64_t k, bool with_integrity) const;
    /// The event that carries the j-th share of the user's files, j < with_files.
    std::uint64_t event_with_files(std::uint64_t j) const;

private:
    struct traits;
    traits traits_of(std::uint64_t k) const;
    event_doc make(std::uint64_t k, const traits& t, unsigned version) const;
    void append(std::uint64_t k, const traits& t, unsigned version, const event_doc& event,
                bson_out& out) const;
    /// j when event k is the j-th of those with attachments.
    std::optional<std::uint64_t> rank_with_files(std::uint64_t k) const;

    const deployment& plan_;
    const user_plan& user_;
    double step_ms_ = 0;
    double text_bytes_ = 60;
};

/// The account events of a user whose `_id` time lies in [from, to): heads and
/// text-id rows, or rows with an ObjectId.
enum class id_kind
{
    text,
    object
};

void append_account_events(const deployment& plan, const user_plan& user, std::uint64_t from,
                           std::uint64_t to, id_kind kind, bson_out& out, counters& counts);

/// One slice of the collection.
struct event_slice
{
    std::string bytes;
    std::uint64_t documents = 0;
    std::vector<std::pair<std::uint64_t, counters>> counts; ///< by user index
};

/// Cuts the deployment's time into slices of some ten thousand events.
class slice_plan
{
public:
    explicit slice_plan(const deployment& plan);
    std::uint64_t size() const { return passes_ * slices_; }
    /// Slices whose ids are texts (all, in natural order); the others hold ObjectIds.
    std::uint64_t text_slices() const { return slices_; }
    event_slice make(std::uint64_t index) const;

private:
    const deployment& plan_;
    std::uint64_t slices_ = 1;
    std::uint64_t passes_ = 1; ///< two in `_id` order: text ids, then ObjectIds
};

} // namespace sample
