#include "pryv_export/config/job_file.hpp"

#include "pryv_export/base/error.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <string_view>

namespace {

using namespace pryv_export;
using namespace pryv_export::config;

std::optional<std::string> variable(std::string_view name)
{
    static const std::map<std::string, std::string, std::less<>> all{
        {"DUMPS", "/dumps"}, {"REDIS_PASSWORD", "opensesame"}, {"EMPTY", ""}};
    auto const found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional{found->second};
}

job_file parsed(std::string_view text)
{
    return parse_job(text, "job.yml", "/jobs", variable);
}

std::string refusal(std::string_view text)
{
    try {
        parsed(text);
    } catch (const export_error& error) {
        BOOST_TEST((error.status() == exit_status::bad_config));
        return error.what();
    }
    return "no error";
}

/// "--memory=1GiB --jobs=2"
std::string shown(const std::vector<job_setting>& settings)
{
    std::string all;
    for (const job_setting& each : settings)
        all += (all.empty() ? "" : " ") + each.option + "=" + each.text.reveal();
    return all;
}

constexpr std::string_view complete_job = R"(output: out
layout: merged
register:
  redis: { host: 10.0.0.5, port: 6379, password-env: REDIS_PASSWORD, db: 2, tls-ca: ca.pem }
cores:
  co1:
    config: co1/core.yml
    register-name: co1.example.com
    mongodump: ${DUMPS}/co1
    var: [/app/data=data, /var/pryv]
    override-config: over.yml
    options: { level: 6, user: [a, b] }
  co2:
    config:
      database: { name: "pry$${v}", port: 27018 }
    mongo-uri: mongodb://db
    mongo-password-env: REDIS_PASSWORD
options:
  memory: 1GiB
  fail-fast: true
  report: report.json
)";

} // namespace

BOOST_AUTO_TEST_SUITE(job_files)

BOOST_AUTO_TEST_CASE(a_whole_job_is_understood)
{
    job_file const job = parsed(complete_job);
    BOOST_TEST(job.output == "/jobs/out");
    BOOST_TEST((job.layout == job_layout::merged));
    BOOST_TEST(shown(job.settings) == "--memory=1GiB --fail-fast=true --report=/jobs/report.json");
    BOOST_REQUIRE(job.register_source.has_value());
    BOOST_TEST(shown(job.register_source->settings) ==
               "--redis-host=10.0.0.5 --redis-port=6379 --redis-db=2 --redis-tls-ca=/jobs/ca.pem");
    BOOST_TEST(job.register_source->password->reveal() == "opensesame");

    BOOST_REQUIRE(job.cores.size() == 2U);
    const job_core& first = job.cores[0];
    BOOST_TEST(first.name == "co1");
    BOOST_TEST(first.config_file == "/jobs/co1/core.yml");
    BOOST_TEST(first.register_name == "co1.example.com");
    BOOST_TEST(shown(first.settings) == "--mongodump=/dumps/co1 --var=/app/data=/jobs/data --var=/var/pryv "
                                        "--override-config=/jobs/over.yml --level=6 --user=a --user=b");
    const job_core& second = job.cores[1];
    BOOST_TEST(second.config_file.empty());
    BOOST_TEST(second.inside.find("database")->find("name")->text == "pry${v}");
    BOOST_TEST(second.mongo_password->reveal() == "opensesame");
}

BOOST_AUTO_TEST_CASE(a_small_job_has_the_usual_layout_and_no_register)
{
    job_file const job = parsed("cores: { a: { config: /etc/a.yml } }\n");
    BOOST_TEST((job.layout == job_layout::per_core));
    BOOST_TEST(!job.register_source.has_value());
    BOOST_TEST(job.output.empty());
    BOOST_TEST(job.cores[0].config_file == "/etc/a.yml");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_line_and_column)
{
    struct row
    {
        std::string_view text;
        std::string_view message;
    };
    const row rows[]{
        {"outptu: a\n", "job.yml:1:1, outptu: there is no such key; did you mean output?"},
        {"quite-something-else: a\n", "job.yml:1:1, quite-something-else: there is no such key; see"},
        {"cores: {}\n", "job.yml:1:8, cores: names no core"},
        {"output: a\n", "job.yml:1:1, cores: names no core"},
        {"cores: [a]\n", "job.yml:1:8, cores: should hold keys"},
        {"layout: flat\ncores: {}\n", "job.yml:1:9, layout: is 'flat', but should be per-core or merged"},
        {"output: [a]\n", "job.yml:1:9, output: should be one value"},
        {"output: ''\n", "job.yml:1:9, output: has no value"},
        {"cores:\n  a: x\n", "job.yml:2:3, cores:a: should hold keys"},
        {"cores:\n  a: {}\n", "job.yml:2:3, cores:a: has no config"},
        {"cores:\n  a: { config: x }\n  a: { config: y }\n", "job.yml:3:3: the key a is there twice"},
        {"cores:\n  ../a: { config: x }\n", "job.yml:2:3, cores:../a: this name cannot be that of a core"},
        {"cores:\n  users: { config: x }\n", "job.yml:2:3, cores:users: this name cannot be that of a core"},
        {"cores:\n  a:\n    config: x\n    mongodunp: y\n",
         "job.yml:4:5, cores:a:mongodunp: there is no such key; did you mean mongodump?"},
        {"cores:\n  a: { config: [x] }\n", "job.yml:2:16, cores:a:config: should be one value"},
        {"cores:\n  a: { config: x, mongodump: y, mongo-uri: z }\n",
         "job.yml:2:6, cores:a: mongodump and mongo-uri exclude each other"},
        {"cores:\n  a: { config: x, mongo-password-env: NONE }\n",
         "job.yml:2:39, cores:a:mongo-password-env: the variable NONE is not set"},
        {"cores:\n  a:\n    config: x\n    options: { memory: 1 }\n",
         "job.yml:4:16, cores:a:options:memory: there is no such key"},
        {"cores:\n  a: { config: x, core-id: y }\n",
         "job.yml:2:28, cores:a:core-id: needs the core's register-name as well"},
        {"cores:\n  a: { config: x, register-name: h }\n  b: { config: y, register-name: h }\n",
         "job.yml:3:34, cores:b:register-name: 'h' is that of core a as well"},
        {"cores: { a: { config: x } }\noptions: { memori: 1 }\n",
         "job.yml:2:12, options:memori: there is no such key; did you mean memory?"},
        {"register: {}\n", "job.yml:1:11, register: should have redis"},
        {"register:\ncores: { a: { config: x } }\n", "job.yml:1:1, register: is empty"},
        {"register: { redis: {}, dir: x }\n", "job.yml:1:11, register: should have redis"},
        {"register:\n  redis: { hots: x }\n",
         "job.yml:2:12, register:redis:hots: there is no such key; did you mean host?"},
        {"register:\n  redis: { password: a, password-env: b }\n",
         "job.yml:2:10, register:redis: password, password-env and password-file exclude each other"},
        {"output: a${NONE}\n", "job.yml:1:9: the variable NONE is not set; export it before the run"},
        {"output: a${1x}\n", "job.yml:1:9: '${' begins no variable"},
        {"output: a${\n", "job.yml:1:9: '${' begins no variable"},
        {"output: \"a\n", "job.yml:2:1: is no YAML"},
    };
    for (const row& each : rows) {
        BOOST_TEST_CONTEXT(each.text)
        {
            std::string const message = refusal(each.text);
            BOOST_TEST(message.starts_with(each.message), message);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_job_with_a_password_that_others_may_read_is_warned_of)
{
    testing::temporary_folder const folder;
    auto const warnings = [&](std::string_view text, std::filesystem::perms mode) {
        folder.write("job.yml", text);
        std::filesystem::permissions(folder / "job.yml", mode);
        return load_job(folder / "job.yml").warnings;
    };
    using std::filesystem::perms;
    constexpr auto for_all = perms::owner_read | perms::owner_write | perms::others_read;
    constexpr std::string_view secret_job =
        "cores: { a: { config: { database: { authPassword: hidden } } } }\n";
    auto const said = warnings(secret_job, for_all);
    BOOST_REQUIRE(said.size() == 1U);
    BOOST_TEST(said[0].find("chmod 600") != std::string::npos);
    BOOST_TEST(said[0].find("hidden") == std::string::npos);
    BOOST_TEST(warnings(secret_job, perms::owner_read | perms::owner_write).empty());
    BOOST_TEST(warnings("cores: { a: { config: x } }\n", for_all).empty());
    BOOST_TEST(warnings("cores: { a: { config: x, mongo-uri: 'mongodb://u:p@h' } }\n", for_all).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
