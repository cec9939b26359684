#include "events.hpp"

#include "pryv_export/convert/events.hpp"

#include "bson_builder.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <random>
#include <stdexcept>

namespace micro {

using namespace pryv_export;

namespace {

constexpr std::string_view hash_prefix = "EVENT:0:sha256-";
constexpr std::size_t hash_size = hash_prefix.size() + 44;

class event_maker
{
public:
    void add(std::vector<std::uint8_t>& out, std::size_t user)
    {
        static constexpr std::array<std::string_view, 5> types{"mass/kg", "note/txt", "temperature/c",
                                                               "count/steps", "position/wgs84"};
        auto const kind = below(5);
        std::string const id = fmt::format("c{:024}", ++number_);
        std::string const author = fmt::format("cauthor{:018}", below(9));
        double const time = static_cast<double>(1500000000000 + number_ * 60000 + below(60000)) / 1000;
        bson_builder event{out};
        event.text("_id", id);
        {
            bson_builder streams = event.array("streamIds");
            streams.text("0", fmt::format("stream-{}", below(40)));
            if (below(3) == 0) streams.text("1", "diary");
        }
        event.text("type", types[kind]);
        add_content(event, kind);
        for (auto const* const key : {"time", "endTime", "created", "modified"}) event.real(key, time);
        event.text("createdBy", author);
        event.text("modifiedBy", author);
        event.text("integrity", std::string{hash_prefix} + std::string(43, 'A') + "=");
        event.boolean("trashed", false);
        for (auto const* const key : {"deleted", "description", "clientData", "attachments"}) event.null(key);
        event.text("userId", fmt::format("cuser{:020}", user));
    }

private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

    void add_content(bson_builder& event, unsigned kind)
    {
        switch (kind) {
        case 0: event.real("content", 60 + static_cast<double>(below(400)) / 10); break;
        case 1:
            event.text("content", "Went for a \"walk\" around the lake,\n7 km, d\xc3\xa9"
                                  "but de soir\xc3\xa9"
                                  "e");
            break;
        case 2: event.real("content", 36 + static_cast<double>(below(30)) / 10); break;
        case 3: event.int32("content", static_cast<std::int32_t>(below(20000))); break;
        default: {
            bson_builder position = event.object("content");
            position.real("latitude", 46 + static_cast<double>(random_()) / 1.9e19);
            position.real("longitude", 6 + static_cast<double>(random_()) / 1.9e19);
            position.int32("altitude", static_cast<std::int32_t>(below(3000)));
        }
        }
    }

    std::mt19937_64 random_{1};
    std::int64_t number_ = 0;
};

void find_records(events& in)
{
    for (std::size_t at = 0; at < in.bytes.size();) {
        auto const length = static_cast<std::size_t>(format::load_i32(in.bytes.data() + at));
        in.records.push_back({{in.bytes.data() + at, length}, at});
        at += length;
    }
}

/// Converting an event tells the hash that it should have.
void set_hashes(events& in)
{
    convert::event_converter const converter{convert::rules{}};
    convert::event_batch out;
    for (convert::record const& each : in.records) {
        converter.convert({&each, 1}, {}, false, out);
        std::string_view const line = out.out.lines.view();
        std::string_view const hash = line.substr(line.find(hash_prefix), hash_size);
        std::string_view const bytes{reinterpret_cast<const char*>(each.bson.data()), each.bson.size()};
        std::memcpy(in.bytes.data() + each.position + bytes.find(hash_prefix), hash.data(), hash.size());
    }
    converter.convert(in.records, {}, false, out);
    if (out.out.counts.written != in.records.size()) throw std::logic_error{"the events are not clean"};
}

} // namespace

events make_events(std::size_t count, std::size_t users)
{
    events made;
    event_maker maker;
    made.bytes.reserve(count * 600);
    for (std::size_t i = 0; i < count; ++i) maker.add(made.bytes, i % users);
    find_records(made);
    set_hashes(made);
    return made;
}

} // namespace micro
