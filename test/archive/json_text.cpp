#include "pryv_export/archive/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>

using namespace pryv_export;

namespace {

/// What node prints for JSON.stringify(value, null, 2).
constexpr std::string_view as_node_writes_it = R"({
  "name": "O\"Neil é",
  "count": 18446744073709551615,
  "below": -3,
  "is": false,
  "none": null,
  "nothing": {},
  "no": [],
  "list": [
    "a",
    {
      "b": 1
    }
  ]
})";

} // namespace

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(item_by_item_and_as_a_tree_are_one_text)
{
    std::string text;
    {
        archive::pretty_object out{text};
        out.member("name", std::string{"O\"Neil \xc3\xa9"});
        out.member("count", UINT64_MAX);
        out.member("below", -3);
        out.member("is", false);
        out.member("none", nullptr);
        out.object("nothing");
        out.list("no");
        auto list = out.list("list");
        list.item("a");
        list.object().member("b", 1U);
    }
    BOOST_TEST(text == as_node_writes_it);
    BOOST_TEST(archive::pretty_json(boost::json::parse(text)) == text);
}

BOOST_AUTO_TEST_CASE(stands_as_deep_as_it_is_told)
{
    std::string text;
    {
        archive::pretty_object out{text, 1};
        out.list("l").item(1U);
    }
    BOOST_TEST(text == "{\n    \"l\": [\n      1\n    ]\n  }");
    BOOST_TEST(archive::pretty_json(boost::json::parse(text), 1) == text);
}

BOOST_AUTO_TEST_SUITE_END()
