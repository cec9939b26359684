#include "pryv_export/convert/events.hpp"

#include "convert/events_account.hpp"
#include "convert/events_attachments.hpp"
#include "convert/events_integrity.hpp"
#include "convert/events_schema.hpp"
#include "convert/id_hash.hpp"
#include "convert/member_text.hpp"
#include "convert/record_writer.hpp"

#include <algorithm>
#include <cmath>

namespace pryv_export::convert {

using format::bson_element;
using format::bson_type;

namespace {

using field_of = event_field;

/// Converts the records of one batch.
class event_run
{
public:
    event_run(const rules& configuration, const stream_classifier& classifier, event_batch& out,
              record_writer& writer, event_integrity& integrity, stream_roles& roles)
        : limits_{configuration}, classifier_{classifier}, out_{out}, writer_{writer}, integrity_{integrity},
          roles_{roles}
    {
    }

    /// index  of the record in the batch
    void convert(const record& which, std::uint32_t index, bool is_duplicate,
                 std::span<const event_exceptions::rename> renames);
    /// Hash of the id of the record converted last; 0 when it had none.
    std::uint64_t id_hash() const noexcept { return id_hash_; }

private:
    void renew_stream_id();
    void renew_duration();
    void set_end(std::optional<double> time, const bson_element& duration);
    void fix_head_id();
    bool sort_account_out();
    bool is_current() const;
    void take_account_value(std::string_view field);
    account_value value_of(std::string_view field);
    void remember_past();
    std::optional<double> time_of_value() const;
    void write(std::uint32_t index, std::span<const event_exceptions::rename> renames);
    void note_time();

    line_limits limits_;
    stream_classifier classifier_;
    event_batch& out_;
    record_writer& writer_;
    event_integrity& integrity_;
    stream_roles& roles_;
    std::uint64_t id_hash_ = 0;
};

void event_run::convert(const record& which, std::uint32_t index, bool is_duplicate,
                        std::span<const event_exceptions::rename> renames)
{
    id_hash_ = 0;
    if (!writer_.read(which, out_.out)) return;
    id_hash_ = hash_id(writer_.id());
    if (is_duplicate) return writer_.set_aside(rule::duplicate_id, {}, out_.out);
    // What v1 takes as deleted stays deleted, whatever the value is.
    (void)is_deleted(writer_, field_of::deleted, field_of::modified, field_of::created);
    renew_stream_id();
    renew_duration();
    fix_head_id();
    if (sort_account_out()) write(index, renames);
}

// legacy shapes -----------------------------------------------------------------------------------

void event_run::renew_stream_id()
{
    bson_element const* const single = writer_.get(field_of::stream_id);
    if (single == nullptr) return;
    if (single->is_null()) return writer_.change(rule::legacy_stream_id, {}, true);
    if (!single->is_string()) return writer_.change(rule::odd_value, "streamId");
    if (!writer_.has_value(field_of::stream_ids)) {
        std::string const only{single->text()};
        writer_.set_texts(field_of::stream_ids, {&only, 1});
    }
    writer_.change(rule::legacy_stream_id);
}

void event_run::set_end(std::optional<double> time, const bson_element& duration)
{
    auto const length = duration.number();
    if (!time) {
        writer_.take_out(field_of::end_time);
    } else if (duration.is_null()) {
        writer_.set_null(field_of::end_time);
    } else if (length && std::isfinite(*time + *length)) {
        // The stored end is kept when it says the same: v1 computed it from this very duration.
        if (writer_.number(field_of::end_time) != *time + *length)
            writer_.set_number(field_of::end_time, *time + *length);
    }
}

void event_run::renew_duration()
{
    auto const time = writer_.number(field_of::time);
    if (bson_element const* const duration = writer_.get(field_of::duration)) {
        bson_element const stored = *duration;
        set_end(time, stored);
        bool const usable = stored.is_null() || stored.is_number();
        return writer_.change(usable ? rule::legacy_duration : rule::odd_value, "duration");
    }
    if (!time && writer_.has_value(field_of::end_time)) {
        writer_.take_out(field_of::end_time);
        return writer_.change(rule::legacy_duration, "endTime without time");
    }
    // Without an end v1 reads a moment, v2 a period that still runs.
    bool const has_end = writer_.get(field_of::end_time) != nullptr;
    if (time && !has_end && !writer_.has_value(field_of::deleted)) {
        writer_.set_number(field_of::end_time, *time);
        writer_.change(rule::legacy_duration, "no endTime", true);
    }
}

void event_run::fix_head_id()
{
    bson_element const* const head = writer_.get(field_of::head_id);
    if (head == nullptr || !head->is_string() || head->value.size() > 5) return;
    writer_.take_out(field_of::head_id);
    writer_.change(rule::odd_value, "headId is empty");
}

// account fields ----------------------------------------------------------------------------------

bool event_run::is_current() const
{
    bson_element const* const trashed = writer_.get(field_of::trashed);
    bool const is_trashed = trashed != nullptr && trashed->type == bson_type::boolean && trashed->boolean();
    return roles_.active && !writer_.has_value(field_of::head_id) && !writer_.has_value(field_of::deleted) &&
           !is_trashed;
}

std::optional<double> event_run::time_of_value() const
{
    for (std::size_t each : {field_of::time, field_of::created, field_of::modified})
        if (auto const time = writer_.number(each)) return time;
    return std::nullopt;
}

account_value event_run::value_of(std::string_view field)
{
    account_value value;
    value.field = field;
    value.value_json = "null";
    value.event_id = writer_.id();
    value.created_by = writer_.text(field_of::created_by);
    if (value.created_by.empty()) value.created_by = "system";
    if (auto const time = time_of_value()) {
        value.time = *time;
        value.has_time = true;
    }
    return value;
}

void event_run::take_account_value(std::string_view field)
{
    account_value value = value_of(field);
    format::text_buffer json;
    if (writer_.append_json(field_of::content, json)) value.value_json = json.view();
    if (field == "username")
        out_.username.push_back(std::move(value));
    else if (field == "passwordHash")
        out_.password_hash.push_back(std::move(value));
    else
        out_.account.push_back(std::move(value));
}

void event_run::remember_past()
{
    auto const time = time_of_value();
    if (!time) return;
    for (std::string_view field : roles_.fields)
        if (field != "username" && field != "passwordHash")
            out_.account_history.push_back({std::string{field}, *time});
}

/// True when the record is (still) to be written as an event.
bool event_run::sort_account_out()
{
    bson_element const* const streams = writer_.get(field_of::stream_ids);
    if (streams == nullptr || streams->type != bson_type::array ||
        !stream_classifier::has_candidate(*streams))
        return true;
    classifier_.sort_out(*streams, roles_);
    if (roles_.fields.empty()) return true;

    if (auto const error = format::validate(writer_.source().bson); error != format::bson_errc::ok) {
        writer_.fail(0, format::describe(error), out_.out);
        return false;
    }
    bool const current = is_current();
    if (current)
        for (std::string_view field : roles_.fields) take_account_value(field);
    else
        remember_past();

    if (roles_.users.empty()) {
        if (current) {
            writer_.finish(out_.out);
            ++out_.out.counts.account_fields;
        } else {
            writer_.set_aside(rule::account_history, roles_.fields.front(), out_.out);
        }
        return false;
    }
    std::string const field{roles_.fields.front()};
    if (!current) writer_.mention(rule::account_history, field);
    writer_.set_texts(field_of::stream_ids, roles_.users);
    writer_.change(rule::system_stream_split, field);
    return true;
}

// the line ----------------------------------------------------------------------------------------

void event_run::write(std::uint32_t index, std::span<const event_exceptions::rename> renames)
{
    bool const history = writer_.has_value(field_of::head_id);
    if (writer_.get(field_of::attachments) != nullptr) {
        std::string const owner{history ? writer_.text(field_of::head_id) : writer_.id()};
        list_attachments(writer_, index, owner, history, out_.attachments);
        rename_attachments(writer_, renames, owner);
    }
    format::text_buffer& lines = history ? out_.history : out_.out.lines;
    std::size_t const start = lines.size();
    integrity_.prepare(writer_);
    if (!writer_.append_line(lines, out_.out, limits_)) {
        while (!out_.attachments.empty() && out_.attachments.back().record == index)
            out_.attachments.pop_back();
        return;
    }
    integrity_.settle(writer_, history, lines, start, out_.out);
    lines.append('\n');
    ++(history ? out_.history_count : out_.out.line_count);
    if (!history && !writer_.has_value(field_of::deleted)) note_time();
    writer_.finish(out_.out);
}

void event_run::note_time()
{
    if (auto const time = writer_.number(field_of::time))
        out_.times.add(*time);
    else
        out_.times.add_undated();
}

std::vector<std::string> sorted(std::vector<std::string> names)
{
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

} // namespace

void event_batch::clear()
{
    out.clear();
    history.clear();
    history_count = 0;
    times.clear();
    attachments.clear();
    account.clear();
    account_history.clear();
    id_hashes.clear();
    username.clear();
    password_hash.clear();
}

event_converter::event_converter(rules configuration) : rules_{std::move(configuration)}
{
    sorted_fields_ = rules_.account_fields;
    for (std::string_view each : builtin_account_fields()) sorted_fields_.emplace_back(each);
    sorted_fields_ = sorted(std::move(sorted_fields_));
    sorted_other_ = sorted(rules_.other_streams);
}

void event_converter::convert(std::span<const record> records, const event_exceptions& exceptions,
                              bool want_id_hashes, event_batch& out) const
{
    thread_local record_writer writer{event_schema()};
    thread_local stream_roles roles;
    event_integrity integrity{rules_};
    stream_classifier const classifier{sorted_fields_, sorted_other_, rules_.account_known};
    out.clear();
    if (want_id_hashes) out.id_hashes.reserve(records.size());
    event_run run{rules_, classifier, out, writer, integrity, roles};
    std::vector<event_exceptions::rename> renames;
    for (std::size_t i = 0; i < records.size(); ++i) {
        auto const index = static_cast<std::uint32_t>(i);
        bool const is_duplicate =
            std::binary_search(exceptions.duplicates.begin(), exceptions.duplicates.end(), index);
        renames.clear();
        for (auto const& each : exceptions.renames)
            if (each.record == index) renames.push_back(each);
        run.convert(records[i], index, is_duplicate, renames);
        if (want_id_hashes) out.id_hashes.push_back(run.id_hash());
    }
}

} // namespace pryv_export::convert
