#include "convert/collections_support.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>
#include <random>

namespace {

using pryv_export::convert::convert_streams;
using pryv_export::convert::rules;
using test::batch;
using test::doc;
using test::output;
using test::rule;

struct stream
{
    std::string id;
    std::optional<std::string> parent;
    std::optional<std::string> name;
    bool deleted = false;
};

doc document_of(const stream& from)
{
    doc document;
    document.raw(0x07, "_id", test::bytes(12, 7));
    if (from.name) document.text("name", *from.name);
    if (from.parent) document.text("parentId", *from.parent);
    if (from.deleted)
        document.f64("deleted", 1675012960.5);
    else
        document.null("deleted");
    document.text("streamId", from.id).text("userId", "u_0");
    return document;
}

output convert(const std::vector<stream>& streams)
{
    batch all;
    for (auto const& each : streams) all.add(document_of(each));
    output out;
    convert_streams(all.records(), rules{}, out);
    BOOST_TEST(test::is_consistent(out, streams.size()));
    return out;
}

/// "id<parent:name" of each line.
std::string shape_of(const output& out)
{
    std::vector<std::string> shape;
    for (auto const& line : test::objects_of(out.lines)) {
        std::string text{line.at("id").as_string()};
        if (line.contains("parentId"))
            text += "<" + (line.at("parentId").is_null() ? std::string{"-"}
                                                         : std::string{line.at("parentId").as_string()});
        if (line.contains("name")) text += ":" + std::string{line.at("name").as_string()};
        shape.push_back(text);
    }
    return test::join(shape);
}

/// v2's import on PostgreSQL (docs/v2-archive.md 5 "streams"). Empty when nothing aborts or is rooted
/// wrongly.
std::string import_problem(const output& out)
{
    static const std::set<std::string_view> known{
        "id",      "name",      "parentId", "clientData", "singleActivity", "trashed",
        "created", "createdBy", "modified", "modifiedBy", "deleted"};
    std::map<std::string, std::string> paths;
    std::set<std::string> all_paths;
    std::set<std::pair<std::string, std::string>> siblings;
    for (auto const& line : test::objects_of(out.lines)) {
        for (auto const& member : line)
            if (!known.contains(std::string_view{member.key()}))
                return "unknown key " + std::string{member.key()};
        std::string const id{line.at("id").as_string()};
        bool const deleted = line.contains("deleted") && !line.at("deleted").is_null();
        std::string path = id + "/";
        if (!deleted && line.contains("parentId") && !line.at("parentId").is_null()) {
            std::string const parent{line.at("parentId").as_string()};
            if (!paths.contains(parent)) return "parent after child: " + id;
            path.insert(0, paths[parent]);
            if (line.contains("name") &&
                !siblings.emplace(parent, std::string{line.at("name").as_string()}).second)
                return "same name: " + id;
        }
        if (path.size() > 2600) return "path too long: " + id;
        if (paths.contains(id)) return "same id: " + id;
        if (!all_paths.insert(path).second) return "same path: " + path;
        if (!deleted)
            paths[id] = path;
        else
            paths[id] = "";
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_conversion)

BOOST_AUTO_TEST_CASE(writes_a_stream_as_v1_had_it)
{
    batch all;
    all.add(doc{}
                .raw(0x07, "_id", test::bytes(12, 7))
                .text("name", "Root Stream 1")
                .null("parentId")
                .object("clientData", doc{}.text("stringProp", "O Brother").i32("numberProp", 1))
                .f64("created", 1675099360.817)
                .text("createdBy", "test")
                .null("deleted")
                .text("streamId", "s_1")
                .text("userId", "u_0")
                .array("children", doc{}));
    output out;
    convert_streams(all.records(), rules{}, out);
    BOOST_TEST(out.lines.view() ==
               "{\"id\":\"s_1\",\"name\":\"Root Stream "
               "1\",\"parentId\":null,\"clientData\":{\"stringProp\":\"O Brother\","
               "\"numberProp\":1},\"created\":1675099360.817,\"createdBy\":\"test\",\"deleted\":null}\n");
    BOOST_TEST(out.counts.written == 1U);
    BOOST_TEST(out.extra.empty());
    BOOST_TEST(out.notes.empty());
}

BOOST_AUTO_TEST_CASE(shapes)
{
    struct row
    {
        std::string_view name;
        std::vector<stream> streams;
        std::string shape;
        std::string kept;
    };
    std::string const long_id(1300, 'l');
    std::vector<row> const rows{
        {"nothing", {}, "", ""},
        {"parents first stays as stored",
         {{"a", {}, "A"}, {"c", {}, "C"}, {"b", "a", "B"}},
         "a:A c:C b<a:B",
         ""},
        {"a child waits for its parent",
         {{"b", "a", "B"}, {"c", {}, "C"}, {"a", {}, "A"}},
         "c:C a:A b<a:B",
         ""},
        {"children that waited keep their order",
         {{"d", "b", {}}, {"c", "a", {}}, {"b", "a", {}}, {"a", {}, {}}, {"e", {}, {}}},
         "a c<a b<a d<b e",
         ""},
        {"deleted ones last, bare", {{"x", {}, {}, true}, {"a", {}, "A"}}, "a:A x", ""},
        {"a deleted one with more to say",
         {{"x", "a", "X", true}, {"a", {}, "A"}},
         "a:A x",
         "no-place-in-v2 x"},
        {"missing parent", {{"a", "gone", "A"}}, "a<-:A", "orphan-stream a"},
        {"deleted parent", {{"p", {}, {}, true}, {"a", "p", "A"}}, "a<-:A p", "orphan-stream a"},
        {"own parent", {{"a", "a", "A"}}, "a<-:A", "orphan-stream a"},
        {"a cycle is cut at the first stored",
         {{"t", "b", {}}, {"b", "c", {}}, {"c", "a", {}}, {"a", "b", {}}},
         "b<- t<b a<b c<a",
         "orphan-stream b"},
        {"same name under one parent",
         {{"p", {}, {}}, {"a", "p", "N"}, {"b", "p", "N"}, {"c", "p", "N"}},
         "p a<p:N b<p:N (2) c<p:N (3)",
         "renamed-stream b renamed-stream c"},
        {"a number that a sibling has is passed over",
         {{"p", {}, {}}, {"a", "p", "N"}, {"b", "p", "N"}, {"c", "p", "N (2)"}},
         "p a<p:N b<p:N (3) c<p:N (2)",
         "renamed-stream b"},
        {"a given name counts",
         {{"p", {}, {}},
          {"a", "p", "N"},
          {"b", "p", "N"},
          {"c", "p", "N (3)"},
          {"d", "p", "N"},
          {"e", "p", "N (3)"}},
         "p a<p:N b<p:N (2) c<p:N (3) d<p:N (4) e<p:N (3) (2)",
         "renamed-stream b renamed-stream d renamed-stream e"},
        {"roots may share a name", {{"a", {}, "N"}, {"b", {}, "N"}}, "a:N b:N", ""},
        {"orphans may share a name",
         {{"a", "gone", "N"}, {"b", "gone", "N"}},
         "a<-:N b<-:N",
         "orphan-stream a orphan-stream b"},
        {"a deleted sibling has no name",
         {{"p", {}, {}}, {"a", "p", "N", true}, {"b", "p", "N"}},
         "p b<p:N a",
         "no-place-in-v2 a"},
        {"names that become one",
         {{"p", {}, {}}, {"a", "p", "N\xff"}, {"b", "p", "N\xef\xbf\xbd"}},
         "p a<p:N\xef\xbf\xbd b<p:N\xef\xbf\xbd (2)",
         "utf8 a renamed-stream b"},
        {"ids that become one",
         {{"a\xff", {}, "A"}, {"a\xfe", {}, "B"}},
         "a\xef\xbf\xbd:A",
         "utf8 a\xef\xbf\xbd duplicate-id a\xef\xbf\xbd"},
        {"the first of an id",
         {{"a", {}, "A"}, {"a", {}, "B"}, {"b", "a", "C"}},
         "a:A b<a:C",
         "duplicate-id a"},
        {"a live one before a deleted one", {{"a", {}, {}, true}, {"a", {}, "B"}}, "a:B", "duplicate-id a"},
        {"a path that is too long, and all below it",
         {{"a", {}, {}},
          {long_id, "a", {}},
          {long_id + "2", long_id, {}},
          {"b", long_id + "2", {}},
          {"c", long_id, {}}},
         "a " + long_id + "<a c<" + long_id,
         "path-too-long " + long_id + "2 path-too-long b"},
        {"an id that is too long, and all below it",
         {{long_id + long_id + "1", {}, {}}, {"b", long_id + long_id + "1", {}}},
         "",
         "text-too-long " + long_id + long_id + "1 path-too-long b"},
        {"children of one that is set aside go to the root",
         {{"a", {}, long_id + long_id + "1"}, {"b", "a", "B"}},
         "b<-:B",
         "text-too-long a orphan-stream b"},
        {"paths that become one",
         {{"a", {}, {}}, {"b", "a", {}}, {"a/b", {}, {}}, {"c", "a/b", {}}},
         "a b<a c<-",
         "duplicate-id a/b orphan-stream c"},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            auto const out = convert(row.streams);
            BOOST_TEST(shape_of(out) == row.shape);
            BOOST_TEST(test::join(test::kept_of(out)) == row.kept);
            BOOST_TEST(import_problem(out) == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_deleted_stream_is_bare_and_its_date_becomes_seconds)
{
    batch all;
    all.add(doc{}.text("streamId", "a").raw(0x09, "deleted", doc::number(std::int64_t{1675012960500})));
    output out;
    convert_streams(all.records(), rules{}, out);
    BOOST_TEST(out.lines.view() == "{\"id\":\"a\",\"deleted\":1675012960.5}\n");
    BOOST_TEST(out.notes.count(rule::date) == 1U);
}

BOOST_AUTO_TEST_CASE(a_strange_deleted_does_not_revive)
{
    batch all;
    all.add(doc{}.text("streamId", "a").text("name", "A").f64("modified", 12.5).boolean("deleted", false));
    output out;
    convert_streams(all.records(), rules{}, out);
    BOOST_TEST(out.lines.view() == "{\"id\":\"a\",\"deleted\":12.5}\n");
    BOOST_TEST(out.counts.changed == 1U);
    BOOST_TEST(out.extra_count == 1U);
}

BOOST_AUTO_TEST_CASE(unreadable_and_nameless_documents_end_once)
{
    auto broken = document_of({"a", {}, "A"}).done();
    broken[4] = 0x42; // a type that BSON does not know
    batch all;
    all.add(doc{}.text("streamId", "p"))
        .add(broken)
        .add(doc{}.text("name", "no id"))
        .add(doc{}.text("streamId", "b").text("parentId", "p"));
    output out;
    convert_streams(all.records(), rules{}, out);
    BOOST_TEST(test::is_consistent(out, 4));
    BOOST_TEST(out.counts.failed == 1U);
    BOOST_TEST(out.counts.set_aside == 1U);
    BOOST_TEST(test::join(test::ids_of(out)) == "p b");
    BOOST_TEST(out.notes.count(rule::unreadable) == 1U);
    BOOST_TEST(out.notes.count(rule::unusable_id) == 1U);
    BOOST_TEST(out.extra_count == 2U);
}

BOOST_AUTO_TEST_CASE(a_parent_that_breaks_inside_leaves_its_children_at_the_root)
{
    doc inside;
    inside.raw(0x42, "x", {});
    batch all;
    all.add(doc{}.text("streamId", "p").object("clientData", inside)).add(document_of({"b", "p", "B"}));
    output out;
    convert_streams(all.records(), rules{}, out);
    BOOST_TEST(test::is_consistent(out, 2));
    BOOST_TEST(shape_of(out) == "b<-:B");
    BOOST_TEST(out.counts.failed == 1U);
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_kept_outside)
{
    batch all;
    all.add(doc{}.text("streamId", "a").text("name", "A").text("path", "x/a/"));
    output out;
    convert_streams(all.records(), rules{}, out);
    BOOST_TEST(out.lines.view() == "{\"id\":\"a\",\"name\":\"A\"}\n");
    BOOST_TEST(test::join(test::kept_of(out)) == "unknown-key a");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_set_aside)
{
    rules configuration;
    configuration.line_bytes = 100;
    batch all;
    all.add(doc{}.text("streamId", "a").object("clientData", doc{}.text("x", std::string(100, 'x'))));
    output out;
    convert_streams(all.records(), configuration, out);
    BOOST_TEST(out.lines.empty());
    BOOST_TEST(test::join(test::kept_of(out)) == "line-too-long a");
}

BOOST_AUTO_TEST_CASE(deep_chains_need_no_stack)
{
    constexpr int depth = 100000;
    std::vector<stream> streams;
    for (int i = depth; i > 0; --i) streams.push_back({std::to_string(i), std::to_string(i - 1), {}});
    streams.push_back({"0", {}, "root"});
    auto const out = convert(streams);
    BOOST_TEST(import_problem(out) == "");
    BOOST_TEST(out.notes.count(rule::path_too_long) + out.line_count == streams.size());
    BOOST_TEST(out.line_count > 500U);
}

BOOST_AUTO_TEST_CASE(many_siblings_of_one_name)
{
    std::vector<stream> streams{{"p", {}, {}}};
    for (int i = 0; i < 20000; ++i) streams.push_back({"s" + std::to_string(i), "p", "N"});
    auto const out = convert(streams);
    BOOST_TEST(import_problem(out) == "");
    BOOST_TEST(out.notes.count(rule::renamed_stream) == 19999U);
}

BOOST_AUTO_TEST_CASE(any_forest_restores)
{
    std::mt19937 random{20210};
    auto const below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    for (int round = 0; round < 3000; ++round) {
        unsigned const size = 1 + below(40);
        std::string const stem = below(8) == 0 ? std::string(700, 'x') : std::string{};
        auto const some_id = [&] {
            return below(20) == 0 ? "1/" + std::to_string(below(5)) : stem + std::to_string(below(size + 3));
        };
        std::vector<stream> streams;
        batch all;
        for (unsigned i = 0; i < size; ++i) {
            stream each{some_id(), {}, {}, below(6) == 0};
            if (below(5) != 0) each.parent = some_id();
            if (below(6) != 0)
                each.name = std::vector<std::string>{"a", "b", "a (2)", "a (3)", "c"}[below(5)];
            streams.push_back(each);
            all.add(document_of(each).i32("created", static_cast<std::int32_t>(i)));
        }
        BOOST_TEST_CONTEXT("round " << round)
        {
            output out;
            convert_streams(all.records(), rules{}, out);
            BOOST_TEST(test::is_consistent(out, size));
            BOOST_TEST(import_problem(out) == "");
            // Each stream is in a line, or whole under extra, or both.
            std::multiset<std::int64_t> seen;
            std::set<std::int64_t> kept;
            for (auto const& line : test::objects_of(out.lines))
                if (line.contains("created")) seen.insert(line.at("created").as_int64());
            for (auto const& line : test::objects_of(out.extra)) {
                auto const mark = line.at("record").at("created").as_int64();
                BOOST_TEST(kept.insert(mark).second);
                if (!seen.contains(mark)) seen.insert(mark);
            }
            BOOST_TEST(seen.size() == size);
            BOOST_TEST(std::set<std::int64_t>(seen.begin(), seen.end()).size() == size);

            output again;
            convert_streams(all.records(), rules{}, again);
            BOOST_TEST((again.lines.view() == out.lines.view() && again.extra.view() == out.extra.view()));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
