#include "convert/events_integrity.hpp"

#include "pryv_export/format/stable_json.hpp"

#include "convert/events_attachments.hpp"
#include "convert/events_schema.hpp"

#include <array>
#include <cmath>

namespace pryv_export::convert {

using format::bson_element;
using format::bson_errc;
using format::bson_type;
using format::nul_policy;

namespace {

using field_of = event_field;

std::string_view json_of(const record_writer& writer, std::size_t index, std::string_view line) noexcept
{
    return line.substr(writer.value_begin(index), writer.value_end(index) - writer.value_begin(index));
}

/// endTime − time as v2 computes it; nothing when it is no number or zero.
std::optional<double> difference(std::optional<double> end, std::optional<double> begin) noexcept
{
    if (!end || !begin) return std::nullopt;
    double const duration = *end - *begin;
    if (duration == 0 || !std::isfinite(duration)) return std::nullopt;
    return duration;
}

std::optional<double> finite_number(const bson_element* value) noexcept
{
    if (value == nullptr) return std::nullopt;
    auto const number = value->number();
    return number && std::isfinite(*number) ? number : std::nullopt;
}

double rounded(double value, double scale) noexcept
{
    return std::round(value * scale) / scale;
}

bool is_empty_array(const bson_element* value) noexcept
{
    return value != nullptr && value->type == bson_type::array && value->value.size() == 5;
}

std::span<const std::uint8_t> scalar_bytes(const double& value) noexcept
{
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

} // namespace

event_integrity::event_integrity(const rules& configuration) : rules_{&configuration}
{
    head_ = hash_head(event_prefix, configuration.algorithm);
    blank_ = '"' + head_ + std::string(digest_size(configuration.algorithm), '-') + '"';
}

void event_integrity::prepare(record_writer& writer)
{
    wanted_ = false;
    bool const stored = writer.has_value(field_of::integrity);
    if (rules_->integrity == integrity_mode::keep) return;
    if (rules_->integrity == integrity_mode::drop) {
        writer.take_out(field_of::integrity);
        return;
    }
    if (!stored && !rules_->events_hashed) return;
    wanted_ = true;
    if (!stored) writer.set_null(field_of::integrity);
    writer.set_json(field_of::integrity, blank_);
}

void event_integrity::settle(record_writer& writer, bool history, format::text_buffer& lines,
                             std::size_t start, output& out)
{
    bson_element const* const member = writer.stored(field_of::integrity);
    std::string_view const stored =
        member != nullptr && member->is_string() ? member->text() : std::string_view{};
    if (!wanted_) {
        if (rules_->integrity != integrity_mode::drop || stored.empty()) return;
        bool const was_kept = writer.keeps_original();
        writer.change(rule::integrity_dropped, {}, true);
        if (!was_kept) append_old_hash(out, rule::integrity_dropped, kind::events, writer.id_json(), stored);
        return;
    }
    (void)lines.room(format::text_buffer::padding); // write_text() reads it
    std::string_view const line = lines.view().substr(start);
    variant const v2 = as_v2_reads(writer, history, line);
    write_text(writer, line, v2);
    auto const digest = format::digest_of(rules_->algorithm, text_);
    std::size_t const begin = start + writer.value_begin(field_of::integrity) + 1;
    format::write_base64(lines.data() + begin + head_.size(), digest.view());
    if (stored == lines.view().substr(begin, blank_.size() - 2)) return;
    judge(writer, history, line, v2, stored);
}

void event_integrity::judge(record_writer& writer, bool history, std::string_view line, const variant& v2,
                            std::string_view stored)
{
    if (stored.empty()) {
        // An odd value under this name is in the kept original already.
        writer.change(rule::integrity_added, {}, true);
        return;
    }
    bool const was_changed = writer.changed();
    bool const unverifiable = format::has(writer.notes(), format::json_note::invalid_utf8);
    bool const right = unverifiable || matches_a_rule_of_v1(writer, history, line, v2, stored);
    if (!right) {
        writer.change(rule::integrity_broken);
        return;
    }
    writer.change(was_changed ? rule::integrity_follows_change : rule::integrity_rebased);
}

// v2's text ---------------------------------------------------------------------------------------

event_integrity::variant event_integrity::as_v2_reads(const record_writer& writer, bool history,
                                                      std::string_view line)
{
    variant how;
    if (history) {
        how.id_json = json_of(writer, field_of::head_id, line);
        how.id = {};
    } else {
        how.id_json = writer.id_json();
        how.id = writer.id();
    }
    how.duration = difference(writer.number(field_of::end_time), writer.number(field_of::time));
    return how;
}

void event_integrity::write_text(const record_writer& writer, std::string_view line, const variant& how)
{
    plain_line_ = is_plain_ascii(line);
    text_.clear();
    write_attachments(writer, how.form);
    write_members(writer, line, field_of::attachments + 1, field_of::duration);
    if (how.duration) {
        writer.members().append_prefix(text_, field_of::duration);
        format::append_stable_number(text_, *how.duration);
    }
    write_id(how.id_json, how.id);
    write_members(writer, line, field_of::duration + 1, field_of::hashed);
    text_.append('}');
    *text_.data() = '{'; // in the place of the first comma
}

void event_integrity::write_id(std::string_view json, std::string_view text)
{
    text_.append(",\"id\":");
    if (is_stable(json))
        text_.append(json);
    else if (text.data() != nullptr)
        format::append_stable_string(text_, text, nul_policy::replace);
    else
        format::append_stable_string(text_, unescape(json), nul_policy::replace);
}

void event_integrity::write_attachments(const record_writer& writer, attachments_form form)
{
    bson_element const* const stored = writer.get(field_of::attachments);
    if (stored == nullptr || stored->type != bson_type::array) {
        if (form != attachments_form::with_empty) return;
    } else if (is_empty_array(stored)) {
        if (form == attachments_form::without_empty) return;
    } else {
        bson_element value = *stored;
        filtered_ = without_read_tokens(value);
        if (!filtered_.empty()) value.value = as_bytes(filtered_);
        writer.members().append_prefix(text_, field_of::attachments);
        return write_value(value);
    }
    writer.members().append_prefix(text_, field_of::attachments);
    text_.append("[]");
}

void event_integrity::write_members(const record_writer& writer, std::string_view line, std::size_t from,
                                    std::size_t to)
{
    for (std::size_t i = from; i < to; ++i)
        if (writer.get(i) != nullptr) write_member(writer, i, json_of(writer, i, line));
}

void event_integrity::write_member(const record_writer& writer, std::size_t index, std::string_view json)
{
    bson_element const& value = *writer.get(index);
    switch (value.type) {
    case bson_type::null:
    case bson_type::undefined: return;
    case bson_type::boolean:
        if (index == field_of::trashed && !value.boolean()) return;
        return write_as_in_line(writer, index, json);
    case bson_type::int32: return write_as_in_line(writer, index, json);
    case bson_type::float64:
        if (!std::isfinite(value.float64())) return;
        return write_as_in_line(writer, index, json == "-0" ? json.substr(1) : json);
    case bson_type::string:
        if (is_stable(json)) return write_as_in_line(writer, index, json);
        break;
    case bson_type::array:
        if (index == field_of::stream_ids && is_stable(json)) return write_as_in_line(writer, index, json);
        break;
    default: break;
    }
    writer.members().append_prefix(text_, index);
    write_value(value);
}

void event_integrity::write_as_in_line(const record_writer& writer, std::size_t index, std::string_view json)
{
    writer.members().append_prefix(text_, index);
    text_.append_padded(json);
}

void event_integrity::write_value(const bson_element& value)
{
    // The document was written a moment ago, so it cannot be broken.
    (void)format::append_stable_value(text_, value, nul_policy::replace);
}

// v1's texts --------------------------------------------------------------------------------------

bool event_integrity::write_original(const record_writer& writer, const variant& how, bool with_unknown)
{
    schema const& members = writer.members();
    members_.clear();
    for (std::size_t i = 0; i < field_of::hashed; ++i) {
        bson_element const* const value = writer.stored(i);
        if (i == field_of::duration || value == nullptr) continue;
        if (i == field_of::trashed && value->type == bson_type::boolean && !value->boolean()) continue;
        if (i == field_of::attachments && how.form == attachments_form::without_empty &&
            is_empty_array(value))
            continue;
        members_.push_back({members[i].name, *value});
    }
    if (how.form == attachments_form::with_empty) {
        static constexpr std::array<std::uint8_t, 5> empty{5, 0, 0, 0, 0};
        members_.push_back({"attachments", {bson_type::array, {}, empty}});
    }
    double const duration = how.duration.value_or(0);
    if (how.duration) members_.push_back({"duration", {bson_type::float64, {}, scalar_bytes(duration)}});
    std::string const id_bson =
        bson_text(how.id.data() != nullptr ? std::string{how.id} : unescape(how.id_json));
    members_.push_back({"id", {bson_type::string, {}, as_bytes(id_bson)}});
    bson_element const* const single = writer.stored(field_of::stream_id);
    std::string single_bson;
    if (single != nullptr && single->is_string() && writer.stored(field_of::stream_ids) == nullptr) {
        std::string const only{single->text()};
        single_bson = bson_texts({&only, 1});
    }
    if (!single_bson.empty())
        members_.push_back({"streamIds", {bson_type::array, {}, as_bytes(single_bson)}});
    double deleted_seconds = 0;
    for (hash_member& each : members_) {
        if (each.key != "deleted" || each.value.type != bson_type::date) continue;
        deleted_seconds = static_cast<double>(each.value.int64()) / 1000.0;
        each.value = {bson_type::float64, {}, scalar_bytes(deleted_seconds)};
    }
    if (with_unknown)
        for (bson_element const& each : writer.unknown()) members_.push_back({each.key, each});
    text_.clear();
    return append_stable_object(text_, members_, nul_policy::escape) == bson_errc::ok;
}

bool event_integrity::matches(const record_writer& writer, std::string_view line, const variant& how,
                              std::string_view stored, format::digest_algorithm algorithm)
{
    auto const equal = [&] { return hash_of(event_prefix, algorithm, text_) == stored; };
    if (!writer.changed()) {
        write_text(writer, line, how);
        return equal();
    }
    if (write_original(writer, how, false) && equal()) return true;
    return !writer.unknown().empty() && write_original(writer, how, true) && equal();
}

bool event_integrity::matches_a_rule_of_v1(record_writer& writer, bool history, std::string_view line,
                                           const variant& v2, std::string_view stored)
{
    auto const algorithm = algorithm_of(event_prefix, stored);
    if (!algorithm) return false;

    std::array<std::optional<double>, 5> durations{v2.duration};
    std::size_t duration_count = 1;
    auto const add_duration = [&](std::optional<double> candidate) {
        if (candidate && *candidate == 0) candidate.reset();
        for (std::size_t i = 0; i < duration_count; ++i)
            if (durations[i] == candidate) return;
        durations[duration_count++] = candidate;
    };
    auto const exact = difference(finite_number(writer.stored(field_of::end_time)),
                                  finite_number(writer.stored(field_of::time)));
    if (exact) {
        add_duration(rounded(*exact, 1e3));
        add_duration(rounded(*exact, 1e6));
        add_duration(exact);
    }
    if (writer.stored(field_of::duration) != nullptr)
        add_duration(finite_number(writer.stored(field_of::duration)));

    bson_element const* const list = writer.stored(field_of::attachments);
    bool const has_empty = is_empty_array(list);
    bool const has_none = list == nullptr || list->is_null();
    auto const other_form = has_empty ? attachments_form::without_empty : attachments_form::with_empty;
    std::size_t const forms = has_empty || has_none ? 2 : 1;
    for (std::size_t own_id = 0; own_id < (history ? 2U : 1U); ++own_id) {
        for (std::size_t form = 0; form < forms; ++form) {
            for (std::size_t i = 0; i < duration_count; ++i) {
                bool const is_v2s_own = own_id + form + i == 0 && *algorithm == rules_->algorithm;
                if (is_v2s_own && !writer.changed()) continue; // just failed
                variant how = v2;
                if (own_id == 1) {
                    how.id_json = writer.id_json();
                    how.id = writer.id();
                }
                how.duration = durations[i];
                if (form == 1) how.form = other_form;
                if (matches(writer, line, how, stored, *algorithm)) return true;
            }
        }
    }
    return false;
}

} // namespace pryv_export::convert
