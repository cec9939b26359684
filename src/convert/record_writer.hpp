#pragma once

#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/convert/rules.hpp"
#include "pryv_export/format/bson.hpp"
#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// One v1 document in, one archive line out, under the list of members that v2 takes (docs/conversion.md
/// "Every collection"). Internal to convert; every collection uses it:
///
///     thread_local record_writer writer{schema_of_webhooks()};
///     for (record const& each : records) {
///         if (!writer.read(each, out)) continue;                 // failed or set aside: counted already
///         if (taken(writer.id())) { writer.set_aside(rule::duplicate_id, {}, out); continue; }
///         writer.write(out, limits);                             // line, extra, counts, notes
///     }
///
/// Between read() and the end a caller may look at members, replace them or take them out.
namespace pryv_export::convert {

/// What v2 takes as the value of a member. Null is fine everywhere. Anything else is converted when that is
/// unambiguous, or taken out (rule odd-value).
enum class field_kind : std::uint8_t
{
    text,    ///< a string; a number becomes its text
    number,  ///< a finite number; a date becomes seconds (rule date), a numeric text a number
    integer, ///< a whole number of 32 bits
    boolean,
    array,
    text_array, ///< an array of strings; numbers in it become text, other items are taken out
    object,
    any,      ///< any JSON
    consumed, ///< read for the converter, never written (legacy members)
};

struct field
{
    std::string_view name;
    field_kind kind = field_kind::any;
    /// text, text_array: v2 keeps an index over it, so a longer text than line_limits::index_text_bytes
    /// sets the record aside (rule text-too-long). Ids are always indexed.
    bool indexed = false;
};

/// The members of one collection. Build once (static const); names are borrowed and must be literals.
class schema
{
public:
    static constexpr std::size_t max_fields = 30;
    static constexpr std::uint8_t id = 30;     ///< the collection's own id
    static constexpr std::uint8_t marker = 31; ///< dropped without ceremony
    static constexpr std::uint8_t unknown = 32;

    /// which    the kind named in extra lines
    /// id_key   "_id", "streamId" or "profileId"
    /// fields   in any order; a field is later named by its index here
    /// markers  collection-specific markers beside the common ones (_id, userId, user_id, __v,
    ///          integrityBatchCode, children, childrenHidden, attachements, *__unique)
    schema(kind which, std::string_view id_key, std::initializer_list<field> fields,
           std::initializer_list<std::string_view> markers = {});
    schema(const schema&) = delete;
    schema& operator=(const schema&) = delete;

    kind which() const noexcept { return which_; }
    std::size_t size() const noexcept { return fields_.size(); }
    const field& operator[](std::size_t index) const noexcept { return fields_[index]; }
    /// `,"name":`
    std::string_view prefix(std::size_t index) const noexcept { return prefixes_[index].view(); }
    /// Appends it; most prefixes fit into one block of 16 bytes.
    void append_prefix(format::text_buffer& out, std::size_t index) const
    {
        prefix_text const& from = prefixes_[index];
        char* const to = out.room(sizeof from.bytes);
        std::memcpy(to, from.bytes.data(), 16);
        if (from.size > 16) std::memcpy(to + 16, from.bytes.data() + 16, sizeof from.bytes - 16);
        out.advance_to(to + from.size);
    }

    /// A name that means something here.
    struct known_name
    {
        format::likely_name likely;
        std::string_view name;
        std::uint8_t index = unknown; ///< of the field, or id, marker
    };
    static constexpr std::size_t places = 256;
    /// The place where `key` is, if it is known.
    std::uint8_t place_of(std::string_view key) const noexcept { return hash(key); }
    const known_name& at(std::uint8_t place) const noexcept { return table_[place]; }
    /// Index of the field, or id, marker, unknown.
    std::uint8_t find(std::string_view key) const noexcept
    {
        known_name const& at = table_[hash(key)];
        return same(at.name, key) ? at.index : find_rare(key);
    }
    /// True when a value of this type can be written as it is without a closer look.
    bool takes(std::size_t index, const format::bson_element& value) const noexcept
    {
        auto const type = static_cast<unsigned>(value.type);
        if (type >= 32 || ((accepted_[index] >> type) & 1U) == 0) return false;
        return value.type != format::bson_type::float64 || is_finite(value.float64()) || takes_all(index);
    }
    /// Bit per field: those that are written.
    std::uint32_t written() const noexcept { return written_; }

private:
    struct prefix_text
    {
        std::array<char, 48> bytes{};
        std::size_t size = 0;
        std::string_view view() const noexcept { return {bytes.data(), size}; }
    };
    static bool is_finite(double value) noexcept
    {
        constexpr std::uint64_t exponent = 0x7ff0000000000000U;
        return (std::bit_cast<std::uint64_t>(value) & exponent) != exponent;
    }
    /// memcmp() of a name costs more than the whole lookup.
    static bool same(std::string_view a, std::string_view b) noexcept
    {
        std::size_t const size = a.size();
        if (size != b.size()) return false;
        if (size < 8) {
            for (std::size_t i = 0; i < size; ++i)
                if (a[i] != b[i]) return false;
            return true;
        }
        auto const eight = [](const char* from) {
            std::uint64_t bytes;
            std::memcpy(&bytes, from, 8);
            return bytes;
        };
        std::size_t at = 0;
        for (; at + 8 <= size; at += 8)
            if (eight(a.data() + at) != eight(b.data() + at)) return false;
        return eight(a.data() + size - 8) == eight(b.data() + size - 8);
    }
    bool takes_all(std::size_t index) const noexcept
    {
        return index >= fields_.size() || fields_[index].kind == field_kind::any;
    }

    std::uint8_t hash(std::string_view key) const noexcept
    {
        if (key.empty()) return 0;
        auto const at = [&](std::size_t i) {
            return static_cast<std::uint32_t>(static_cast<unsigned char>(key[i]));
        };
        std::uint32_t const mixed = static_cast<std::uint32_t>(key.size()) + (at(0) << 8) +
                                    (at(key.size() / 2) << 16) + (at(key.size() - 1) << 24);
        return static_cast<std::uint8_t>((mixed * seed_) >> 24);
    }
    std::uint8_t find_rare(std::string_view key) const noexcept;
    bool try_seed(std::uint32_t seed, std::span<const known_name> entries);

    kind which_;
    std::vector<field> fields_;
    std::vector<prefix_text> prefixes_;
    std::array<std::uint32_t, max_fields + 2> accepted_{}; ///< bit per BSON type
    std::uint32_t written_ = 0;
    std::uint32_t seed_ = 0;
    std::array<known_name, places> table_{};
};

/// Limits of lines and indexed texts, from `rules`.
struct line_limits
{
    std::size_t index_text_bytes = 2600;
    std::size_t line_bytes = 256U << 20;
    line_limits() = default;
    explicit line_limits(const rules& from)
        : index_text_bytes{from.index_text_bytes}, line_bytes{from.line_bytes}
    {
    }
};

/// Converts documents of one collection, one after the other. Keeps its memory; one thread at a time.
/// After read() gave true, exactly one ending must follow: write(), finish() or set_aside().
class record_writer
{
public:
    explicit record_writer(const schema& members); ///< `members` is borrowed for the writer's life
    record_writer(const record_writer&) = delete;
    record_writer& operator=(const record_writer&) = delete;

    /// Walks the document's top level and checks the types of its members. Counts it in out.counts.source.
    /// False when the record has ended already: unreadable (failed) or without a usable id (set aside).
    bool read(const record& which, output& out);

    /// The record's id as written, unescaped. Valid until the next read().
    std::string_view id() const noexcept { return id_; }
    /// The same as a JSON string with quotes.
    std::string_view id_json() const noexcept { return id_json_.view(); }

    /// The effective value of a member; nullptr when absent, undefined or taken out. Null is a value.
    const format::bson_element* get(std::size_t index) const noexcept
    {
        return has(present_, index) ? &slots_[index].value : nullptr;
    }
    /// Text of a string member as it will be read from the archive (NUL and ill-formed UTF-8 replaced);
    /// empty when it is no string. Valid until the record's end.
    std::string_view text(std::size_t index);
    bool is_text(std::size_t index) const noexcept
    {
        return get(index) != nullptr && get(index)->is_string();
    }
    /// A finite number, or nothing.
    std::optional<double> number(std::size_t index) const noexcept;
    /// Present and neither null nor undefined.
    bool has_value(std::size_t index) const noexcept
    {
        return has(present_, index) && slots_[index].value.type != format::bson_type::null;
    }

    /// Replace or add a member (added ones go last). They do not name a rule: call change().
    void set(std::size_t index, const format::bson_element& borrowed); ///< its key is ignored
    void set_number(std::size_t index, double value);
    void set_text(std::size_t index, std::string_view copied);
    void set_texts(std::size_t index, std::span<const std::string> copied);
    void set_boolean(std::size_t index, bool value);
    void set_array(std::size_t index, std::string_view bson_copied); ///< the bytes of a BSON array
    void set_null(std::size_t index);
    void take_out(std::size_t index);

    /// Names a rule under which this record is written changed. The full original goes to extra, unless
    /// `loses_nothing`. A rule counts once per record, with the first detail.
    void change(rule why, std::string_view detail = {}, bool loses_nothing = false);
    /// Adds a finding only.
    void mention(rule what, std::string_view detail = {});
    /// True when change() named a rule that loses something.
    bool keeps_original() const noexcept { return losses_ != 0; }
    bool changed() const noexcept { return changes_ != 0; }

    /// Ends the record: its line goes to out.lines; extra, counts and notes are done. False when it was not
    /// written after all: nested garbage (failed), id or line too long (set aside).
    bool write(output& out, const line_limits& limits);

    /// The same in two steps, for who must look at the text in between. append_line() appends the object
    /// without LF to `lines`; false when the record has ended (as write()). finish() does the rest.
    bool append_line(format::text_buffer& lines, output& out, const line_limits& limits);
    void finish(output& out);

    /// Ends the record as set aside: full original to extra, nothing to lines.
    void set_aside(rule why, std::string_view detail, output& out);
    /// Ends the record as failed at byte `offset` of the document.
    void fail(std::size_t offset, std::string_view cause, output& out);

    /// Where a member's value lies in the buffer given to append_line(): offsets from its start. Only for
    /// members that were written (get() non-null and not consumed).
    std::size_t value_begin(std::size_t index) const noexcept { return slots_[index].begin; }
    std::size_t value_end(std::size_t index) const noexcept { return slots_[index].end; }

    /// For append_line(): the member's value is written as this JSON text instead (borrowed until the line is
    /// written); get() still gives the BSON value.
    void set_json(std::size_t index, std::string_view borrowed_json);

    /// Appends the JSON of a member's value, as append_line() would, and notes what is odd about it. False
    /// when it is absent or broken.
    bool append_json(std::size_t index, format::text_buffer& out);

    /// What was met while writing the line.
    format::json_notes notes() const noexcept { return notes_; }
    const record& source() const noexcept { return *source_; }
    const schema& members() const noexcept { return *members_; }
    /// Names of unknown keys of this record (borrowed from the document).
    std::span<const format::bson_element> unknown() const noexcept { return unknown_; }
    /// Value as stored, before any change; nullptr when absent.
    const format::bson_element* stored(std::size_t index) const noexcept
    {
        if (!has(touched_, index)) return get(index);
        return has(was_present_, index) ? &changes_of_[index].stored : nullptr;
    }

private:
    /// A member, the id, a marker or an unknown member.
    struct alignas(64) slot
    {
        format::bson_element value;
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    struct changed_member
    {
        format::bson_element stored; ///< when touched
        std::string_view json;
        std::array<std::uint8_t, 8> scalar{};
    };
    /// A bit per slot, that of unknown members apart.
    using slot_set = std::uint32_t;
    static constexpr std::size_t slot_count = schema::unknown + 1;
    static constexpr slot_set bit_of(std::size_t index) noexcept { return slot_set{1} << index; }
    static constexpr bool has(slot_set set, std::size_t index) noexcept { return (set >> index & 1U) != 0; }
    static constexpr void put(slot_set& set, std::size_t index, bool in) noexcept
    {
        set = in ? set | bit_of(index) : set & ~bit_of(index);
    }
    struct remark
    {
        rule what;
        std::string detail;
    };

    void reset(const record& which);
    format::bson_errc walk(format::bson_reader& reader, slot_set& suspects);
    bool take_id();
    void look_closer(slot_set suspects);
    void fix(std::size_t index);
    void fix_text(std::size_t index);
    void fix_number(std::size_t index);
    void fix_integer(std::size_t index);
    void fix_boolean(std::size_t index);
    void fix_texts(std::size_t index);
    void odd(std::size_t index);
    void touch(std::size_t index);
    bool too_long(std::size_t index, std::string_view json, std::size_t limit_bytes) const;
    void remember(rule what, std::string_view detail);
    format::bson_errc append_value(format::text_buffer& lines, std::size_t start, std::size_t index);
    bool repeat_number(format::text_buffer& lines, std::size_t start, const format::bson_element& value);
    void note_value(std::string_view member, format::json_notes notes);
    void append_original(output& out) const;
    std::size_t offset_of(const format::bson_element& element) const noexcept;

    const schema* members_;
    const record* source_ = nullptr;
    std::array<slot, slot_count> slots_{};
    std::array<changed_member, slot_count> changes_of_{};
    std::array<std::uint8_t, slot_count> order_{}; ///< of writing
    std::size_t order_size_ = 0;
    slot_set seen_ = 0;        ///< named by the record, or added
    slot_set present_ = 0;     ///< of these: not undefined and not taken out
    slot_set touched_ = 0;     ///< changed since
    slot_set was_present_ = 0; ///< of these: present before
    slot_set has_json_ = 0;    ///< by set_json()
    /// Most records name their members in the order of the one before: places of the names (schema::at) that
    /// came last after each name, and at the start.
    std::array<std::uint8_t, schema::places> followers_{};
    std::uint8_t first_ = 0;
    std::vector<format::bson_element> unknown_;
    std::deque<std::string> scratch_;
    std::string_view id_;
    format::text_buffer id_json_;
    std::string id_scratch_;
    format::json_notes notes_ = 0;
    /// Members whose doubles were written last; times of a record often repeat, and shortest digits are dear.
    std::array<std::uint8_t, 2> last_numbers_{};
    std::size_t number_count_ = 0;
    std::uint64_t mentioned_ = 0; ///< bit per rule
    std::uint64_t changes_ = 0;
    std::uint64_t losses_ = 0;
    std::vector<remark> remarks_;
};

/// Appends one line of extra/<kind>.jsonl.gz for a whole document and counts it in out.extra_count:
/// {"rule","rules"?,"kind","id","record","bson"?}. `record` is every member as JSON with NUL as \u0000;
/// `bson` (base64) is there when the document holds ill-formed UTF-8, or cannot be read (then without
/// `record`). rules: one or more, the most severe first. id_json: a JSON value, empty for none.
void append_extra_line(output& out, std::span<const rule> rules, kind which, std::string_view id_json,
                       format::bson_bytes document);

/// Appends `{"rule","kind","id","integrity"}`: what is kept of a record of which only its hash was replaced.
void append_old_hash(output& out, rule why, kind which, std::string_view id_json, std::string_view hash);

/// The bytes of a BSON string value, and of an array of strings.
std::string bson_text(std::string_view text);
std::string bson_texts(std::span<const std::string> items);
std::span<const std::uint8_t> as_bytes(std::string_view text) noexcept;

/// Unescapes a JSON string with quotes as append_string() writes it.
std::string unescape(std::string_view json_string);

} // namespace pryv_export::convert
