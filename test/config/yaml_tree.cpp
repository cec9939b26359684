#include "pryv_export/config/yaml_tree.hpp"

#include "pryv_export/base/error.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace {

using namespace pryv_export;
using namespace pryv_export::config;

std::string message_of(std::string_view text)
{
    try {
        parse_yaml(text, "c.yml");
    } catch (const export_error& error) {
        BOOST_TEST((error.status() == exit_status::bad_config));
        return error.what();
    }
    return "no error";
}

std::string text_at(const yaml_node& node, std::string_view key)
{
    const yaml_node* const found = node.find(key);
    return found == nullptr ? "absent" : found->text;
}

std::string repeated(std::string_view text, int times)
{
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

std::string nested(std::size_t depth, char open, char close)
{
    return "a: " + std::string(depth, open) + std::string(depth, close);
}

} // namespace

BOOST_AUTO_TEST_SUITE(yaml_tree)

BOOST_AUTO_TEST_CASE(values_know_their_place)
{
    yaml_node const root = parse_yaml("a: 1\nb:\n  - x\n  - 'y z'\n", "c.yml");
    const yaml_node* const b = root.find("b");
    BOOST_REQUIRE(b != nullptr && b->items.size() == 2U);
    BOOST_TEST(b->items[1].text == "y z");
    BOOST_TEST(b->items[1].quoted);
    BOOST_TEST(!b->items[0].quoted);
    BOOST_TEST(b->items[1].place() == "c.yml:4:5");
}

BOOST_AUTO_TEST_CASE(null_is_absent)
{
    yaml_node const root = parse_yaml("a:\nb: null\nc: ~\nd: ''\ne: 'null'\n", "c.yml");
    for (const char* key : {"a", "b", "c", "none"}) {
        BOOST_TEST_CONTEXT(key)
        {
            BOOST_TEST((root.find(key) == nullptr));
        }
    }
    BOOST_TEST(text_at(root, "d").empty());
    BOOST_TEST(text_at(root, "e") == "null");
}

BOOST_AUTO_TEST_CASE(json_is_read)
{
    yaml_node const root =
        parse_yaml("\xef\xbb\xbf{\n\t\"a\":{\"b\":\"x\\/y \\u00e9\"},\n\t\"c\":[1,2]\n}\n", "c.json");
    BOOST_REQUIRE(root.find("a") != nullptr);
    BOOST_TEST(text_at(*root.find("a"), "b") == "x/y é");
    BOOST_TEST(root.find("c")->items.size() == 2U);
}

BOOST_AUTO_TEST_CASE(aliases_and_merge_keys_are_resolved)
{
    yaml_node const root = parse_yaml("base: &b {x: 1, y: 2}\nother: &o {y: 4, z: 3}\n"
                                      "one: *b\ntwo:\n  <<: [*b, *o]\n  x: 9\n",
                                      "c.yml");
    BOOST_TEST(text_at(*root.find("one"), "y") == "2");
    BOOST_TEST(text_at(*root.find("two"), "x") == "9");
    BOOST_TEST(text_at(*root.find("two"), "y") == "2");
    BOOST_TEST(text_at(*root.find("two"), "z") == "3");
    BOOST_TEST(root.find("two")->keys.size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_place)
{
    std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
    for (char c = 'b'; c <= 'h'; ++c) {
        std::string const previous = std::string{"*"} + static_cast<char>(c - 1);
        bomb += std::string{c} + ": &" + c + " [" + previous + ", " + previous + ", " + previous + ", " +
                previous + ", " + previous + "]\n";
    }
    std::string chain = "a0: &a0 x\n";
    for (int i = 1; i < 100; ++i) {
        chain +=
            "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
    }
    std::string long_texts = "a: &a " + std::string(3U << 20, 'x') + "\nb: [*a, *a, *a, *a, *a, *a]\n";
    std::string many = "a: [";
    for (int i = 0; i < 30'000; ++i) many += "1,";
    many += "]";
    struct row
    {
        std::string name;
        std::string text;
        std::string expected;
    };
    row const table[] = {
        {"nothing", "", "c.yml: is empty; give v1's configuration"},
        {"comment only", "# nothing\n", "c.yml: is empty"},
        {"null", "~\n", "c.yml: is empty"},
        {"marker only", "---\n", "c.yml: is empty"},
        {"list", "- a\n", "c.yml:1:1: should begin with keys"},
        {"text", "hello", "c.yml:1:1: should begin with keys"},
        {"two documents", "a: 1\n---\nb: 2\n", "c.yml:2:1: a second document begins"},
        {"open bracket", "a: 1\nb: [1, 2\nc: 3\n", "c.yml:"},
        {"indentation", "a: 1\n   b: 2\n", "c.yml:2:5: is no YAML (illegal map value)"},
        {"tab", "a:\n\tb: 1\n", "c.yml:2:"},
        {"open quote", "a: 'x", "c.yml:1:6: is no YAML (illegal EOF in scalar)"},
        {"open quote, line end", "a: 'x\n", "c.yml:2:1: is no YAML (illegal document indicator in scalar)"},
        {"open double quote", "a: \"x\nb: 1\n \n", "is no YAML (illegal document indicator in scalar)"},
        {"open quote, blanks", "a: 'x\nb: 1\n  ", "is no YAML (illegal document indicator in scalar)"},
        {"repeated key", "a: 1\nb: 2\na: 3\n", "c.yml:3:1: the key a is there twice; remove one"},
        {"list as key", "? [1]\n: 2\n", "c.yml:1:3: should be a key"},
        {"no key", ": 2\n", "c.yml:1:1: should be a key"},
        {"unknown alias", "a: *b\n", "c.yml:1:4: is no YAML (the referenced anchor is not defined"},
        {"alias in itself", "a: &a [*a]\n", "c.yml:1:8: an alias stands inside"},
        {"merge of a text", "a:\n  <<: x\n", "c.yml:2:7: << should name a mapping"},
        {"deep brackets", nested(1000, '[', ']'), "c.yml:1:67: nests deeper than 64 levels"},
        {"deep braces", nested(100'000, '{', '}'), "c.yml:1:5: should be a key"},
        {"deep mappings", "a: " + repeated("{a: ", 100'000), "nests deeper than 64 levels"},
        {"deep dashes",
         "a:\n  " +
             [] {
                 std::string s;
                 for (int i = 0; i < 5000; ++i) s += "- ";
                 return s;
             }(),
         "nests deeper than 64 levels"},
        {"deep chain of aliases", chain, "nests deeper than 64 levels"},
        {"many", many, "has more than 20000 values"},
        {"bomb", bomb, "has more than 20000 values"},
        {"bomb of text", long_texts, "has more than 20000 values"},
        {"long", std::string((4U << 20) + 1, ' '), "c.yml: is longer than 4 MiB"},
        {"nul", std::string{"a: 1\nb: \0", 9}, "c.yml:2:4: has the byte 0x00, which is no text"},
        {"end of text", "a: 1\n\x04\nb: 2\n", "c.yml:2:1: has the byte 0x04"},
        {"utf-16",
         "\xff\xfe"
         "a",
         "c.yml:1:1: has the byte 0xff"},
    };
    for (const row& r : table) {
        BOOST_TEST_CONTEXT(r.name)
        {
            std::string const message = message_of(r.text);
            BOOST_TEST((message.find(r.expected) != message.npos), message.substr(0, 200));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_ending_is_fine)
{
    for (const char* text : {"a: x", "a: x\n", "a: x\n...\n", "a: x\n...", "---\na: x\n\n  \n", "a: 'x'\r\n",
                             "{a: x}\n# end", "a: |-\n  x\n"}) {
        BOOST_TEST_CONTEXT(text)
        {
            BOOST_TEST(text_at(parse_yaml(text, "c.yml"), "a") == "x");
        }
    }
    BOOST_TEST(text_at(parse_yaml("a: |\n  x\n", "c.yml"), "a") == "x\n");
}

BOOST_AUTO_TEST_CASE(sixty_levels_are_fine)
{
    BOOST_TEST(parse_yaml(nested(60, '[', ']'), "c.yml").is_mapping());
}

BOOST_AUTO_TEST_CASE(layers_merge_leaf_by_leaf_and_lists_whole)
{
    yaml_node base = parse_yaml("a: {x: 1, y: 2}\nl: [1, 2, 3]\nm: {k: 1}\nn: 5\n", "base.yml");
    merge_over(base, parse_yaml("a: {y: 3, z: 4}\nl: [9]\nm: text\nn: null\nnew: 1\n", "over.yml"));
    BOOST_TEST(text_at(*base.find("a"), "x") == "1");
    BOOST_TEST(text_at(*base.find("a"), "y") == "3");
    BOOST_TEST(text_at(*base.find("a"), "z") == "4");
    BOOST_TEST(base.find("a")->find("z")->place() == "over.yml:1:14");
    BOOST_TEST(base.find("l")->items.size() == 1U);
    BOOST_TEST(text_at(base, "m") == "text");
    BOOST_TEST(text_at(base, "n") == "5");
    BOOST_TEST(text_at(base, "new") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
