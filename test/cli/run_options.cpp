#include "../../src/cli/run_options.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/cli/command_line.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>
#include <vector>

namespace pryv_export::cli {

namespace {

using words = std::vector<std::string>;

run_options parsed(const words& line)
{
    return std::get<run_options>(parse(line));
}

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

config::job_file job_of(std::string_view text)
{
    return config::parse_job(text, "job.yml", "/jobs", [](auto) { return std::nullopt; });
}

/// The options of the first core of a job with one of each key.
core_options first_core(std::string_view job_text, const words& line, run_options* whole = nullptr)
{
    config::job_file const job = job_of(job_text);
    run_options ignored;
    return core_options_of(parsed(line), job, job.cores.front(), whole != nullptr ? *whole : ignored);
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_command_line)

BOOST_AUTO_TEST_CASE(the_job_comes_first_then_names_of_cores)
{
    run_options const options =
        parsed({"run", "job.yml", "co2", "--keep-going", "co1", "--layout", "merged"});
    BOOST_TEST(options.job_file == "job.yml");
    BOOST_TEST(options.cores == (words{"co2", "co1"}), boost::test_tools::per_element());
    BOOST_TEST(options.keep_going);
    BOOST_TEST((options.layout == config::job_layout::merged));
    BOOST_TEST(!options.output.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_of_one_core_is_no_option_of_run)
{
    BOOST_TEST(refusal({"run"}).find("JOB.yml is needed") != std::string::npos);
    BOOST_TEST(refusal({"run", "job.yml", "--mongodump", "x"}).find("there is no option --mongodump") !=
               std::string::npos);
    BOOST_TEST(refusal({"run", "job.yml", "--layout", "flat"}).find("none of per-core, merged") !=
               std::string::npos);
    BOOST_TEST(refusal({"run", "job.yml", "--jobs", "0"}).ends_with("try 'pryv-export run --help'"));
}

BOOST_AUTO_TEST_CASE(the_command_line_goes_over_the_environment_over_the_core_over_the_job)
{
    constexpr std::string_view text =
        "cores: { a: { config: x, options: { level: 3, give-up-after: 30 } } }\n"
        "options: { level: 2, target-file-size: 7, give-up-after: 10, jobs: 3, "
        "keep-going: true }\n";
    run_options whole;
    core_options options = first_core(text, {"run", "job.yml"}, &whole);
    BOOST_TEST(options.exporting.encoding.level == 3);
    BOOST_TEST(options.exporting.target_file_bytes == 7U << 20);
    BOOST_TEST(options.exporting.mongo.give_up_after_seconds == 30U);
    BOOST_TEST(options.exporting.jobs == 3U);
    BOOST_TEST(options.config_file == "/jobs/x");
    BOOST_TEST(whole.keep_going);
    ::setenv("PRYV_EXPORT_LEVEL", "4", 1);
    options = first_core(text, {"run", "job.yml"});
    BOOST_TEST(options.exporting.encoding.level == 4);
    options = first_core(text, {"run", "job.yml", "--level", "5"});
    ::unsetenv("PRYV_EXPORT_LEVEL");
    BOOST_TEST(options.exporting.encoding.level == 5);
}

BOOST_AUTO_TEST_CASE(every_key_of_a_job_is_an_option)
{
    constexpr std::string_view text = R"(cores:
  a:
    config: x
    mongo-uri: mongodb://h
    mongo-user: u
    mongo-password-file: p
    tls-ca: ca
    tls-certificate: c
    tls-insecure: true
    users-path: users
    var: /a=b
    override-config: [o1, o2]
    options: { user: [u1], users-file: f, target-file-size: 2, level: 9, integrity: keep, mongo-connections: 2,
      give-up-after: 9, force-version: true, allow-empty: true, spool-dir: s }
options: { target-file-size: 3, level: 8, integrity: drop, mongo-connections: 3, give-up-after: 8, force-version: false,
  allow-empty: false, spool-dir: t, no-compress: true, jobs: 2, users-in-flight: 5, memory: 1GiB, fail-fast: true,
  keep-going: true, report: r.json }
register:
  redis: { host: h, port: 1, user: u, password: p, db: 2, tls: true, tls-ca: ca, tls-certificate: c,
    tls-insecure: true }
)";
    run_options whole;
    core_options const options = first_core(text, {"run", "job.yml"}, &whole);
    const exporting::export_options& to = options.exporting;
    BOOST_TEST(to.mongo.uri.reveal() == "mongodb://h");
    BOOST_TEST(*to.mongo.tls_ca_file == "/jobs/ca");
    BOOST_TEST(to.mongo.tls_insecure);
    BOOST_TEST(*options.users_path == "/jobs/users");
    BOOST_TEST(options.path_mappings.front().second == "/jobs/b");
    BOOST_TEST(options.override_configs.size() == 2U);
    BOOST_TEST(to.users == words{"u1"}, boost::test_tools::per_element());
    BOOST_TEST(*options.users_file == "/jobs/f");
    BOOST_TEST(*to.spool_dir == "/jobs/s");
    BOOST_TEST(!to.encoding.gzip);
    BOOST_TEST(to.users_in_flight == 5U);
    BOOST_TEST(to.fail_fast);
    BOOST_TEST((to.integrity == convert::integrity_mode::keep));
    BOOST_TEST((whole.report_files == std::vector<std::filesystem::path>{"/jobs/r.json"}));

    config::job_file const job = job_of(text);
    exporting::register_options const redis = redis_options_of(*job.register_source, options);
    BOOST_TEST(redis.redis.host == "h");
    BOOST_TEST(redis.redis.port == 1U);
    BOOST_TEST(redis.redis.database == 2U);
    BOOST_TEST(redis.redis.tls_insecure);
    BOOST_TEST(redis.password.reveal() == "p");
    BOOST_TEST(!redis.encoding.gzip);
    BOOST_TEST(redis.allow_empty == options.exporting.allow_empty);
}

BOOST_AUTO_TEST_CASE(a_wrong_value_is_refused_where_it_stands)
{
    auto const message = [](std::string_view text) {
        try {
            first_core(text, {"run", "job.yml"});
        } catch (const export_error& error) {
            BOOST_TEST((error.status() == exit_status::bad_config));
            return std::string{error.what()};
        }
        return std::string{"accepted"};
    };
    BOOST_TEST(message("cores: { a: { config: x } }\noptions: { jobs: 0 }\n") ==
               "job.yml:2:18, options:jobs: '0' is no whole number from 1 to 1024");
    BOOST_TEST(message("cores: { a: { config: x, options: { integrity: no } } }\n") ==
               "job.yml:1:48, cores:a:options:integrity: 'no' is none of auto, keep, drop");
    BOOST_TEST(message("cores: { a: { config: x, tls-insecure: maybe } }\n") ==
               "job.yml:1:40, cores:a:tls-insecure: 'maybe' is neither 1 nor 0");
}

BOOST_AUTO_TEST_CASE(help_fits_80_columns)
{
    std::string_view const help = run_help();
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = help.find('\n', begin)) != help.npos; begin = end + 1)
        BOOST_TEST(end - begin <= 80U, help.substr(begin, end - begin));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::cli
