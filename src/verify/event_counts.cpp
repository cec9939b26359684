#include "event_counts.hpp"

#include "record_schema.hpp"

#include <algorithm>

namespace pryv_export::verify {

namespace {

void widen(event_counts& counts, double time)
{
    counts.first_time = std::min(counts.first_time.value_or(time), time);
    counts.last_time = std::max(counts.last_time.value_or(time), time);
}

class event_counter final : public record_checker
{
public:
    event_counter(event_counts& out, std::string_view stream, std::string_view type)
        : out_{out}, stream_{stream}, type_{type}
    {
    }

    void record(json_value event, std::uint64_t) override
    {
        members_.load(event);
        std::string_view const type = members_.text(event_type, scratch_);
        if ((!type_.empty() && type != type_) || !is_wanted()) return;
        if (members_.has_value(event_head_id)) {
            ++out_.history;
        } else if (members_.has_value(event_deleted)) {
            ++out_.deleted;
        } else {
            ++out_.events;
            ++out_.types[std::string{type}];
            for (const std::string& each : streams_) ++out_.streams[each];
            json_value const trashed = members_[event_trashed];
            out_.trashed += trashed && trashed.is(json_kind::yes);
            json_value const time = members_[event_time];
            if (time && time.is(json_kind::number))
                note_time(time.number());
            else
                out_.times.add_undated();
        }
    }

private:
    void note_time(double time)
    {
        widen(out_, time);
        out_.times.add(time);
    }

    /// Takes the event's streams, and says whether the wanted one is among them.
    bool is_wanted()
    {
        streams_.clear();
        json_value const ids = members_[event_stream_ids];
        if (ids && ids.is(json_kind::array)) {
            ids.each_item([&](json_value id) {
                if (id.is(json_kind::string)) streams_.push_back(id.string());
            });
        }
        return stream_.empty() || std::find(streams_.begin(), streams_.end(), stream_) != streams_.end();
    }

    event_counts& out_;
    std::string_view stream_;
    std::string_view type_;
    record_members members_{event_schema};
    std::string scratch_;
    std::vector<std::string> streams_;
};

} // namespace

void event_counts::add(const event_counts& other)
{
    events += other.events;
    history += other.history;
    deleted += other.deleted;
    trashed += other.trashed;
    times += other.times;
    if (other.first_time) widen(*this, *other.first_time);
    if (other.last_time) widen(*this, *other.last_time);
    for (const auto& [name, count] : other.types) types[name] += count;
    for (const auto& [name, count] : other.streams) streams[name] += count;
}

event_counts count_events_of(archive_files& files, const manifest_user& user, std::string_view stream,
                             std::string_view type)
{
    event_counts counts;
    event_counter counter{counts, stream, type};
    for (const std::string& name : files.record_files("events", &user)) files.read_records(name, counter);
    return counts;
}

} // namespace pryv_export::verify
