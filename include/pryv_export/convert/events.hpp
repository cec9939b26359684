#pragma once

#include "pryv_export/base/event_times.hpp"
#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/convert/rules.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pryv_export::convert {

/// One item of an event's `attachments`.
struct attachment_reference
{
    std::uint32_t record = 0; ///< index of the event in the batch
    std::string event_id;     ///< headId for history versions: the folder on disk
    std::string file_id;
    std::optional<std::uint64_t> size;
    std::string integrity; ///< "sha256-…" or empty
    bool history = false;
};

/// An account-field event that holds the current value of its field.
struct account_value
{
    std::string field;      ///< without prefix
    std::string value_json; ///< JSON text of `content`; "null" when absent
    double time = 0;
    bool has_time = false;
    std::string created_by; ///< "system" when absent
    std::string event_id;
};
/// Times of set-aside versions of a field: the current value must be the greatest.
struct account_past
{
    std::string field;
    double time = 0;
};

/// What a batch of events gives beside `output` (whose lines are the head events).
struct event_batch
{
    output out;
    format::text_buffer history; ///< lines of history versions: they go to chunks that sort before the heads
    std::uint64_t history_count = 0;
    event_times times; ///< of the events among the lines of `out`: neither history nor deleted
    std::vector<attachment_reference> attachments;
    std::vector<account_value> account;
    std::vector<account_past> account_history;
    /// 64-bit hash of each record's id, when asked for; 0 for failed records.
    std::vector<std::uint64_t> id_hashes;
    /// 1.7 stores: current `:_system:username` / `:_system:passwordHash` events (value_json, time).
    std::vector<account_value> username;
    std::vector<account_value> password_hash;

    void clear();
};

/// What only the whole user's stream of events can tell about a batch; almost always empty.
struct event_exceptions
{
    std::vector<std::uint32_t> duplicates; ///< records whose id was written before, ascending
    struct rename
    {
        std::uint32_t record;
        std::string file_id;
    }; ///< attachment becomes <fileId>-<eventId>
    std::vector<rename> renames;
    bool empty() const noexcept { return duplicates.empty() && renames.empty(); }
};

/// Converts events. Immutable and shared by threads; working memory lives in the thread.
class event_converter
{
public:
    explicit event_converter(rules configuration);

    /// Converts a batch in stored order into `out` (cleared first). A record that cannot be read counts as
    /// failed with its position in `out.out.notes`; nothing throws but memory exhaustion.
    void convert(std::span<const record> records, const event_exceptions& exceptions, bool want_id_hashes,
                 event_batch& out) const;

private:
    rules rules_;
    std::vector<std::string> sorted_fields_;
    std::vector<std::string> sorted_other_;
};

} // namespace pryv_export::convert
