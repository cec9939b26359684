#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/sanitized_document.hpp"

#include "support.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>

using namespace pryv_export::format;

namespace {

struct encoding_case
{
    std::string name;
    test::bytes bson;
    std::optional<std::string> json, raw_json, lossless;
};

std::optional<std::string> optional_text(const boost::json::object& object, std::string_view key)
{
    auto const* const value = object.if_contains(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    return std::string{value->as_string()};
}

std::vector<encoding_case> all_cases()
{
    std::vector<encoding_case> cases;
    std::ifstream file{TEST_DATA_DIR "/json-encoding.cases.jsonl"};
    for (std::string line; std::getline(file, line);) {
        auto const parsed = boost::json::parse(line);
        auto const& object = parsed.as_object();
        cases.push_back({std::string{object.at("name").as_string()},
                         test::from_hex(object.at("bson_hex").as_string()), optional_text(object, "json"),
                         optional_text(object, "raw_json"), optional_text(object, "lossless")});
    }
    return cases;
}

id_fields fields_of(std::string_view name)
{
    if (name == "sanitize.both_renames") return id_fields::both;
    if (name == "sanitize.streamIds_untouched") return id_fields::none;
    if (name.starts_with("sanitize.streamId") || name == "real.stream") return id_fields::stream_id;
    if (name.starts_with("sanitize.profileId")) return id_fields::profile_id;
    return id_fields::none;
}

/// What append_document is to give: a lossless text is about the value, but in "sanitize." about the id.
std::string expected_raw(const encoding_case& c)
{
    if (c.name == "sanitize.id_long_big") return R"({"_id":9007199254740993,"a":1})";
    if (c.name == "sanitize.id_regex")
        return R"({"_id":{"$regularExpression":{"pattern":"a","options":"i"}},"a":1})";
    if (c.name.starts_with("sanitize.") || !c.lossless) return c.raw_json.value();
    return *c.lossless;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_cases)

BOOST_AUTO_TEST_CASE(writes_documents_as_node_does)
{
    auto const cases = all_cases();
    BOOST_TEST(cases.size() == 404U);
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.name)
        {
            text_buffer out;
            json_notes notes = 0;
            BOOST_TEST(describe(append_document(out, c.bson, nul_policy::escape, notes)) == "no error");
            BOOST_TEST(out.view() == expected_raw(c));
        }
    }
}

BOOST_AUTO_TEST_CASE(writes_records_as_the_reference_does_without_its_losses)
{
    for (auto const& c : all_cases()) {
        BOOST_TEST_CONTEXT(c.name)
        {
            text_buffer out;
            json_notes notes = 0;
            auto const error =
                append_sanitized_document(out, c.bson, fields_of(c.name), nul_policy::escape, notes);
            BOOST_TEST(describe(error) == "no error");
            BOOST_TEST(out.view() == (c.lossless ? *c.lossless : c.json.value()));
        }
    }
}

BOOST_AUTO_TEST_CASE(fails_cleanly_on_every_prefix)
{
    for (auto const& c : all_cases()) {
        if (c.bson.size() > 400) continue;
        for (std::size_t size = 0; size < c.bson.size(); ++size) {
            auto const cut = test::exact(c.bson.data(), size);
            text_buffer out;
            out.append("before");
            json_notes notes = 0;
            BOOST_TEST_REQUIRE((append_document(out, cut, nul_policy::escape, notes) != bson_errc::ok));
            BOOST_TEST_REQUIRE((append_sanitized_document(out, cut, id_fields::both, nul_policy::escape,
                                                          notes) != bson_errc::ok));
            BOOST_TEST_REQUIRE((validate(cut) != bson_errc::ok));
            BOOST_TEST_REQUIRE(out.view() == "before");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
