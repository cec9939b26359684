#pragma once

#include "check_context.hpp"
#include "json_text.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Columns of v2's PostgreSQL engine (docs/v2-archive.md section 5): a key that is none stops the restore,
/// and so does a value that the column refuses.
namespace pryv_export::verify {

enum class column : std::uint8_t
{
    text,
    indexed_text, ///< at most about 2,700 bytes
    number,
    integer, ///< of 32 bits
    boolean,
    object,
    list,
    texts, ///< a list of texts
    any    ///< any JSON
};

struct column_rule
{
    std::string_view name;
    column type;
};

using record_schema = std::span<const column_rule>;

/// Columns of event_schema, in its order.
enum event_column : std::size_t
{
    event_id,
    event_head_id,
    event_stream_ids,
    event_time,
    event_end_time,
    event_type,
    event_tags,
    event_content,
    event_description,
    event_client_data,
    event_attachments,
    event_integrity,
    event_trashed,
    event_created,
    event_created_by,
    event_modified,
    event_modified_by,
    event_deleted,
    event_column_count
};

/// The members of one record by column: names are looked up once. Keeps its memory for the next record.
class record_members
{
public:
    explicit record_members(record_schema schema);

    /// record: an object; borrowed until the next call
    void load(json_value record);
    /// The last value of the column; empty when it is absent.
    json_value operator[](std::size_t column) const noexcept { return values_[column]; }
    bool has_value(std::size_t column) const noexcept
    {
        return values_[column] && !values_[column].is_null();
    }
    /// Empty when absent or no text; lives in `scratch` when it was escaped.
    std::string_view text(std::size_t column, std::string& scratch) const;
    /// All names are columns, each at most once.
    bool regular() const noexcept { return regular_; }

    /// Holds each member to its column.
    void check(const file_scope& scope, std::uint64_t line, std::string_view id) const;

private:
    static constexpr std::size_t slots = 128;
    static constexpr std::uint8_t none = 0xff;
    static std::size_t slot_of(std::string_view name) noexcept;
    std::size_t column_of(std::string_view name) const noexcept;

    record_schema schema_;
    std::array<std::uint8_t, slots> table_{}; ///< open addressing
    std::array<json_value, 32> values_{};
    std::vector<std::pair<std::uint8_t, json_value>> keys_; ///< in order of appearance
    std::string scratch_;
    bool regular_ = true;
};

extern const record_schema stream_schema;
extern const record_schema access_schema;
extern const record_schema profile_schema;
extern const record_schema webhook_schema;
extern const record_schema event_schema;

constexpr std::size_t longest_indexed_bytes = 2700;

/// Holds each member to its column. id: for the findings.
void check_members(const file_scope& scope, record_schema schema, json_value record, std::uint64_t line,
                   std::string_view id);

/// Text of a member; empty when it is absent or no text.
std::string text_of(json_value record, std::string_view name);
/// The number of a member; 0 when it is absent or no number.
double number_of(json_value record, std::string_view name);
/// Neither absent nor null.
bool has_value(json_value record, std::string_view name);

} // namespace pryv_export::verify
