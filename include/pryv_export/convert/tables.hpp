#pragma once

#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/format/bson.hpp"
#include "pryv_export/format/column.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

/// Rows of v1's SQLite tables.
namespace pryv_export::convert {

/// Columns of an audit row in v1's order: eventid headId streamIds time deleted endTime type content
/// description clientData integrity attachments trashed created createdBy modified modifiedBy.
inline constexpr std::size_t audit_columns = 17;

/// The ids of the audit rows of one user so far, 8 bytes each and the set's own.
class audit_ids
{
public:
    /// False when it was there. `id_json`: as written.
    bool insert(std::string_view id_json)
    {
        return hashes_.insert(std::hash<std::string_view>{}(id_json)).second;
    }

private:
    std::unordered_set<std::size_t> hashes_;
};

/// Appends one audit line: the union row that both of v2's audit engines take (docs/v2-archive.md 5 "audit").
/// A row whose id is in `seen` is set aside (rule duplicate-id), as v2 takes an id once. Within one file
/// SQLite keeps ids unique: `seen` is for users with several, else null.
void append_audit_row(std::int64_t rowid, std::span<const format::column_value, audit_columns> columns,
                      audit_ids* seen, output& out);

/// Turns a row of `local-1.0.0.sqlite` (events in SQLite, `database:engine: sqlite`) into the document that
/// v1 would have stored in MongoDB, so that event_converter serves both. Appends the BSON bytes to `bson`.
/// False when a JSON column cannot be parsed
/// (`error` says which).
bool append_event_document(std::span<const format::column_value, audit_columns> columns,
                           format::text_buffer& bson, std::string& error);

/// Appends a platform line from a SQLite row: {isUnique, field, username, value} for user-unique/… and
/// user-indexed/… (value: all behind the second slash), else {key, value} with rule unknown-platform-key.
void append_platform_row(std::string_view key, std::string_view value, output& out);
/// The same from a document of keyValueUnique (`unique`) or keyValueIndexed. A document without field, value
/// and username is set aside.
void append_platform_document(format::bson_bytes document, bool unique, output& out);

} // namespace pryv_export::convert
