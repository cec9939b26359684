#include "../../src/export/register_rows.hpp"

#include "../../src/export/register_writer.hpp"
#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::exporting {

using source::redis_kind;
using source::register_batch;
using source::register_kind;
using source::register_outcome;

namespace {

/// Keys and values as the reader hands them over.
class batch_builder
{
public:
    batch_builder& text(std::string_view key, std::string_view value)
    {
        std::size_t const at = batch_.values.size();
        batch_.values.add_text(redis_kind::text, value);
        return entry(key, at, register_outcome::found);
    }
    batch_builder& array(std::string_view key, std::initializer_list<std::string_view> texts,
                         register_outcome outcome = register_outcome::found, std::string type = {})
    {
        std::size_t const at = batch_.values.size();
        batch_.values.add(redis_kind::array, static_cast<std::uint32_t>(texts.size()));
        for (std::string_view const each : texts) batch_.values.add_text(redis_kind::text, each);
        return entry(key, at, outcome, std::move(type));
    }
    batch_builder& without(std::string_view key, register_outcome outcome, std::string type = {})
    {
        return entry(key, register_batch::none, outcome, std::move(type));
    }
    const register_batch& done() const { return batch_; }

private:
    batch_builder& entry(std::string_view key, std::size_t value, register_outcome outcome,
                         std::string type = {})
    {
        std::size_t const at = batch_.values.size();
        batch_.values.add_text(redis_kind::text, key);
        batch_.entries.push_back({at, value, outcome, std::move(type)});
        return *this;
    }
    register_batch batch_;
};

/// The files of one export.
struct written
{
    explicit written(const register_batch& batch)
    {
        archive::sorted_spool rows{folder.path()};
        archive::sorted_spool others{folder.path()};
        put_rows(batch, rows);
        std::atomic<bool> const stopping{false};
        register_writer writer{folder.path(), {.gzip = false, .level = 0}, stopping, report};
        writer.write(rows, others);
    }
    std::string file(std::string_view name) const { return folder.read(std::string{name} + ".jsonl"); }

    testing::temporary_folder folder;
    register_report report;
};

} // namespace

BOOST_AUTO_TEST_SUITE(register_rows)

BOOST_AUTO_TEST_CASE(each_kind_has_its_file_sorted_by_key)
{
    written const out{batch_builder{}
                          .array("bob:users", {"username", "bob", "id", "c2", "language", "en"})
                          .array("ada:users", {"id", "c1"})
                          .text("bob:server", "co2.example.com")
                          .text("ada:server", "co1.example.com")
                          .text("a@b.c:email", "ada")
                          .array("xyz:invitation", {"createdBy", "admin", "createdAt", "15"})
                          .text("7:5:insurance", "ada")
                          .array("ada:inactive:email", {"new@b.c", "old@b.c"})
                          .array("reservedwords:list", {"root", "admin"})
                          .without("x:access", register_outcome::excluded)
                          .done()};
    BOOST_TEST(out.file("users") == "{\"username\":\"ada\",\"id\":\"c1\"}\n"
                                    "{\"username\":\"bob\",\"id\":\"c2\",\"language\":\"en\"}\n");
    BOOST_TEST(out.file("servers") == "{\"username\":\"ada\",\"server\":\"co1.example.com\"}\n"
                                      "{\"username\":\"bob\",\"server\":\"co2.example.com\"}\n");
    BOOST_TEST(out.file("emails") == "{\"email\":\"a@b.c\",\"username\":\"ada\"}\n");
    BOOST_TEST(out.file("invitations") ==
               "{\"token\":\"xyz\",\"createdAt\":\"15\",\"createdBy\":\"admin\"}\n");
    BOOST_TEST(out.file("unique") == "{\"field\":\"insurance\",\"value\":\"7:5\",\"username\":\"ada\"}\n");
    BOOST_TEST(out.file("inactive") == "{\"username\":\"ada\",\"field\":\"email\",\"value\":\"new@b.c\"}\n"
                                       "{\"username\":\"ada\",\"field\":\"email\",\"value\":\"old@b.c\"}\n");
    BOOST_TEST(out.file("reserved") == "{\"word\":\"admin\"}\n{\"word\":\"root\"}\n");
    BOOST_TEST(!std::filesystem::exists(out.folder / "other.jsonl"));
    BOOST_TEST(out.report.of(register_kind::access).excluded == 1U);
    BOOST_TEST(out.report.rows_of(register_file::inactive) == 2U);
    BOOST_TEST(out.report.keys() == 10U);
    BOOST_TEST(out.report.complete());
}

BOOST_AUTO_TEST_CASE(files_of_the_node_tool_are_there_without_rows_too)
{
    written const out{batch_builder{}.done()};
    for (auto const* const name : {"users", "servers", "emails", "invitations"})
        BOOST_TEST(std::filesystem::exists(out.folder / (std::string{name} + ".jsonl")), name);
    BOOST_TEST(!std::filesystem::exists(out.folder / "unique.jsonl"));
}

BOOST_AUTO_TEST_CASE(a_key_that_comes_twice_counts_once)
{
    written const out{batch_builder{}
                          .text("a:server", "one")
                          .without("a:server", register_outcome::vanished)
                          .text("b:server", "old")
                          .text("b:server", "new")
                          .without("c:server", register_outcome::vanished)
                          .without("c:server", register_outcome::vanished)
                          .done()};
    BOOST_TEST(out.file("servers") == "{\"username\":\"a\",\"server\":\"one\"}\n"
                                      "{\"username\":\"b\",\"server\":\"new\"}\n");
    BOOST_TEST(out.report.of(register_kind::server).found == 2U);
    BOOST_TEST(out.report.of(register_kind::server).vanished == 1U);
}

BOOST_AUTO_TEST_CASE(the_fixture_account_is_left_out_with_all_its_rows)
{
    written const out{batch_builder{}
                          .text("wactiv@pryv.io:email", "wactiv")
                          .text("wactiv:server", "pryv.io")
                          .array("wactiv:users", {"id", "0", "username", "wactiv"})
                          .text("zoe:server", "co1")
                          .done()};
    BOOST_TEST(out.file("users").empty());
    BOOST_TEST(out.file("emails").empty());
    BOOST_TEST(out.file("servers") == "{\"username\":\"zoe\",\"server\":\"co1\"}\n");
    BOOST_TEST(out.report.fixture == 3U);
    std::vector<std::string> const left_out{"wactiv:users", "wactiv:server", "wactiv@pryv.io:email"};
    BOOST_TEST(out.report.of(register_finding::fixture).examples == left_out,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stale_legacy_row_does_not_make_a_user_the_fixture)
{
    written const out{batch_builder{}
                          .text("bob:infos", R"({"id":"0"})")
                          .array("bob:users", {"id", "c2"})
                          .text("bob:server", "co1")
                          .text("b@b.c:email", "bob")
                          .text("old:infos", R"({"id":"0"})")
                          .text("old:server", "co1")
                          .done()};
    BOOST_TEST(out.file("users") == "{\"username\":\"bob\",\"id\":\"c2\"}\n");
    BOOST_TEST(out.file("servers") == "{\"username\":\"bob\",\"server\":\"co1\"}\n");
    BOOST_TEST(out.file("emails") == "{\"email\":\"b@b.c\",\"username\":\"bob\"}\n");
    BOOST_TEST(out.report.legacy_superseded == 1U);
    BOOST_TEST(out.report.fixture == 2U);
}

BOOST_AUTO_TEST_CASE(numbers_that_are_no_json_are_kept_as_they_were)
{
    written const out{batch_builder{}.text("ada:infos", R"({"a":[{"b":1e400}]})").done()};
    BOOST_TEST(out.file("users").empty());
    BOOST_TEST(out.file("other") == R"({"key":"ada:infos","type":"string","value":"{\"a\":[{\"b\":1e400}]}"})"
                                    "\n");
    BOOST_TEST(out.report.of(register_finding::broken_infos).count == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_only_called_like_a_reservation_is_exported)
{
    written const out{batch_builder{}
                          .text("my-reservations:phone", "carol")
                          .array("my-reservations:users", {"id", "c3"})
                          .without("ref-reservations:x:users", register_outcome::excluded)
                          .without("email-reservations:a@b.c", register_outcome::excluded)
                          .done()};
    BOOST_TEST(out.file("unique") ==
               "{\"field\":\"phone\",\"value\":\"my-reservations\",\"username\":\"carol\"}\n");
    BOOST_TEST(out.file("users") == "{\"username\":\"my-reservations\",\"id\":\"c3\"}\n");
    BOOST_TEST(out.report.of(register_kind::reservation).excluded == 2U);
    BOOST_TEST(out.report.of(register_finding::ambiguous).count == 3U);
    BOOST_TEST(out.report.keys() == 4U);
}

BOOST_AUTO_TEST_CASE(a_legacy_row_counts_where_there_is_no_newer_one)
{
    written const out{batch_builder{}
                          .text("ada:infos", R"({"email":"old@b.c","id":"c1"})")
                          .array("ada:users", {"id", "c1"})
                          .text("bob:infos", R"({"email":"b@b.c","id":"c2"})")
                          .text("eve:infos", "no json")
                          .done()};
    BOOST_TEST(out.file("users") == "{\"username\":\"ada\",\"id\":\"c1\"}\n"
                                    "{\"username\":\"bob\",\"email\":\"b@b.c\",\"id\":\"c2\"}\n");
    BOOST_TEST(out.file("other") == "{\"key\":\"eve:infos\",\"type\":\"string\",\"value\":\"no json\"}\n");
    BOOST_TEST(out.report.legacy_superseded == 1U);
    BOOST_TEST(out.report.of(register_finding::broken_infos).count == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_no_part_of_the_register_is_kept_as_evidence)
{
    written const out{batch_builder{}
                          .array("z", {"b", "a"}, register_outcome::unknown, "set")
                          .array("x:users", {"one", "two"}, register_outcome::wrong_type, "list")
                          .array("y:server", {"f2", "v2", "f1", "v1"}, register_outcome::wrong_type, "hash")
                          .without("s:email", register_outcome::wrong_type, "stream")
                          .without("big:users", register_outcome::too_large)
                          .done()};
    BOOST_TEST(out.file("other") ==
               "{\"key\":\"s:email\",\"type\":\"stream\"}\n"
               "{\"key\":\"x:users\",\"type\":\"list\",\"value\":[\"one\",\"two\"]}\n"
               "{\"key\":\"y:server\",\"type\":\"hash\",\"value\":{\"f1\":\"v1\",\"f2\":\"v2\"}}\n"
               "{\"key\":\"z\",\"type\":\"set\",\"value\":[\"a\",\"b\"]}\n");
    BOOST_TEST(out.report.of(register_finding::wrong_type).count == 3U);
    BOOST_TEST(out.report.of(register_finding::unknown_key).count == 1U);
    BOOST_TEST(out.report.of(register_finding::unreadable).count == 1U);
    BOOST_TEST(out.report.of(register_finding::too_large).examples.front() == "big:users");
    BOOST_TEST(!out.report.complete());
}

BOOST_AUTO_TEST_CASE(a_value_that_cannot_be_read_is_missing)
{
    written const out{batch_builder{}.without("s", register_outcome::unknown, "stream").done()};
    BOOST_TEST(!out.report.complete());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_replaced_and_named)
{
    written const out{batch_builder{}
                          .array("ada:users", {"name", "a\xff\xe2\x82z", "quote", "\"\n\x01"})
                          .text("b\xc3:server", "co1")
                          .text("c:server", "")
                          .array("eve:users", {"username", "Eve"})
                          .done()};
    BOOST_TEST(out.file("users") ==
               "{\"username\":\"ada\",\"name\":\"a\xef\xbf\xbd\xef\xbf\xbdz\",\"quote\":\"\\\"\\n\\u0001\"}\n"
               "{\"username\":\"Eve\"}\n");
    BOOST_TEST(out.file("servers") == "{\"username\":\"b\xef\xbf\xbd\",\"server\":\"co1\"}\n");
    auto const& replaced = out.report.of(register_finding::invalid_utf8);
    BOOST_TEST(replaced.count == 2U);
    BOOST_TEST(replaced.examples.back() == "b\\xc3:server");
    BOOST_TEST(out.report.of(register_finding::empty_value).count == 1U);
    BOOST_TEST(out.report.of(register_finding::other_name).count == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::exporting
