#include "convert/record_writer.hpp"

#include "pryv_export/format/digest.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace pryv_export::convert {

using format::bson_element;
using format::bson_errc;
using format::bson_type;
using format::json_note;
using format::json_notes;
using format::nul_policy;

namespace {

constexpr std::uint32_t bit(bson_type type) noexcept
{
    return 1U << static_cast<unsigned>(type);
}
constexpr std::uint64_t bit(rule which) noexcept
{
    return std::uint64_t{1} << static_cast<unsigned>(which);
}
static_assert(rule_count <= 64);

constexpr std::string_view common_markers[] = {
    "_id", "userId", "user_id", "__v", "integrityBatchCode", "children", "childrenHidden", "attachements",
};

/// Types whose JSON is what v2 wants without a closer look. Undefined means absent and passes everywhere.
constexpr std::uint32_t accepted_by(field_kind kind) noexcept
{
    constexpr std::uint32_t nothing = bit(bson_type::null) | bit(bson_type::undefined);
    switch (kind) {
    case field_kind::text:
        return nothing | bit(bson_type::string) | bit(bson_type::symbol) | bit(bson_type::object_id) |
               bit(bson_type::binary);
    case field_kind::number:
        return nothing | bit(bson_type::float64) | bit(bson_type::int32) | bit(bson_type::int64);
    case field_kind::integer: return nothing | bit(bson_type::int32);
    case field_kind::boolean: return nothing | bit(bson_type::boolean);
    case field_kind::array: return nothing | bit(bson_type::array);
    case field_kind::text_array: return nothing; // the items are looked at
    case field_kind::object: return nothing | bit(bson_type::document);
    case field_kind::any:
    case field_kind::consumed: return ~0U;
    }
    return 0;
}

std::string_view name_of_type(bson_type type) noexcept
{
    switch (type) {
    case bson_type::float64:
    case bson_type::int32:
    case bson_type::int64: return "a number";
    case bson_type::string: return "a string";
    case bson_type::document: return "an object";
    case bson_type::array: return "an array";
    case bson_type::binary: return "binary data";
    case bson_type::object_id: return "an ObjectId";
    case bson_type::boolean: return "a boolean";
    case bson_type::date: return "a date";
    case bson_type::regex: return "a regular expression";
    case bson_type::symbol: return "a symbol";
    case bson_type::timestamp: return "a timestamp";
    case bson_type::decimal128: return "a decimal128";
    default: return "a value of a foreign type";
    }
}

/// Types whose JSON is a string, for items of arrays of texts.
bool is_textual(bson_type type) noexcept
{
    return type == bson_type::string || type == bson_type::symbol || type == bson_type::object_id;
}

/// A number from the whole of `text`, as a person would have typed it into a form.
std::optional<double> parse_number(std::string_view text)
{
    double value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

/// A decimal128's value from the JSON {"$numberDecimal":"…"} that format writes.
std::optional<double> decimal_value(const bson_element& element)
{
    format::text_buffer json;
    json_notes notes = 0;
    if (format::append_value(json, element, nul_policy::replace, notes) != bson_errc::ok) return std::nullopt;
    std::string_view text = json.view();
    std::size_t const colon = text.find(":\"");
    if (colon == std::string_view::npos) return std::nullopt;
    text.remove_prefix(colon + 2);
    return parse_number(text.substr(0, text.find('"')));
}

void append_i32(std::string& out, std::size_t value)
{
    auto const narrow = static_cast<std::int32_t>(value);
    char bytes[4];
    std::memcpy(bytes, &narrow, 4);
    out.append(bytes, 4);
}

void append_bson_text(std::string& out, std::string_view text)
{
    append_i32(out, text.size() + 1);
    out.append(text);
    out.push_back('\0');
}

unsigned hex_digit(char c) noexcept
{
    if (c <= '9') return static_cast<unsigned>(c - '0');
    return static_cast<unsigned>((c | 0x20) - 'a') + 10U;
}

void append_utf8(std::string& out, unsigned code)
{
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xc0U | (code >> 6)));
        out.push_back(static_cast<char>(0x80U | (code & 0x3fU)));
    } else {
        out.push_back(static_cast<char>(0xe0U | (code >> 12)));
        out.push_back(static_cast<char>(0x80U | ((code >> 6) & 0x3fU)));
        out.push_back(static_cast<char>(0x80U | (code & 0x3fU)));
    }
}

char unescaped(char c) noexcept
{
    switch (c) {
    case 'b': return '\b';
    case 't': return '\t';
    case 'n': return '\n';
    case 'f': return '\f';
    case 'r': return '\r';
    default: return c;
    }
}

/// What an operator should hear about first.
constexpr rule severity[] = {
    rule::unreadable,
    rule::integrity_broken,
    rule::utf8,
    rule::nul,
    rule::odd_value,
    rule::unknown_key,
    rule::date,
    rule::system_stream_split,
    rule::account_history,
    rule::attachment_renamed,
    rule::renamed_stream,
    rule::orphan_stream,
    rule::legacy_stream_id,
    rule::legacy_duration,
    rule::password_repaired,
    rule::account_time,
    rule::key_value_text,
};

} // namespace

// schema ------------------------------------------------------------------------------------------

schema::schema(kind which, std::string_view id_key, std::initializer_list<field> fields,
               std::initializer_list<std::string_view> markers)
    : which_{which}, fields_{fields}
{
    if (fields_.size() > max_fields) throw std::logic_error{"schema: too many fields"};
    std::vector<known_name> entries;
    auto const add = [&](std::string_view name, std::size_t index) {
        entries.push_back({format::likely_name{name}, name, static_cast<std::uint8_t>(index)});
    };
    accepted_.fill(~0U);
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        add(fields_[i].name, i);
        std::string const text = ",\"" + std::string{fields_[i].name} + "\":";
        prefix_text& prefix = prefixes_.emplace_back();
        if (text.size() > prefix.bytes.size()) throw std::logic_error{"schema: name too long"};
        std::memcpy(prefix.bytes.data(), text.data(), text.size());
        prefix.size = text.size();
        accepted_[i] = accepted_by(fields_[i].kind);
        if (fields_[i].kind != field_kind::consumed) written_ |= 1U << i;
    }
    add(id_key, id);
    auto const add_marker = [&](std::string_view name) {
        auto const same = [&](const known_name& each) { return each.name == name; };
        if (std::none_of(entries.begin(), entries.end(), same)) add(name, marker);
    };
    for (std::string_view each : common_markers) add_marker(each);
    for (std::string_view each : markers) add_marker(each);

    std::uint32_t seed = 0x9e3779b1U;
    for (int tries = 0; !try_seed(seed, entries); ++tries) {
        if (tries == 100000) throw std::logic_error{"schema: no perfect hash"};
        seed = seed * 1664525U + 1013904223U;
    }
}

bool schema::try_seed(std::uint32_t seed, std::span<const known_name> entries)
{
    seed_ = seed | 1U;
    table_.fill({});
    for (known_name const& each : entries) {
        known_name& at = table_[hash(each.name)];
        if (!at.name.empty()) return false;
        at = each;
    }
    return true;
}

std::uint8_t schema::find_rare(std::string_view key) const noexcept
{
    return key.ends_with("__unique") ? marker : unknown;
}

// reading -----------------------------------------------------------------------------------------

record_writer::record_writer(const schema& members) : members_{&members} {}

void record_writer::reset(const record& which)
{
    source_ = &which;
    seen_ = present_ = touched_ = was_present_ = has_json_ = 0;
    order_size_ = 0;
    unknown_.clear();
    if (!scratch_.empty()) scratch_.clear();
    id_ = {};
    id_json_.clear();
    notes_ = 0;
    mentioned_ = changes_ = losses_ = 0;
    remarks_.clear();
}

bool record_writer::read(const record& which, output& out)
{
    reset(which);
    ++out.counts.source;
    format::bson_reader reader{which.bson};
    slot_set suspects = 0;
    bson_errc const error = walk(reader, suspects);
    bool const has_id = take_id();
    if (error != bson_errc::ok) {
        fail(reader.offset(), format::describe(error), out);
        return false;
    }
    if (!has_id) {
        set_aside(rule::unusable_id, {}, out);
        return false;
    }
    suspects &= bit_of(schema::id) - 1; // ids and markers are looked at elsewhere, or never
    if (suspects != 0) look_closer(suspects);
    for (bson_element const& each : unknown_) change(rule::unknown_key, each.key);
    return true;
}

bson_errc record_writer::walk(format::bson_reader& from, slot_set& suspects)
{
    // What changes with every element is kept in registers.
    format::bson_reader reader = from;
    schema const& members = *members_;
    slot_set seen = 0;
    slot_set present = 0;
    std::size_t order_size = 0;
    std::uint8_t* follower = &first_;
    for (;;) {
        schema::known_name const& guess = members.at(*follower);
        std::uint8_t index = guess.index;
        std::size_t key_size = guess.likely.size();
        if (!reader.next_is(guess.likely)) {
            std::string_view key;
            if (!reader.next_key(key)) break;
            index = members.find(key);
            key_size = key.size();
            if (index != schema::unknown) *follower = members.place_of(key);
        }
        bson_element& value = slots_[index].value;
        if (!reader.next(value, key_size)) break;
        if (index == schema::unknown) {
            unknown_.push_back(value);
            continue;
        }
        follower = &followers_[*follower];
        slot_set const mine = bit_of(index);
        if ((seen & mine) == 0) order_[order_size++] = index;
        seen |= mine;
        present = value.type == bson_type::undefined ? present & ~mine : present | mine;
        if (!members.takes(index, value)) suspects |= mine;
    }
    seen_ = seen;
    present_ = present;
    order_size_ = order_size;
    from = reader;
    return reader.error();
}

bool record_writer::take_id()
{
    bson_element const* const element = get(schema::id);
    if (element == nullptr || element->is_null()) return false;
    json_notes notes = 0;
    if (format::append_id(id_json_, *element, nul_policy::replace, notes) != bson_errc::ok) return false;
    std::string_view json = id_json_.view();
    if (json.empty() || json == "null" || json == "\"\"" || format::has(notes, json_note::non_finite)) {
        id_json_.clear();
        return false;
    }
    if (json.front() != '"') {
        // v2's id is a text: a number would come back as a text, and its integrity hash would differ.
        std::string const bare{json};
        id_json_.clear();
        id_json_.append('"');
        id_json_.append(bare);
        id_json_.append('"');
        json = id_json_.view();
        change(rule::odd_value, "id");
    }
    id_ = json.substr(1, json.size() - 2);
    if (id_.find('\\') != std::string_view::npos) {
        id_scratch_ = unescape(json);
        id_ = id_scratch_;
    }
    if (notes != 0) note_value("id", notes);
    return true;
}

void record_writer::look_closer(slot_set suspects)
{
    for (; suspects != 0; suspects &= suspects - 1) {
        auto const index = static_cast<std::size_t>(std::countr_zero(suspects));
        // A later element of the same name may have replaced the suspect.
        if (has(present_, index) && !members_->takes(index, slots_[index].value)) fix(index);
    }
}

void record_writer::fix(std::size_t index)
{
    switch ((*members_)[index].kind) {
    case field_kind::text: return fix_text(index);
    case field_kind::number: return fix_number(index);
    case field_kind::integer: return fix_integer(index);
    case field_kind::boolean: return fix_boolean(index);
    case field_kind::text_array: return fix_texts(index);
    case field_kind::array:
    case field_kind::object: return odd(index);
    case field_kind::any:
    case field_kind::consumed: return; // min and max key: format knows them
    }
}

void record_writer::odd(std::size_t index)
{
    std::string detail{(*members_)[index].name};
    detail += " is ";
    detail += name_of_type(slots_[index].value.type);
    take_out(index);
    change(rule::odd_value, detail);
}

void record_writer::fix_text(std::size_t index)
{
    bson_element const value = slots_[index].value;
    if (value.type == bson_type::date && value.int64() >= -8640000000000000 &&
        value.int64() <= 8640000000000000)
        return; // its JSON is a text
    if (!value.is_number()) return odd(index);
    format::text_buffer json;
    json_notes notes = 0;
    format::append_value(json, value, nul_policy::replace, notes);
    if (json.empty() || json.view() == "null") return odd(index);
    set_text(index, json.view());
    change(rule::odd_value, std::string{(*members_)[index].name} + " is a number");
}

void record_writer::fix_number(std::size_t index)
{
    bson_element const value = slots_[index].value;
    if (value.type == bson_type::date) {
        set_number(index, static_cast<double>(value.int64()) / 1000.0);
        change(rule::date, (*members_)[index].name);
        return;
    }
    std::optional<double> number;
    if (value.is_string()) number = parse_number(value.text());
    if (value.type == bson_type::decimal128) number = decimal_value(value);
    if (!number) return odd(index);
    set_number(index, *number);
    change(rule::odd_value,
           std::string{(*members_)[index].name} + " is " + std::string{name_of_type(value.type)});
}

void record_writer::fix_integer(std::size_t index)
{
    bson_element const value = slots_[index].value;
    auto const fits = [](double number) {
        return number == std::trunc(number) && std::abs(number) <= 2147483647.0;
    };
    if (value.is_number()) {
        if (!fits(*value.number())) odd(index);
        return;
    }
    fix_number(index);
    if (has(present_, index) && !fits(slots_[index].value.float64())) take_out(index);
}

void record_writer::fix_boolean(std::size_t index)
{
    bson_element const value = slots_[index].value;
    auto const number = value.number();
    if (number && (*number == 0 || *number == 1)) {
        set_boolean(index, *number == 1);
    } else if (value.is_string() && (value.text() == "true" || value.text() == "false")) {
        set_boolean(index, value.text() == "true");
    } else {
        return odd(index);
    }
    change(rule::odd_value,
           std::string{(*members_)[index].name} + " is " + std::string{name_of_type(value.type)});
}

void record_writer::fix_texts(std::size_t index)
{
    bson_element const value = slots_[index].value;
    if (value.type != bson_type::array) return odd(index);
    bool clean = true;
    format::bson_reader reader{value.document()};
    for (bson_element each; reader.next(each);) clean = clean && is_textual(each.type);
    if (clean || reader.error() != bson_errc::ok) return; // broken ones fail when they are written

    std::vector<std::string> texts;
    format::bson_reader again{value.document()};
    for (bson_element each; again.next(each);) {
        if (!is_textual(each.type) && !each.is_number()) continue;
        format::text_buffer json;
        json_notes notes = 0;
        format::append_value(json, each, nul_policy::escape, notes);
        if (json.view() == "null") continue;
        texts.push_back(json.view().front() == '"' ? unescape(json.view()) : std::string{json.view()});
    }
    set_texts(index, texts);
    change(rule::odd_value, std::string{(*members_)[index].name} + " holds other things than texts");
}

// looking and changing ----------------------------------------------------------------------------

std::string_view record_writer::text(std::size_t index)
{
    if (!is_text(index)) return {};
    std::string_view const raw = slots_[index].value.text();
    auto const plain = [](char c) { return c > 0; };
    if (std::all_of(raw.begin(), raw.end(), plain)) return raw;
    format::text_buffer json;
    json_notes notes = 0;
    format::append_string(json, raw, nul_policy::replace, notes);
    return notes == 0 ? raw : std::string_view{scratch_.emplace_back(unescape(json.view()))};
}

std::optional<double> record_writer::number(std::size_t index) const noexcept
{
    bson_element const* const value = get(index);
    if (value == nullptr) return std::nullopt;
    auto const number = value->number();
    return number && std::isfinite(*number) ? number : std::nullopt;
}

void record_writer::touch(std::size_t index)
{
    if (!has(seen_, index)) {
        put(seen_, index, true);
        order_[order_size_++] = static_cast<std::uint8_t>(index);
    }
    if (!has(touched_, index)) {
        put(touched_, index, true);
        put(was_present_, index, has(present_, index));
        changes_of_[index].stored = slots_[index].value;
    }
    put(has_json_, index, false);
}

void record_writer::set(std::size_t index, const bson_element& borrowed)
{
    touch(index);
    slots_[index].value = borrowed;
    put(present_, index, borrowed.type != bson_type::undefined);
}

void record_writer::set_number(std::size_t index, double value)
{
    auto& bytes = changes_of_[index].scalar;
    std::memcpy(bytes.data(), &value, sizeof value);
    set(index, {bson_type::float64, (*members_)[index].name, bytes});
}

void record_writer::set_boolean(std::size_t index, bool value)
{
    auto& bytes = changes_of_[index].scalar;
    bytes[0] = value ? 1 : 0;
    set(index, {bson_type::boolean, (*members_)[index].name, std::span{bytes}.first(1)});
}

void record_writer::set_null(std::size_t index)
{
    set(index, {bson_type::null, (*members_)[index].name, {}});
}

void record_writer::set_text(std::size_t index, std::string_view copied)
{
    std::string const& bytes = scratch_.emplace_back(bson_text(copied));
    set(index, {bson_type::string, (*members_)[index].name, as_bytes(bytes)});
}

void record_writer::set_array(std::size_t index, std::string_view bson_copied)
{
    std::string const& bytes = scratch_.emplace_back(bson_copied);
    set(index, {bson_type::array, (*members_)[index].name, as_bytes(bytes)});
}

void record_writer::set_texts(std::size_t index, std::span<const std::string> copied)
{
    set_array(index, bson_texts(copied));
}

void record_writer::take_out(std::size_t index)
{
    if (!has(seen_, index)) return;
    touch(index);
    put(present_, index, false);
}

void record_writer::set_json(std::size_t index, std::string_view borrowed_json)
{
    changes_of_[index].json = borrowed_json;
    put(has_json_, index, borrowed_json.data() != nullptr);
}

void record_writer::remember(rule what, std::string_view detail)
{
    if ((mentioned_ & bit(what)) != 0) return;
    mentioned_ |= bit(what);
    remarks_.push_back({what, std::string{detail}});
}

void record_writer::change(rule why, std::string_view detail, bool loses_nothing)
{
    changes_ |= bit(why);
    if (!loses_nothing) losses_ |= bit(why);
    remember(why, detail);
}

void record_writer::mention(rule what, std::string_view detail)
{
    remember(what, detail);
}

// writing -----------------------------------------------------------------------------------------

void record_writer::note_value(std::string_view member, json_notes notes)
{
    notes_ |= notes;
    if (format::has(notes, json_note::nul)) change(rule::nul, member);
    if (format::has(notes, json_note::invalid_utf8)) change(rule::utf8, member);
    if (format::has(notes, json_note::non_finite)) mention(rule::not_finite, member);
    if (format::has(notes, json_note::wide_integer)) mention(rule::wide_integer, member);
    constexpr json_notes listed_above = json_notes{} | json_note::nul | json_note::invalid_utf8 |
                                        json_note::non_finite | json_note::wide_integer;
    if ((notes & ~listed_above) != 0) mention(rule::foreign_type, member);
}

bool record_writer::too_long(std::size_t index, std::string_view json, std::size_t limit_bytes) const
{
    if (!(*members_)[index].indexed || json.size() <= limit_bytes) return false;
    bson_element const& value = slots_[index].value;
    if (value.type == bson_type::string) return unescape(json).size() > limit_bytes;
    if (value.type != bson_type::array) return false;
    format::bson_reader items{value.document()};
    for (bson_element each; items.next(each);)
        if (each.is_string() && each.text().size() > limit_bytes) return true;
    return false;
}

bool record_writer::repeat_number(format::text_buffer& lines, std::size_t start, const bson_element& value)
{
    constexpr std::size_t longest = 32;
    for (std::size_t i = 0; i < std::min(number_count_, last_numbers_.size()); ++i) {
        slot const& earlier = slots_[last_numbers_[i]];
        if (earlier.value.int64() != value.int64()) continue;
        char* const to = lines.room(longest);
        std::array<char, longest> text; // both places may overlap behind the text
        std::memcpy(text.data(), lines.data() + start + earlier.begin, longest);
        std::memcpy(to, text.data(), longest);
        lines.advance_to(to + (earlier.end - earlier.begin));
        return true;
    }
    return false;
}

bson_errc record_writer::append_value(format::text_buffer& lines, std::size_t start, std::size_t index)
{
    bson_element const& value = slots_[index].value;
    if (has(has_json_, index)) {
        lines.append(changes_of_[index].json);
        return bson_errc::ok;
    }
    bool const is_double = value.type == bson_type::float64;
    if (is_double && repeat_number(lines, start, value)) return bson_errc::ok;
    json_notes notes = 0;
    bson_errc const error = format::append_value(lines, value, nul_policy::replace, notes);
    if (notes != 0)
        note_value((*members_)[index].name, notes);
    else if (is_double)
        last_numbers_[number_count_++ % last_numbers_.size()] = static_cast<std::uint8_t>(index);
    return error;
}

bool record_writer::append_line(format::text_buffer& lines, output& out, const line_limits& limits)
{
    std::size_t const start = lines.size();
    auto const give_up = [&](rule why, std::string_view detail) {
        lines.truncate(start);
        set_aside(why, detail, out);
        return false;
    };
    if (id_.size() > limits.index_text_bytes) return give_up(rule::text_too_long, "id");
    slot_set const wanted = present_ & members_->written();
    number_count_ = 0;
    lines.append("{\"id\":");
    lines.append(id_json_.view());
    for (std::size_t i = 0; i < order_size_; ++i) {
        std::size_t const index = order_[i];
        if (!has(wanted, index)) continue;
        slot& at = slots_[index];
        members_->append_prefix(lines, index);
        at.begin = lines.size() - start;
        if (bson_errc const error = append_value(lines, start, index); error != bson_errc::ok) {
            lines.truncate(start);
            fail(offset_of(at.value), format::describe(error), out);
            return false;
        }
        at.end = lines.size() - start;
        if (at.end - at.begin > limits.index_text_bytes &&
            too_long(index, lines.view().substr(start + at.begin), limits.index_text_bytes))
            return give_up(rule::text_too_long, (*members_)[index].name);
    }
    lines.append('}');
    if (lines.size() - start >= limits.line_bytes) return give_up(rule::line_too_long, {});
    return true;
}

bool record_writer::append_json(std::size_t index, format::text_buffer& out)
{
    bson_element const* const value = get(index);
    if (value == nullptr) return false;
    json_notes notes = 0;
    if (format::append_value(out, *value, nul_policy::replace, notes) != bson_errc::ok) return false;
    if (notes != 0) note_value((*members_)[index].name, notes);
    return true;
}

bool record_writer::write(output& out, const line_limits& limits)
{
    if (!append_line(out.lines, out, limits)) return false;
    out.lines.append('\n');
    ++out.line_count;
    finish(out);
    return true;
}

void record_writer::finish(output& out)
{
    if (changes_ != 0)
        ++out.counts.changed;
    else
        ++out.counts.written;
    if (losses_ != 0) append_original(out);
    for (remark const& each : remarks_) out.notes.add(each.what, id_, each.detail);
}

void record_writer::append_original(output& out) const
{
    std::array<rule, rule_count> rules{};
    std::size_t count = 0;
    for (rule each : severity)
        if ((losses_ & bit(each)) != 0) rules[count++] = each;
    std::uint64_t left = losses_;
    for (std::size_t i = 0; i < count; ++i) left &= ~bit(rules[i]);
    for (; left != 0; left &= left - 1) rules[count++] = static_cast<rule>(std::countr_zero(left));
    append_extra_line(out, {rules.data(), count}, members_->which(), id_json_.view(), source_->bson);
}

void record_writer::set_aside(rule why, std::string_view detail, output& out)
{
    ++out.counts.set_aside;
    append_extra_line(out, {&why, 1}, members_->which(), id_json_.view(), source_->bson);
    out.notes.add(why, id_, detail);
}

void record_writer::fail(std::size_t offset, std::string_view cause, output& out)
{
    ++out.counts.failed;
    constexpr rule why = rule::unreadable;
    append_extra_line(out, {&why, 1}, members_->which(), id_json_.view(), source_->bson);
    std::string detail = "offset " + std::to_string(source_->position + offset) + ": ";
    detail += cause;
    out.notes.add(why, id_, detail);
}

std::size_t record_writer::offset_of(const bson_element& element) const noexcept
{
    auto const* const begin = source_->bson.data();
    auto const* const at = element.value.data();
    bool const inside = !std::less<>{}(at, begin) && std::less<>{}(at, begin + source_->bson.size());
    return inside ? static_cast<std::size_t>(at - begin) : 0;
}

// extra -------------------------------------------------------------------------------------------

void append_extra_line(output& out, std::span<const rule> rules, kind which, std::string_view id_json,
                       format::bson_bytes document)
{
    constexpr std::size_t kept_bytes = 16U << 20;
    format::text_buffer& extra = out.extra;
    extra.append("{\"rule\":\"");
    extra.append(name_of(rules.front()));
    extra.append('"');
    if (rules.size() > 1) {
        extra.append(",\"rules\":[");
        for (std::size_t i = 0; i < rules.size(); ++i) {
            extra.append(i == 0 ? "\"" : ",\"");
            extra.append(name_of(rules[i]));
            extra.append('"');
        }
        extra.append(']');
    }
    extra.append(",\"kind\":\"");
    extra.append(name_of(which));
    extra.append("\",\"id\":");
    extra.append(id_json.empty() ? "null" : id_json);

    bool raw = rules.front() == rule::unreadable;
    if (!raw) {
        std::size_t const before = extra.size();
        json_notes notes = 0;
        extra.append(",\"record\":");
        raw = format::append_document(extra, document, nul_policy::escape, notes) != bson_errc::ok;
        if (raw) extra.truncate(before);
        raw = raw || format::has(notes, json_note::invalid_utf8);
    }
    if (raw) {
        auto const kept = document.first(std::min(document.size(), kept_bytes));
        extra.append(",\"bson\":\"");
        extra.append(format::base64(kept));
        extra.append('"');
        if (kept.size() != document.size()) {
            extra.append(",\"bytes\":");
            extra.append(std::to_string(document.size()));
        }
    }
    extra.append("}\n");
    ++out.extra_count;
}

void append_old_hash(output& out, rule why, kind which, std::string_view id_json, std::string_view hash)
{
    out.extra.append("{\"rule\":\"");
    out.extra.append(name_of(why));
    out.extra.append("\",\"kind\":\"");
    out.extra.append(name_of(which));
    out.extra.append("\",\"id\":");
    out.extra.append(id_json);
    out.extra.append(",\"record\":{\"integrity\":");
    json_notes notes = 0;
    format::append_string(out.extra, hash, nul_policy::escape, notes);
    out.extra.append("}}\n");
    ++out.extra_count;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) noexcept
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string bson_text(std::string_view text)
{
    std::string bytes;
    append_bson_text(bytes, text);
    return bytes;
}

std::string bson_texts(std::span<const std::string> items)
{
    std::string bytes(4, '\0');
    for (std::size_t i = 0; i < items.size(); ++i) {
        bytes.push_back(static_cast<char>(bson_type::string));
        bytes.append(std::to_string(i));
        bytes.push_back('\0');
        append_bson_text(bytes, items[i]);
    }
    bytes.push_back('\0');
    auto const length = static_cast<std::int32_t>(bytes.size());
    std::memcpy(bytes.data(), &length, sizeof length);
    return bytes;
}

std::string unescape(std::string_view json_string)
{
    std::string text;
    if (json_string.size() < 2) return text;
    std::string_view const inner = json_string.substr(1, json_string.size() - 2);
    for (std::size_t i = 0; i < inner.size(); ++i) {
        if (inner[i] != '\\' || i + 1 >= inner.size()) {
            text.push_back(inner[i]);
        } else if (inner[i + 1] == 'u' && i + 5 < inner.size()) {
            unsigned code = 0;
            for (std::size_t k = 2; k < 6; ++k) code = code * 16 + hex_digit(inner[i + k]);
            append_utf8(text, code);
            i += 5;
        } else {
            text.push_back(unescaped(inner[++i]));
        }
    }
    return text;
}

} // namespace pryv_export::convert
