#include "../../src/convert/json_check.hpp"
#include "convert/collections_support.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

using namespace pryv_export::convert;

} // namespace

BOOST_AUTO_TEST_SUITE(json_checks)

BOOST_AUTO_TEST_CASE(texts)
{
    struct row
    {
        std::string text;
        bool valid;
        unsigned traits = json_plain;
    };
    std::string const deep(max_json_depth, '[');
    std::string const shallow(max_json_depth, ']');
    std::vector<row> const rows{
        {"", false},
        {" ", false},
        {"1", true},
        {" 1 ", true},
        {"01", false},
        {"-", false},
        {"-1", true},
        {"1.", false},
        {".5", false},
        {"1.5", true},
        {"1e", false},
        {"1e+5", true},
        {"1E-5", true},
        {"+1", false},
        {"1 2", false},
        {"true", true},
        {"tru", false},
        {"nullx", false},
        {"False", false},
        {"\"\"", true},
        {"\"", false},
        {"\"a", false},
        {"\"\n\"", false},
        {"\"\x7f\"", true},
        {"\"\\\"\"", true, json_escapes},
        {"\"\\x\"", false},
        {"\"\\u12\"", false},
        {"\"\\u12g4\"", false},
        {"\"\\", false},
        {"\"\\u0000\"", true, json_escapes | json_nul_escape},
        {"\"\\ud83d\\ude00\"", true, json_escapes},
        {"\"\\ude00\\ud83d\"", true, json_escapes | json_lone_surrogate},
        {"\"\\ud83d\"", true, json_escapes | json_lone_surrogate},
        {"\"\\ud83d\\u0041\"", true, json_escapes | json_lone_surrogate},
        {"\"\\ud83d\\ud83d\\ude00\"", true, json_escapes | json_lone_surrogate},
        {"[]", true},
        {"[,]", false},
        {"[1,]", false},
        {"[1,2]", true},
        {"[1 2]", false},
        {"{}", true},
        {"{\"a\"}", false},
        {"{\"a\":}", false},
        {"{\"a\":1}", true},
        {"{\"a\":1,}", false},
        {"{a:1}", false},
        {"{\"a\":1 \"b\":2}", false},
        {"[1}", false},
        {"{\"a\":1]", false},
        {"]", false},
        {"[[1],{\"a\":[{}]},3]", true},
        {"\xef\xbb\xbf"
         "1",
         false},
        {deep + shallow, true},
        {"[" + deep + shallow + "]", false},
        {"1e9999", true},
        {"1e10000", true, json_wide_number},
        {std::string(4097, '1'), true, json_wide_number},
        {"\"a long text without anything to stop at, and then\\n\"", true, json_escapes},
        {std::string{"\"sixteen bytes or more\0\"", 24}, false},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.text.substr(0, 60))
        {
            auto const verdict = check_json(each.text);
            BOOST_TEST(verdict.valid == each.valid);
            if (each.valid) BOOST_TEST(verdict.traits == each.traits);
        }
    }
}

/// Boost.JSON refuses lone surrogates and bad UTF-8, which are legal here, and is otherwise as strict.
BOOST_AUTO_TEST_CASE(agrees_with_another_parser)
{
    std::mt19937 random{5};
    std::vector<std::string> const pieces{
        "{",      "}",    "[",    "]",       "\"", "\"a\"", ":",
        ",",      "\\",   "1",    "-",       "0",  ".",     "e",
        "E+2",    "true", "null", "false",   " ",  "\n",    "\"\\n\"",
        "\"k\":", "[]",   "{}",   "\\u00e9", "12", "x",     "\"long enough for a block of sixteen\""};
    for (int round = 0; round < 200000; ++round) {
        std::string text;
        for (auto n = random() % 8; n > 0; --n) text += pieces[random() % pieces.size()];
        boost::json::error_code error;
        boost::json::parse(text, error);
        if (check_json(text).valid == !error) continue;
        BOOST_ERROR("differs: " << text);
        break;
    }
}

BOOST_AUTO_TEST_SUITE_END()
