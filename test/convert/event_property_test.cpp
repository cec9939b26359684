#include "convert/event_support.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <random>
#include <set>

using namespace test;

BOOST_AUTO_TEST_SUITE(event_properties)

const std::set<std::string, std::less<>> whitelist{
    "id",      "headId",  "streamIds",   "time",       "endTime",     "type",
    "tags",    "content", "description", "clientData", "attachments", "integrity",
    "trashed", "created", "createdBy",   "modified",   "modifiedBy",  "deleted"};

/// Events whose members are of random types, names and order, some known to v2 and some not.
class random_events
{
public:
    explicit random_events(std::uint64_t seed) : random_{seed}, documents_{seed + 1} {}

    bytes next(std::size_t number)
    {
        doc event;
        if (below(20) != 0) event.text("_id", "c" + std::to_string(number));
        for (unsigned n = below(14); n > 0; --n) member(event);
        bytes document = event.done();
        if (below(15) == 0) document[4 + below(static_cast<unsigned>(document.size()) - 4)] ^= 0x41;
        return document;
    }

private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

    void member(doc& event)
    {
        static const char* const names[] = {
            "streamIds",   "time",       "endTime",     "type",         "tags",    "content",
            "description", "clientData", "attachments", "integrity",    "trashed", "created",
            "createdBy",   "modified",   "modifiedBy",  "deleted",      "headId",  "duration",
            "streamId",    "color",      "userId",      "email__unique"};
        std::string_view const name = names[below(std::size(names))];
        if (below(3) != 0) return usual(event, name);
        switch (below(9)) {
        case 0: event.null(name); return;
        case 1: event.f64(name, std::numeric_limits<double>::quiet_NaN()); return;
        case 2: event.text(name, std::string_view{"a\0\xff\xc2\xad", 5}); return;
        case 3: event.object(name, documents_.document()); return;
        case 4: event.array(name, documents_.document()); return;
        case 5: event.i64(name, static_cast<std::int64_t>(random_())); return;
        case 6: event.raw(0x09, name, doc::number(static_cast<std::int64_t>(below(100000)))); return;
        case 7: event.boolean(name, below(2) != 0); return;
        default: event.text(name, std::to_string(below(1000))); return;
        }
    }

    void usual(doc& event, std::string_view name)
    {
        static const char* const streams[] = {"diary", ":system:email", ":_system:active",
                                              ":_system:language", ".email"};
        if (name == "streamIds") {
            doc list;
            for (unsigned i = 0; i < 1 + below(3); ++i)
                list.text(std::to_string(i), streams[below(std::size(streams))]);
            event.array(name, list);
        } else if (name == "attachments") {
            event.array(name, doc{}.object("0", doc{}.text("id", "f").i32("size", 3)));
        } else if (name == "time" || name == "endTime" || name == "created" || name == "modified") {
            event.f64(name, 1.6e9 + below(1000000) / 1000.0);
        } else if (name == "content" || name == "clientData") {
            event.object(name, documents_.document());
        } else {
            event.text(name, "text");
        }
    }

    std::mt19937_64 random_;
    random_documents documents_;
};

void check_line(const std::string& text)
{
    auto const line = parse_json(text).as_object();
    for (auto const& member : line) BOOST_TEST(whitelist.contains(std::string{member.key()}));
    BOOST_TEST(text.starts_with("{\"id\":\""));
    BOOST_TEST(text.find('\0') == std::string::npos);
    BOOST_TEST(text.find("\\u0000") == std::string::npos);
    BOOST_TEST_CONTEXT(text) BOOST_TEST(std::string{line.at("integrity").as_string()} == slow_hash(text));
}

BOOST_AUTO_TEST_CASE(every_record_ends_in_exactly_one_way)
{
    random_events events{7};
    for (std::size_t round = 0; round < 200; ++round) {
        std::vector<bytes> documents;
        for (std::size_t i = 0; i < 50; ++i) documents.push_back(events.next(i));
        auto const got = convert_events(documents);
        auto const& counts = got.out().counts;
        BOOST_TEST(counts.source == documents.size());
        BOOST_TEST(counts.adds_up());
        auto const placed =
            got.lines.size() + got.history.size() + counts.account_fields + counts.set_aside + counts.failed;
        BOOST_TEST(placed == documents.size());
        BOOST_TEST(got.lines.size() == got.out().line_count);
        BOOST_TEST(got.history.size() == got.batch.history_count);
        BOOST_TEST(got.extra.size() == got.out().extra_count);
        BOOST_TEST(got.batch.id_hashes.size() == documents.size());
        for (auto const& line : got.lines) check_line(line);
        for (auto const& line : got.history) check_line(line);
    }
}

BOOST_AUTO_TEST_CASE(the_same_input_gives_the_same_bytes)
{
    random_events events{11};
    std::vector<bytes> documents;
    for (std::size_t i = 0; i < 300; ++i) documents.push_back(events.next(i));
    auto const whole = convert_events(documents);
    std::string lines;
    std::string extra;
    for (auto const& each : documents) {
        auto const one = convert_events({each});
        lines += one.out().lines.view();
        extra += one.out().extra.view();
    }
    BOOST_TEST((whole.out().lines.view() == lines));
    // Positions of failures are in the notes, not in extra.
    BOOST_TEST((whole.out().extra.view() == extra));
}

BOOST_AUTO_TEST_SUITE_END()
