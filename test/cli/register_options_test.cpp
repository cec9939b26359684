#include "pryv_export/base/error.hpp"
#include "pryv_export/cli/command_line.hpp"

#include "../../src/cli/argument_secrets.hpp"
#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace pryv_export::cli {

namespace {

register_options parse_words(std::vector<std::string> words)
{
    words.insert(words.begin(), "register");
    return std::get<register_options>(parse(words));
}

std::string complaint_about(std::vector<std::string> words)
{
    try {
        parse_words(std::move(words));
    } catch (const export_error& error) {
        BOOST_TEST((error.status() == exit_status::usage));
        return error.what();
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(register_options_)

BOOST_AUTO_TEST_CASE(defaults_are_those_of_the_node_tool)
{
    register_options const options = parse_words({"out"});
    BOOST_TEST(options.exporting.output == "out");
    BOOST_TEST(options.exporting.redis.host == "127.0.0.1");
    BOOST_TEST(options.exporting.redis.port == 6379);
    BOOST_TEST(options.exporting.redis.database == 0U);
    BOOST_TEST(options.exporting.encoding.gzip);
    BOOST_TEST(options.exporting.password.empty());
    BOOST_TEST(!options.exporting.redis.tls);
    BOOST_TEST(!options.exporting.allow_empty);
    BOOST_TEST(parse_words({"out", "--allow-empty"}).exporting.allow_empty);
}

BOOST_AUTO_TEST_CASE(every_option_reaches_its_place)
{
    register_options const options = parse_words({"--redis-host",
                                                  "r",
                                                  "--redis-port",
                                                  "7",
                                                  "--redis-db",
                                                  "3",
                                                  "--redis-user",
                                                  "u",
                                                  "--redis-password-file",
                                                  "p",
                                                  "--redis-tls-ca",
                                                  "ca",
                                                  "--redis-tls-certificate",
                                                  "cert",
                                                  "--redis-connect-timeout",
                                                  "2",
                                                  "--redis-timeout",
                                                  "3",
                                                  "--give-up-after",
                                                  "4",
                                                  "--no-compress",
                                                  "--level",
                                                  "6",
                                                  "--overwrite",
                                                  "--spool-dir",
                                                  "s",
                                                  "--report",
                                                  "r.json",
                                                  "out"});
    source::redis_options const& redis = options.exporting.redis;
    BOOST_TEST(redis.host == "r");
    BOOST_TEST(redis.port == 7);
    BOOST_TEST(redis.database == 3U);
    BOOST_TEST(redis.user == "u");
    BOOST_TEST((redis.tls_ca_file == "ca"));
    BOOST_TEST((redis.tls_client_file == "cert"));
    BOOST_TEST((redis.connect_timeout == std::chrono::seconds{2}));
    BOOST_TEST((redis.answer_timeout == std::chrono::seconds{3}));
    BOOST_TEST((redis.give_up_after == std::chrono::seconds{4}));
    BOOST_TEST((options.password_file == "p"));
    BOOST_TEST(!options.exporting.encoding.gzip);
    BOOST_TEST(options.exporting.encoding.level == 6);
    BOOST_TEST((options.exporting.if_exists == archive::output_folder::existing::overwrite));
    BOOST_TEST((options.exporting.spool_dir == "s"));
    BOOST_TEST((options.exporting.report_files == std::vector<std::filesystem::path>{"r.json"}));
}

BOOST_AUTO_TEST_CASE(a_password_is_visible_only_on_the_command_line)
{
    BOOST_TEST(parse_words({"out", "--redis-password", "pw"}).password_was_visible);
    BOOST_TEST(!parse_words({"out", "--redis-password", ""}).password_was_visible);
    ::setenv("PRYV_EXPORT_REDIS_PASSWORD", "pw", 1);
    register_options const hidden = parse_words({"out"});
    ::unsetenv("PRYV_EXPORT_REDIS_PASSWORD");
    BOOST_TEST(!hidden.password_was_visible);
    BOOST_TEST(hidden.exporting.password.reveal() == "pw");
}

BOOST_AUTO_TEST_CASE(insecure_tls_is_tls)
{
    BOOST_TEST(parse_words({"out", "--redis-tls-insecure"}).exporting.redis.tls);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_one_line_with_a_hint)
{
    const std::vector<std::string> wrong[] = {{},
                                              {"a", "b"},
                                              {"a", "--redis-port", "0"},
                                              {"a", "--redis-port", "65536"},
                                              {"a", "--redis-db", "-1"},
                                              {"a", "--redis-host", ""},
                                              {"a", "--mongodump", "x"},
                                              {"a", "--redis-socket", "s", "--redis-tls-ca", "c"},
                                              {"a", "--redis-user", "u"},
                                              {"a", "--redis-password", "p", "--redis-password-file", "f"}};
    for (auto const& words : wrong) {
        std::string const line = complaint_about(words);
        BOOST_TEST(line.ends_with("try 'pryv-export register --help'"), line);
        BOOST_TEST(line.find('\n') == line.npos);
    }
}

BOOST_AUTO_TEST_CASE(passwords_are_wiped_from_the_arguments)
{
    std::string words[] = {
        "pryv-export",           "register", "--redis-password", "one", "--redis-password=two",
        "--redis-password-file", "three",    "--redis-password"};
    std::array<char*, 8> argv{};
    for (std::size_t i = 0; i < argv.size(); ++i) argv[i] = words[i].data();
    wipe_secrets(static_cast<int>(argv.size()), argv.data());
    BOOST_TEST(std::string{argv[3]}.empty());
    BOOST_TEST(std::string{argv[4]} == "--redis-password=");
    BOOST_TEST(words[4].find("two") == std::string::npos);
    BOOST_TEST(std::string{argv[6]} == "three");
    BOOST_TEST(std::string{argv[7]} == "--redis-password");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::cli
