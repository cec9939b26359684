#include "pryv_export/base/error.hpp"
#include "pryv_export/cli/command_line.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <map>
#include <regex>
#include <set>

extern char** environ;

namespace pryv_export::cli {

namespace {

using words = std::vector<std::string>;

/// Variables for one test; all PRYV_EXPORT_ ones are gone at its end.
class environment
{
public:
    explicit environment(const std::map<std::string, std::string>& variables)
    {
        for (const auto& [name, value] : variables) {
            ::setenv(name.c_str(), value.c_str(), 1);
            names_.push_back(name);
        }
    }
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;
    ~environment()
    {
        for (const std::string& name : names_) ::unsetenv(name.c_str());
    }

private:
    words names_;
};

/// A command line that is complete, with some words more.
words core_line(const words& more)
{
    words line{"core", "core.yml", "out", "--mongodump", "dump"};
    line.insert(line.end(), more.begin(), more.end());
    return line;
}

core_options parsed(const words& more)
{
    words const line = core_line(more);
    return std::get<core_options>(parse(line));
}

/// The error line of a command line that must be refused.
std::string refusal(const words& line)
{
    try {
        parse(line);
    } catch (const export_error& error) {
        BOOST_TEST((error.status() == exit_status::usage));
        return error.what();
    }
    return "accepted";
}

std::string printed(const words& line)
{
    return std::get<print_text>(parse(line)).text;
}

std::set<std::string> options_in(std::string_view help)
{
    static std::regex const option{R"((^|\n) +(--[a-z-]+))"};
    std::set<std::string> names;
    std::string const text{help};
    for (std::sregex_iterator at{text.begin(), text.end(), option}, end; at != end; ++at)
        names.insert((*at)[2]);
    return names;
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(defaults)
{
    core_options const options = parsed({});
    BOOST_TEST(options.config_file == "core.yml");
    BOOST_TEST(options.exporting.output == "out");
    BOOST_TEST(options.exporting.mongodump == "dump");
    BOOST_TEST(options.exporting.target_file_bytes == 50U << 20);
    BOOST_TEST(options.exporting.memory_bytes == 256U << 20);
    BOOST_TEST(options.exporting.encoding.gzip);
    BOOST_TEST(options.exporting.encoding.level == 1);
    BOOST_TEST(options.exporting.jobs >= 1U);
    BOOST_TEST(options.exporting.users_in_flight == 0U);
    BOOST_TEST((options.exporting.if_exists == archive::output_folder::existing::refuse));
    BOOST_TEST((options.exporting.integrity == convert::integrity_mode::automatic));
    BOOST_TEST(options.exporting.users.empty());
    BOOST_TEST(!options.exporting.fail_fast);
    BOOST_TEST(!options.exporting.allow_empty);
    BOOST_TEST(!options.quiet);
    BOOST_TEST((options.progress == runtime::progress_style::automatic));
}

BOOST_AUTO_TEST_CASE(every_option_arrives)
{
    core_options const options = parsed({"--user",
                                         "u1",
                                         "--user=u2",
                                         "--users-file",
                                         "list",
                                         "--register-dir",
                                         "reg",
                                         "--target-file-size",
                                         "7",
                                         "--no-compress",
                                         "--level",
                                         "6",
                                         "--jobs",
                                         "3",
                                         "--users-in-flight",
                                         "9",
                                         "--memory",
                                         "1GiB",
                                         "--integrity",
                                         "keep",
                                         "--overwrite",
                                         "--fail-fast",
                                         "--allow-empty",
                                         "--force-version",
                                         "--spool-dir",
                                         "spool",
                                         "--var",
                                         "/app=/srv",
                                         "--var",
                                         "/home",
                                         "--override-config",
                                         "a.yml",
                                         "--override-config",
                                         "b.yml",
                                         "--users-path",
                                         "users",
                                         "--report",
                                         "r.json",
                                         "--progress",
                                         "json",
                                         "--quiet",
                                         "--log-level",
                                         "debug",
                                         "--log-format",
                                         "json"});
    const auto& to = options.exporting;
    BOOST_TEST(to.users == (words{"u1", "u2"}), boost::test_tools::per_element());
    BOOST_TEST(*options.users_file == "list");
    BOOST_TEST(*to.register_dir == "reg");
    BOOST_TEST(to.target_file_bytes == 7U << 20);
    BOOST_TEST(!to.encoding.gzip);
    BOOST_TEST(to.encoding.level == 6);
    BOOST_TEST(to.jobs == 3U);
    BOOST_TEST(to.users_in_flight == 9U);
    BOOST_TEST(to.memory_bytes == 1U << 30);
    BOOST_TEST((to.integrity == convert::integrity_mode::keep));
    BOOST_TEST((to.if_exists == archive::output_folder::existing::overwrite));
    BOOST_TEST(to.fail_fast);
    BOOST_TEST(to.allow_empty);
    BOOST_TEST(to.force_version);
    BOOST_TEST(*to.spool_dir == "spool");
    BOOST_TEST((options.path_mappings ==
                std::vector<std::pair<std::string, std::string>>{{"/app", "/srv"}, {"", "/home"}}));
    BOOST_TEST(options.override_configs.size() == 2U);
    BOOST_TEST(*options.users_path == "users");
    BOOST_TEST((to.report_files == std::vector<std::filesystem::path>{"r.json"}));
    BOOST_TEST((options.progress == runtime::progress_style::json));
    BOOST_TEST(options.quiet);
    BOOST_TEST((options.most == log_level::debug));
    BOOST_TEST((options.format == log_format::json));
}

BOOST_AUTO_TEST_CASE(options_may_stand_anywhere)
{
    for (const words& line :
         {words{"core", "--mongodump", "d", "c.yml", "out"}, words{"core", "c.yml", "--mongodump=d", "out"},
          words{"core", "--mongodump", "d", "--", "c.yml", "out"}}) {
        auto const options = std::get<core_options>(parse(line));
        BOOST_TEST(options.config_file == "c.yml");
        BOOST_TEST(options.exporting.output == "out");
        BOOST_TEST(options.exporting.mongodump == "d");
    }
    words const dashes{"core", "--mongodump", "d", "--", "c.yml", "--out"};
    BOOST_TEST(std::get<core_options>(parse(dashes)).exporting.output == "--out");
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_refused_in_one_line)
{
    struct row
    {
        words line;
        const char* part;
    };
    std::vector<row> const rows{
        {{}, "no command given"},
        {{"export"}, "'export' is no command"},
        {{"--nonsense"}, "'--nonsense' is no option"},
        {{"core"}, "CONFIG.yml and OUTPUT are needed, none given"},
        {{"core", "c.yml"}, "CONFIG.yml and OUTPUT are needed, 1 given"},
        {core_line({"third"}), "CONFIG.yml and OUTPUT are needed, 3 given"},
        {core_line({"--mongo-uri", "mongodb://h"}), "exclude each other"},
        {core_line({"--nonsense"}), "--nonsense"},
        {core_line({"--job", "2"}), "--job"},
        {core_line({"--jobs"}), "--jobs"},
        {core_line({"--jobs", "2", "--jobs", "3"}), "--jobs"},
        {core_line({"--mongodump", "again"}), "--mongodump"},
        {core_line({"--overwrite", "--overwrite"}), "--overwrite"},
        {core_line({"--overwrite=maybe"}), "--overwrite"},
        {core_line({"--jobs", "0"}), "--jobs: '0' is no whole number from 1 to 1024"},
        {core_line({"--jobs", "-1"}), "--jobs: '-1' is no whole number"},
        {core_line({"--jobs", "99999999999999999999999"}),
         "--jobs: '99999999999999999999999' is no whole number"},
        {core_line({"--jobs", "two"}), "--jobs: 'two' is no whole number"},
        {core_line({"--target-file-size", "0"}), "--target-file-size: '0'"},
        {core_line({"--target-file-size", "-5"}), "--target-file-size: '-5'"},
        {core_line({"--target-file-size", "NaN"}), "--target-file-size: 'NaN'"},
        {core_line({"--target-file-size", "50MB"}), "--target-file-size: '50MB'"},
        {core_line({"--target-file-size", "1.5"}), "--target-file-size: '1.5'"},
        {core_line({"--target-file-size="}), "--target-file-size"},
        {core_line({"--level", "10"}), "--level: '10' is no whole number from 0 to 9"},
        {core_line({"--memory", "5Q"}), "--memory: '5Q' is no size"},
        {core_line({"--memory", "1MiB"}), "--memory: '1MiB' is less than 16MiB"},
        {core_line({"--memory", "99999999999TiB"}), "--memory"},
        {core_line({"--integrity", "maybe"}), "--integrity: 'maybe' is none of auto, keep, drop"},
        {core_line({"--progress", "fancy"}), "--progress: 'fancy' is none of auto, bar, plain, json, none"},
        {core_line({"--log-format", "xml"}), "--log-format: 'xml' is none of text, json"},
        {core_line({"--var", "=/srv"}), "--var: '=/srv' is not of the form CONTAINER=HOST"},
        {core_line({"--var", "/app="}), "--var: '/app=' is not of the form CONTAINER=HOST"},
        {core_line({"--user", ""}), "--user"},
        {{"core", "", "out", "--mongodump", "d"}, "CONFIG.yml: the value is empty"},
    };
    for (const row& each : rows) {
        std::string const line = refusal(each.line);
        BOOST_TEST_CONTEXT("'" << (each.line.empty() ? "" : each.line.back()) << "': " << line)
        {
            BOOST_TEST(line.find(each.part) != line.npos);
            BOOST_TEST(line.find("--help'") != line.npos);
            BOOST_TEST(line.find('\n') == line.npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(environment_stands_between_command_line_and_defaults)
{
    environment const variables{{{"PRYV_EXPORT_JOBS", "5"},
                                 {"PRYV_EXPORT_LEVEL", "9"},
                                 {"PRYV_EXPORT_NO_COMPRESS", "1"},
                                 {"PRYV_EXPORT_OVERWRITE", "false"},
                                 {"PRYV_EXPORT_USER", "u1,u2"},
                                 {"PRYV_EXPORT_VAR", "/a=/b,/c=/d"},
                                 {"PRYV_EXPORT_REPORT", ""}}};
    core_options const options = parsed({"--level", "2"});
    BOOST_TEST(options.exporting.jobs == 5U);
    BOOST_TEST(options.exporting.encoding.level == 2);
    BOOST_TEST(!options.exporting.encoding.gzip);
    BOOST_TEST((options.exporting.if_exists == archive::output_folder::existing::refuse));
    BOOST_TEST(options.exporting.users == (words{"u1", "u2"}), boost::test_tools::per_element());
    BOOST_TEST(options.path_mappings.size() == 2U);
    BOOST_TEST(options.exporting.report_files.empty());
    BOOST_TEST(parsed({"--user", "only"}).exporting.users == words{"only"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_live_server_needs_no_option)
{
    environment const variables{{{"PRYV_EXPORT_MONGO_PASSWORD", "se cret"}}};
    auto const of = [](const words& line) { return std::get<core_options>(parse(line)).exporting.mongo; };
    auto const plain = of({"core", "c.yml", "out"});
    BOOST_TEST(plain.uri.empty());
    BOOST_TEST(plain.password.reveal() == "se cret");
    BOOST_TEST(plain.connections == 4U);
    BOOST_TEST(plain.give_up_after_seconds == 120U);
    auto const asked = of({"core", "c.yml", "out", "--mongo-uri", "mongodb://h/?tls=true", "--mongo-user",
                           "u", "--tls-ca", "ca.pem", "--tls-certificate", "me.pem", "--tls-insecure",
                           "--mongo-connections", "9", "--give-up-after", "7"});
    BOOST_TEST(asked.uri.reveal() == "mongodb://h/?tls=true");
    BOOST_TEST(asked.user == "u");
    BOOST_TEST(asked.tls_ca_file.value() == "ca.pem");
    BOOST_TEST(asked.tls_client_file.value() == "me.pem");
    BOOST_TEST(asked.tls_insecure);
    BOOST_TEST(asked.connections == 9U);
    BOOST_TEST(asked.give_up_after_seconds == 7U);
}

BOOST_AUTO_TEST_CASE(a_wrong_variable_is_named)
{
    environment const variables{{{"PRYV_EXPORT_JOBS", "many"}}};
    BOOST_TEST(refusal(core_line({})).starts_with("PRYV_EXPORT_JOBS: 'many' is no whole number"));
    environment const flag{{{"PRYV_EXPORT_FAIL_FAST", "perhaps"}}};
    BOOST_TEST(refusal(core_line({"--jobs", "1"}))
                   .starts_with("PRYV_EXPORT_FAIL_FAST: 'perhaps' is neither 1 nor 0"));
}

BOOST_AUTO_TEST_CASE(everything_required_may_come_from_the_environment)
{
    environment const variables{{{"PRYV_EXPORT_MONGODUMP", "there"}}};
    words const line{"core", "c.yml", "out"};
    BOOST_TEST(std::get<core_options>(parse(line)).exporting.mongodump == "there");
}

BOOST_AUTO_TEST_CASE(help_and_version_are_printed)
{
    for (const words& line : {words{"--help"}, words{"-h"}, words{"help"}})
        BOOST_TEST(printed(line) == general_help());
    for (const words& line :
         {words{"core", "--help"}, words{"core", "-h"}, words{"core", "c.yml", "--help"}}) {
        BOOST_TEST(printed(line) == core_help());
    }
    BOOST_TEST(printed({"--version"}).starts_with("pryv-export "));
    BOOST_TEST(printed({"--version"}).ends_with(")\n"));
}

BOOST_AUTO_TEST_CASE(help_names_every_option_and_no_other)
{
    // An option that exists is accepted, or complains about its value; one that does not is unexpected.
    std::set<std::string> const in_help = options_in(core_help());
    BOOST_TEST(in_help.size() == 38U);
    for (const std::string& name : in_help) {
        std::string const line = refusal(core_line({name, "third", "fourth"}));
        BOOST_TEST_CONTEXT(name << ": " << line)
        {
            BOOST_TEST(line.find("there is no option") == line.npos);
        }
    }
    for (std::string_view const name : {"--mongodump",
                                        "--mongo-uri",
                                        "--mongo-user",
                                        "--mongo-password-file",
                                        "--tls-ca",
                                        "--tls-certificate",
                                        "--tls-insecure",
                                        "--mongo-connections",
                                        "--give-up-after",
                                        "--users-path",
                                        "--var",
                                        "--override-config",
                                        "--register-dir",
                                        "--force-version",
                                        "--user",
                                        "--users-file",
                                        "--allow-empty",
                                        "--target-file-size",
                                        "--no-compress",
                                        "--level",
                                        "--integrity",
                                        "--overwrite",
                                        "--fail-fast",
                                        "--jobs",
                                        "--users-in-flight",
                                        "--memory",
                                        "--spool-dir",
                                        "--report",
                                        "--progress",
                                        "--quiet",
                                        "--log-level",
                                        "--log-format",
                                        "--help"}) {
        BOOST_TEST_CONTEXT(name)
        {
            BOOST_TEST(in_help.contains(std::string{name}));
        }
    }
}

BOOST_AUTO_TEST_CASE(help_fits_80_columns)
{
    for (std::string_view const help : {general_help(), core_help()}) {
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = help.find('\n', begin)) != help.npos; begin = end + 1) {
            BOOST_TEST_CONTEXT(help.substr(begin, end - begin))
            {
                BOOST_TEST(end - begin <= 80U);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_scan_is_of_a_dry_run)
{
    BOOST_TEST(!parsed({}).dry_run);
    core_options const options = parsed({"--dry-run", "--scan"});
    BOOST_TEST(options.dry_run);
    BOOST_TEST(options.scan);
    BOOST_TEST(refusal(core_line({"--scan"})).find("--dry-run") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(reports_can_be_asked_for_several_times_but_a_forecast_is_no_page)
{
    auto const options = std::get<core_options>(
        parse(words{"core", "c.yml", "out", "--report", "a.html", "--report", "b.json"}));
    BOOST_TEST((options.exporting.report_files == std::vector<std::filesystem::path>{"a.html", "b.json"}));
    BOOST_CHECK_THROW(parse(words{"core", "c.yml", "out", "--dry-run", "--report", "a.HTML"}), export_error);
    BOOST_CHECK_NO_THROW(parse(words{"core", "c.yml", "out", "--dry-run", "--report", "a.json"}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::cli
