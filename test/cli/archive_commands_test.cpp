#include "pryv_export/base/error.hpp"
#include "pryv_export/cli/command_line.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>

namespace pryv_export::cli {

namespace {

using words = std::vector<std::string>;

template <class Options>
Options parsed(const words& line)
{
    return std::get<Options>(parse(line));
}

std::string refusal(const words& line)
{
    try {
        parse(line);
    } catch (const export_error& error) {
        BOOST_TEST(static_cast<int>(error.status()) == static_cast<int>(exit_status::usage));
        return error.what();
    }
    BOOST_ERROR("was not refused: " << line.back());
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(archive_commands)

BOOST_AUTO_TEST_CASE(verify_takes_an_archive_and_options)
{
    auto const options =
        parsed<verify_command_options>({"verify", "out", "--user", "a", "--user", "b", "--json", "--strict",
                                        "--jobs", "3", "--memory", "64MiB", "--quiet"});
    BOOST_TEST(options.verifying.archive == "out");
    BOOST_TEST(options.verifying.users == (words{"a", "b"}));
    BOOST_TEST(options.json);
    BOOST_TEST(options.strict);
    BOOST_TEST(options.quiet);
    BOOST_TEST(options.jobs == 3U);
    BOOST_TEST(options.memory_bytes == 64U << 20);
    BOOST_TEST(
        parsed<verify_command_options>({"verify", "out", "--sample", "0.5%"}).verifying.sample_percent ==
        0.5);
    BOOST_TEST(parsed<verify_command_options>({"verify", "out", "--sample=20"}).verifying.sample_percent ==
               20);
}

BOOST_AUTO_TEST_CASE(wrong_lines_are_refused_with_the_command_to_try)
{
    for (const words& line : std::vector<words>{{"verify"},
                                                {"verify", "a", "b"},
                                                {"verify", "a", "--sample", "0"},
                                                {"verify", "a", "--sample", "101%"},
                                                {"verify", "a", "--sample", "few"},
                                                {"verify", "a", "--sample", "nan%"},
                                                {"verify", "a", "--sample", "5%", "--user", "u"},
                                                {"verify", "a", "--memory", "1MiB"},
                                                {"verify", "a", "--mongodump", "dump"},
                                                {"verify", "a", "--unknown"}})
        BOOST_TEST(refusal(line).ends_with("try 'pryv-export verify --help'"), refusal(line));
    for (const words& line :
         std::vector<words>{{"inspect"},
                            {"inspect", "a", "--type", "note/txt"},
                            {"inspect", "a", "--cat", "events"},
                            {"inspect", "a", "--cat", "manifest"},
                            {"inspect", "a", "--cat", "events", "--user", "u", "--events"}})
        BOOST_TEST(refusal(line).ends_with("try 'pryv-export inspect --help'"), refusal(line));
}

BOOST_AUTO_TEST_CASE(verify_takes_a_source)
{
    auto const options = parsed<verify_command_options>(
        {"verify", "out", "--against", "core.yml", "--mongodump", "dump", "--user", "u"});
    BOOST_TEST_REQUIRE(options.against.has_value());
    BOOST_TEST(options.against->config_file == "core.yml");
    BOOST_TEST(options.against->exporting.mongodump == "dump");
    BOOST_TEST(options.verifying.users.size() == 1U);
    BOOST_TEST(!parsed<verify_command_options>({"verify", "out"}).against.has_value());
}

BOOST_AUTO_TEST_CASE(inspect_takes_a_user_and_filters)
{
    auto const options = parsed<inspect_command_options>(
        {"inspect", "out", "--user", "u", "--events", "--stream", "s", "--type", "t"});
    BOOST_TEST(options.inspecting.user.value() == "u");
    BOOST_TEST(options.inspecting.events);
    BOOST_TEST(options.inspecting.stream == "s");
    BOOST_TEST(options.inspecting.type == "t");
    BOOST_TEST(parsed<inspect_command_options>({"inspect", "out", "--cat", "platform"}).inspecting.cat ==
               "platform");
}

BOOST_AUTO_TEST_CASE(help_fits_80_columns_and_its_options_exist)
{
    for (std::string const command : {"verify", "inspect"}) {
        auto const help = parsed<print_text>({command, "--help"}).text;
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = help.find('\n', begin)) != help.npos; begin = end + 1)
            BOOST_TEST(end - begin <= 80U, help.substr(begin, end - begin));
        std::regex const option{"\n +(--[a-z-]+)"};
        std::size_t options = 0;
        for (std::sregex_iterator at{help.begin(), help.end(), option}, end; at != end; ++at) {
            std::string const name = (*at)[1].str();
            if (name == "--help") continue;
            ++options;
            // It is known, or complains about its value.
            std::string const line = refusal({command, name, "second", "third", "fourth"});
            BOOST_TEST(line.find("there is no option") == line.npos, line);
        }
        BOOST_TEST(options > 8U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::cli
