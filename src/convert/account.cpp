#include "pryv_export/convert/account.hpp"

#include "convert/column_text.hpp"
#include "convert/json_check.hpp"
#include "convert/record_writer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace pryv_export::convert {

using format::bson_element;
using format::bson_type;
using format::column_text;
using format::json_note;
using format::json_notes;
using format::nul_policy;

namespace {

/// v1's clock ticks in milliseconds.
constexpr double time_step_seconds = 0.001;

std::optional<double> seconds_of(const bson_element& element) noexcept
{
    if (element.type == bson_type::date) return static_cast<double>(element.int64()) / 1000.0;
    auto const number = element.number();
    return number && std::isfinite(*number) ? number : std::nullopt;
}

/// The smallest time that lies behind `time` by a tick, or by what a double of that size can tell apart.
double behind(double time) noexcept
{
    double const next = time + time_step_seconds;
    return next > time ? next : std::nextafter(time, std::numeric_limits<double>::infinity());
}

std::string json_string(std::string_view text)
{
    format::text_buffer json;
    json_notes notes = 0;
    format::append_string(json, text, nul_policy::escape, notes);
    return std::string{json.view()};
}

void append_text(format::text_buffer& out, std::string_view text, json_notes& notes)
{
    format::append_string(out, text, nul_policy::replace, notes);
}

/// One row's fate: rules are gathered, then counted and kept at once.
class row_outcome
{
public:
    row_outcome(kind which, output& out) : which_{which}, out_{&out} { ++out.counts.source; }

    void change(rule why, std::string_view detail) { add(why, detail, true); }
    void change_without_loss(rule why, std::string_view detail) { add(why, detail, false); }
    void mention(rule what, std::string_view detail) { notes_.emplace_back(what, detail); }
    void note_text(json_notes notes, std::string_view member)
    {
        if (format::has(notes, json_note::nul)) change(rule::nul, member);
        if (format::has(notes, json_note::invalid_utf8)) change(rule::utf8, member);
    }
    void written(std::string_view id, std::span<const named_column> original)
    {
        ++(changes_.empty() && !harmless_ ? out_->counts.written : out_->counts.changed);
        if (!changes_.empty()) append_extra_row(*out_, changes_, which_, json_string(id), original);
        for (auto const& [what, detail] : notes_) out_->notes.add(what, id, detail);
    }
    void set_aside(rule why, std::string_view id, std::span<const named_column> original)
    {
        ++out_->counts.set_aside;
        append_extra_row(*out_, {&why, 1}, which_, json_string(id), original);
        out_->notes.add(why, id, {});
    }

private:
    void add(rule why, std::string_view detail, bool loses)
    {
        notes_.emplace_back(why, detail);
        if (!loses)
            harmless_ = true;
        else if (std::find(changes_.begin(), changes_.end(), why) == changes_.end())
            changes_.push_back(why);
    }

    kind which_;
    output* out_;
    std::vector<rule> changes_;
    bool harmless_ = false;
    std::vector<std::pair<rule, std::string>> notes_;
};

/// Appends the separator of an array's items.
void separate(format::text_buffer& line)
{
    if (line.view().back() != '[') line.append(',');
}

// passwords ---------------------------------------------------------------------------------------

/// `time` and `createdBy` as they were stored, for the extra line.
struct password_row
{
    password what;
    double stored_time = 0;
};

std::vector<named_column> columns_of(const password_row& row)
{
    format::column_value created_by = column_text{row.what.created_by};
    if (row.what.created_by_is_number) created_by = row.what.created_by_number;
    return {{"time", row.stored_time}, {"hash", column_text{row.what.hash}}, {"createdBy", created_by}};
}

std::vector<password_row> in_time_order(std::vector<password>&& passwords)
{
    std::vector<password_row> rows;
    for (password& each : passwords) {
        password_row row{std::move(each), each.time};
        if (row.what.created_by_is_number) row.what.time = row.what.created_by_number;
        rows.push_back(std::move(row));
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const password_row& a, const password_row& b) { return a.what.time < b.what.time; });
    return rows;
}

void append_password(const password_row& row, format::text_buffer& line, row_outcome& fate)
{
    json_notes notes = 0;
    separate(line);
    line.append("{\"time\":");
    format::append_number(line, row.what.time, notes);
    line.append(",\"hash\":");
    append_text(line, row.what.hash, notes);
    line.append(",\"createdBy\":");
    bool const unnamed = row.what.created_by_is_number || row.what.created_by.empty();
    append_text(line, unnamed ? "system" : row.what.created_by, notes);
    line.append('}');
    fate.note_text(notes, "hash");
}

void append_passwords(std::vector<password>&& passwords, format::text_buffer& line, output& out)
{
    std::optional<double> last_time;
    for (password_row const& row : in_time_order(std::move(passwords))) {
        row_outcome fate{kind::passwords, out};
        auto const columns = columns_of(row);
        if (last_time == row.what.time) {
            fate.set_aside(rule::duplicate_id, {}, columns);
            continue;
        }
        last_time = row.what.time;
        if (row.what.created_by_is_number) fate.change(rule::password_repaired, {});
        append_password(row, line, fate);
        fate.written({}, columns);
        ++out.line_count;
    }
}

// key-values --------------------------------------------------------------------------------------

/// The JSON text without what PostgreSQL's JSONB refuses: escapes of U+0000 and of half surrogate pairs
/// become U+FFFD. Line ends between tokens become spaces, since the whole is one line.
std::string without_refused_escapes(std::string_view json)
{
    std::string out;
    const char* const end = json.data() + json.size();
    for (const char* at = json.data(); at != end;) {
        if (*at == '\n' || *at == '\r') {
            out.push_back(' ');
            ++at;
        } else if (*at != '\\') {
            out.push_back(*at++);
        } else if (at[1] != 'u') {
            out.append(at, 2);
            at += 2;
        } else {
            int const code = detail::hex4(at + 2, end);
            bool const pair = detail::is_high_surrogate(code) && detail::low_surrogate_follows(at + 6, end);
            bool const surrogate = detail::is_high_surrogate(code) || detail::is_low_surrogate(code);
            std::size_t const size = pair ? 12 : 6;
            if (code == 0 || (surrogate && !pair))
                out.append("\\ufffd");
            else
                out.append(at, size);
            at += size;
        }
    }
    return out;
}

/// The value of a row that came as JSON text from SQLite.
void append_sqlite_value(const key_value& row, format::text_buffer& line, row_outcome& fate)
{
    json_notes notes = 0;
    format::text_buffer quoted;
    format::append_string(quoted, row.value_json, nul_policy::escape, notes);
    bool const sound = !format::has(notes, json_note::invalid_utf8);
    std::string const text = sound ? row.value_json : unescape(quoted.view());
    fate.note_text(notes, "value");

    json_verdict const verdict = check_json(text);
    std::size_t const first = text.find_first_not_of(" \t\r\n");
    if (verdict.valid && text[first] != '"') {
        if ((verdict.traits & (json_nul_escape | json_lone_surrogate)) != 0) fate.change(rule::nul, "value");
        line.append(without_refused_escapes(text));
        return;
    }
    // v2 on PostgreSQL takes a string as the value, v2 on SQLite as the text of the value.
    json_notes ignored = 0;
    append_text(line, text, ignored);
    if (verdict.valid)
        fate.change_without_loss(rule::key_value_text, row.key);
    else
        fate.change(rule::odd_value, row.key);
}

/// The value of a row that came as BSON and is JSON of ours by now.
void append_mongo_value(const key_value& row, format::text_buffer& line, row_outcome& fate)
{
    std::string const accepted = without_refused_escapes(row.value_json);
    if (accepted != row.value_json) fate.change(rule::nul, "value");
    if (row.ill_formed) fate.change(rule::utf8, "value");
    if (accepted.starts_with('"')) fate.mention(rule::key_value_text, row.key);
    line.append(accepted);
}

void append_key_value(const key_value& row, format::text_buffer& line, row_outcome& fate)
{
    json_notes notes = 0;
    separate(line);
    line.append("{\"storeId\":");
    append_text(line, row.store_id, notes);
    line.append(",\"key\":");
    append_text(line, row.key, notes);
    fate.note_text(notes, "key");
    line.append(",\"value\":");
    if (row.from_sqlite_text)
        append_sqlite_value(row, line, fate);
    else
        append_mongo_value(row, line, fate);
    line.append('}');
}

void append_key_values(std::vector<key_value>&& rows, format::text_buffer& line, output& out)
{
    std::vector<std::pair<std::string, std::string>> taken;
    for (key_value const& row : rows) {
        row_outcome fate{kind::key_values, out};
        std::vector<named_column> const columns{{"storeId", column_text{row.store_id}},
                                                {"key", column_text{row.key}},
                                                {"value", column_text{row.value_json}}};
        std::string const id = row.store_id + "/" + row.key;
        std::pair const name{row.store_id, row.key};
        auto const place = std::lower_bound(taken.begin(), taken.end(), name);
        if (place != taken.end() && *place == name) {
            fate.set_aside(rule::duplicate_id, id, columns);
            continue;
        }
        taken.insert(place, name);
        if (row.from_sqlite_text && (check_json(row.value_json).traits & json_wide_number) != 0) {
            fate.set_aside(rule::no_place_in_v2, id, columns);
            continue;
        }
        append_key_value(row, line, fate);
        fate.written(id, columns);
        ++out.line_count;
    }
}

// account fields ----------------------------------------------------------------------------------

/// Moves times so that each value of a field has its own and the current one the greatest.
class field_times
{
public:
    field_times(const std::vector<account_past>& past, output& out) : past_{&past}, out_{&out} {}

    /// Called in the order of (field, time); is_last: of its field.
    void settle(account_value& value, bool is_last)
    {
        std::optional<double> floor;
        if (last_field_ == value.field) floor = last_time_;
        if (is_last)
            for (account_past const& each : *past_)
                if (each.field == value.field) floor = std::max(floor.value_or(each.time), each.time);
        bool const moved = !value.has_time || (floor && value.time <= *floor);
        if (moved) move(value, floor);
        last_field_ = value.field;
        last_time_ = value.time;
    }

private:
    void move(account_value& value, std::optional<double> floor)
    {
        std::vector<named_column> columns{{"field", column_text{value.field}},
                                          {"value", column_text{value.value_json}}};
        if (value.has_time) columns.push_back({"time", value.time});
        columns.push_back({"createdBy", column_text{value.created_by}});
        constexpr rule why = rule::account_time;
        append_extra_row(*out_, {&why, 1}, kind::events, json_string(value.event_id), columns);
        out_->notes.add(why, value.event_id, value.field);
        value.time = floor ? behind(*floor) : 0;
        value.has_time = true;
    }

    const std::vector<account_past>* past_;
    output* out_;
    std::string last_field_;
    double last_time_ = 0;
};

void append_field(const account_value& value, format::text_buffer& line)
{
    json_notes notes = 0;
    separate(line);
    line.append("{\"field\":");
    append_text(line, value.field, notes);
    line.append(",\"value\":");
    line.append(value.value_json.empty() ? "null" : std::string_view{value.value_json});
    line.append(",\"time\":");
    format::append_number(line, value.time, notes);
    line.append(",\"createdBy\":");
    append_text(line, value.created_by.empty() ? "system" : std::string_view{value.created_by}, notes);
    line.append('}');
}

void append_fields(std::vector<account_value>&& fields, const std::vector<account_past>& past,
                   format::text_buffer& line, output& out)
{
    auto const key = [](const account_value& each) {
        return std::tuple{std::string_view{each.field}, each.has_time, each.time};
    };
    std::stable_sort(fields.begin(), fields.end(),
                     [&](const account_value& a, const account_value& b) { return key(a) < key(b); });
    field_times times{past, out};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        bool const is_last = i + 1 == fields.size() || fields[i + 1].field != fields[i].field;
        times.settle(fields[i], is_last);
        append_field(fields[i], line);
    }
}

} // namespace

std::optional<password> read_password(format::bson_bytes document)
{
    if (format::validate(document) != format::bson_errc::ok) return std::nullopt;
    password result;
    auto const time = format::find(document, "time");
    auto const hash = format::find(document, "hash");
    if (!time || !hash || !hash->is_string()) return std::nullopt;
    auto const seconds = seconds_of(*time);
    if (!seconds) return std::nullopt;
    result.time = *seconds;
    result.hash = hash->text();
    auto const created_by = format::find(document, "createdBy");
    if (created_by && created_by->is_string()) result.created_by = created_by->text();
    auto const number = created_by ? created_by->number() : std::nullopt;
    if (number && std::isfinite(*number)) {
        result.created_by_is_number = true;
        result.created_by_number = *number;
    }
    return result;
}

std::optional<key_value> read_key_value(format::bson_bytes document)
{
    if (format::validate(document) != format::bson_errc::ok) return std::nullopt;
    auto const store = format::find(document, "storeId");
    auto const key = format::find(document, "key");
    auto const value = format::find(document, "value");
    if (!store || !store->is_string() || !key || !key->is_string()) return std::nullopt;
    key_value result;
    result.store_id = store->text();
    result.key = key->text();
    result.value_json = "null";
    if (!value) return result;
    format::text_buffer json;
    json_notes notes = 0;
    if (format::append_value(json, *value, nul_policy::escape, notes) != format::bson_errc::ok)
        return std::nullopt;
    result.ill_formed = format::has(notes, json_note::invalid_utf8);
    result.value_json = json.view();
    return result;
}

void append_account_line(account&& what, format::text_buffer& line, output& passwords_out,
                         output& key_values_out, output& fields_out)
{
    line.append("{\"passwords\":[");
    append_passwords(std::move(what.passwords), line, passwords_out);
    line.append("],\"storeKeyValues\":[");
    append_key_values(std::move(what.key_values), line, key_values_out);
    line.append("],\"accountFields\":[");
    append_fields(std::move(what.fields), what.past_fields, line, fields_out);
    line.append("]}\n");
}

} // namespace pryv_export::convert
