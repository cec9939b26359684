#include "pryv_export/archive/output_folder.hpp"

#include "pryv_export/archive/json_text.hpp"
#include "pryv_export/archive/ordered_spool.hpp"
#include "pryv_export/base/error.hpp"

#include "temporary_folder.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace pryv_export;
using archive::output_folder;
using policy = output_folder::existing;

BOOST_AUTO_TEST_SUITE(output_folder_suite)

BOOST_AUTO_TEST_CASE(takes_a_new_an_empty_and_a_register_only_folder)
{
    testing::temporary_folder folder;
    {
        output_folder const fresh{folder / "new", policy::refuse};
    }
    std::filesystem::create_directory(folder / "empty");
    {
        output_folder const empty{folder / "empty", policy::refuse};
    }
    folder.write("enterprise/register/users.jsonl.gz", "x");
    {
        output_folder const enterprise{folder / "enterprise", policy::refuse};
    }
    BOOST_TEST(folder.read("enterprise/register/users.jsonl.gz") == "x");
}

BOOST_AUTO_TEST_CASE(refuses_archives_and_foreign_files)
{
    for (std::string_view const entry :
         {"manifest.json", "users/u/streams.jsonl.gz", "holiday.jpg", ".partial/x"}) {
        BOOST_TEST_CONTEXT(entry)
        {
            testing::temporary_folder folder;
            folder.write(entry, "x");
            BOOST_CHECK_EXCEPTION((output_folder{folder.path(), policy::refuse}), export_error,
                                  [](const auto& e) { return e.status() == exit_status::cannot_create; });
            BOOST_TEST(folder.read(entry) == "x");
        }
    }
}

BOOST_AUTO_TEST_CASE(overwrites_only_what_is_an_archive)
{
    testing::temporary_folder folder;
    folder.write("manifest.json", "{}");
    folder.write("users/u/streams.jsonl.gz", "x");
    folder.write("register/users.jsonl.gz", "x");
    {
        output_folder output{folder.path(), policy::overwrite};
        BOOST_TEST(folder.read("users/u/streams.jsonl.gz") == "x");
        BOOST_TEST(folder.read("manifest.json") == "{}");
        output.begin();
    }
    BOOST_TEST(!std::filesystem::exists(folder / "manifest.json"));
    BOOST_TEST(std::filesystem::is_empty(folder / "users"));
    BOOST_TEST(std::filesystem::exists(folder / "register/users.jsonl.gz"));

    folder.write("holiday.jpg", "x");
    folder.write("manifest.json", "{}");
    BOOST_CHECK_THROW((output_folder{folder.path(), policy::overwrite}), export_error);
    BOOST_TEST(std::filesystem::exists(folder / "manifest.json"));
}

BOOST_AUTO_TEST_CASE(folders_of_v1_are_no_archive)
{
    testing::temporary_folder folder;
    folder.write("users/a/b/c/cabc/account-1.0.0.sqlite", "x");
    BOOST_CHECK_THROW((output_folder{folder.path(), policy::overwrite}), export_error);
    BOOST_TEST(folder.read("users/a/b/c/cabc/account-1.0.0.sqlite") == "x");
    BOOST_TEST(!std::filesystem::exists(folder / ".partial"));
    // What an interrupted export leaves is.
    folder.write(".partial/x", "x");
    output_folder{folder.path(), policy::overwrite}.begin();
    BOOST_TEST(std::filesystem::is_empty(folder / "users"));
}

BOOST_AUTO_TEST_CASE(abandoned_leaves_the_old_archive_as_it_was)
{
    testing::temporary_folder folder;
    folder.write("manifest.json", "{}");
    folder.write("users/u/streams.jsonl.gz", "x");
    folder.write(".partial/left/behind", "x");
    output_folder output{folder.path(), policy::overwrite};
    output.abandon();
    BOOST_TEST(folder.read("manifest.json") == "{}");
    BOOST_TEST(folder.read("users/u/streams.jsonl.gz") == "x");
    BOOST_TEST(!std::filesystem::exists(output.partial()));
}

BOOST_AUTO_TEST_CASE(answers_a_second_run_a_missing_parent_and_a_file)
{
    testing::temporary_folder folder;
    output_folder const first{folder / "out", policy::refuse};
    BOOST_CHECK_EXCEPTION(
        (output_folder{folder / "out", policy::overwrite}), export_error, [](const auto& e) {
            return std::string_view{e.what()}.find("another pryv-export") != std::string_view::npos;
        });
    BOOST_CHECK_EXCEPTION((output_folder{folder / "no/parent", policy::refuse}), export_error,
                          [](const auto& e) { return e.status() == exit_status::cannot_create; });
    folder.write("file", "x");
    BOOST_CHECK_THROW((output_folder{folder / "file", policy::refuse}), export_error);
}

BOOST_AUTO_TEST_CASE(publishes_without_replacing)
{
    testing::temporary_folder folder;
    output_folder output{folder / "out", policy::refuse};
    output.begin();
    folder.write("out/.partial/a/x", "new");
    output.publish(output.partial() / "a", output.root() / "users" / "a");
    BOOST_TEST(folder.read("out/users/a/x") == "new");
    folder.write("out/.partial/a/x", "newer");
    BOOST_CHECK_THROW(output.publish(output.partial() / "a", output.root() / "users" / "a"), export_error);
    BOOST_TEST(folder.read("out/users/a/x") == "new");
    output.finish();
    BOOST_TEST(!std::filesystem::exists(output.partial()));
}

std::vector<std::string> texts_of(const archive::ordered_spool& spool)
{
    std::vector<std::string> texts;
    spool.for_each([&](std::string_view text) { texts.emplace_back(text); });
    return texts;
}

BOOST_AUTO_TEST_CASE(spool_gives_back_by_number)
{
    testing::temporary_folder folder;
    archive::ordered_spool spool{folder.path()};
    spool.put(2, "two");
    spool.put(0, "zero");
    BOOST_TEST(texts_of(spool) == (std::vector<std::string>{"zero", "two"}),
               boost::test_tools::per_element());
    BOOST_TEST(std::filesystem::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(spool_gives_back_what_is_on_disk_and_what_is_not_yet)
{
    testing::temporary_folder folder;
    archive::ordered_spool spool{folder.path()};
    auto const text_of = [](std::size_t number) {
        return std::string(number % 7 == 0 ? 100'000 : 1'000 + number, static_cast<char>('a' + number % 26));
    };
    std::vector<std::string> expected;
    for (std::size_t number = 0; number < 200; ++number) {
        spool.put(number, text_of(number));
        expected.push_back(text_of(number));
        if (number % 20 == 0 || number == 199) BOOST_REQUIRE(texts_of(spool) == expected);
    }
}

BOOST_AUTO_TEST_CASE(spool_gives_back_in_order_what_came_in_any)
{
    testing::temporary_folder folder;
    for (std::size_t const stride : {1, 7, 199}) { // of 200: the last is nearly backwards
        archive::ordered_spool spool{folder.path()};
        std::vector<std::string> expected(200);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            std::size_t const number = i * stride % expected.size();
            expected[number] = std::string(3'000 + number * 97 % 4'000, static_cast<char>('a' + number % 26));
            spool.put(number, expected[number]);
        }
        BOOST_TEST((texts_of(spool) == expected));
    }
}

BOOST_AUTO_TEST_CASE(pretty_json_of_single_values)
{
    for (std::string_view const text :
         {R"("plain ~")", R"("\"\\\n\u0001")", R"("é😀")", R"("\u001f")", R"("")", "0",
          "-9223372036854775808", "18446744073709551615", "true", "null", R"([])", R"({})"})
        BOOST_TEST(archive::pretty_json(boost::json::parse(text)) == text);
    BOOST_TEST(archive::pretty_json(boost::json::parse(R"({"a\"b":1.5})")) == "{\n  \"a\\\"b\": 1.5E0\n}");
}

BOOST_AUTO_TEST_CASE(pretty_json_is_that_of_json_stringify)
{
    auto const value = boost::json::parse(R"({"a":1,"b":[],"c":{},"d":[1,{"e":"é\n"}]})");
    BOOST_TEST(archive::pretty_json(value) == "{\n  \"a\": 1,\n  \"b\": [],\n  \"c\": {},\n  \"d\": [\n    "
                                              "1,\n    {\n      \"e\": \"é\\n\"\n    }\n  ]\n}");
}

BOOST_AUTO_TEST_CASE(an_imagined_output_changes_nothing)
{
    testing::temporary_folder folder;
    folder.write("out/manifest.json", "{}");
    std::filesystem::create_directory(folder / "scratch");
    auto imagined = output_folder::imagined(folder / "out", folder / "scratch");
    BOOST_TEST((imagined.where() == archive::medium::none));
    imagined.begin();
    imagined.publish(folder / "scratch/users", folder / "out/users");
    imagined.sync_all();
    imagined.finish();
    imagined.abandon();
    BOOST_TEST(folder.read("out/manifest.json") == "{}");
    BOOST_TEST(!std::filesystem::exists(folder / "out/users"));
    BOOST_TEST(std::filesystem::exists(folder / "scratch"));
}

BOOST_AUTO_TEST_CASE(a_check_refuses_what_the_constructor_would)
{
    testing::temporary_folder folder;
    folder.write("archive/manifest.json", "{}");
    folder.write("photos/photo.jpg", "x");
    folder.write("file", "x");
    output_folder::check(folder / "new", policy::refuse);
    output_folder::check(folder / "archive", policy::overwrite);
    for (std::string_view const refused : {"archive", "photos", "file", "no/parent"})
        BOOST_CHECK_THROW(output_folder::check(folder / refused, policy::refuse), export_error);
    BOOST_TEST(!std::filesystem::exists(folder / "new"));
    BOOST_TEST(!std::filesystem::exists(folder / "archive/.partial"));
}

BOOST_AUTO_TEST_SUITE_END()
