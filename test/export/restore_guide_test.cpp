#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>

namespace pryv_export::test {

using namespace exporting;
using convert::kind;

BOOST_AUTO_TEST_SUITE(restore)

BOOST_AUTO_TEST_CASE(says_what_a_restore_needs)
{
    std::string const text = restore_guide(good_run());
    if (std::getenv("SHOW") != nullptr) std::cout << restore_guide(bad_run());
    for (std::string_view const part : {
             "The archive is **complete**",
             "sha256sum --check --quiet SHA256SUMS",
             "node bin/backup.js --restore \"$ARCHIVE\" --verify-integrity",
             "Rolled back",
             "An exit status of 0 is not enough",
             "--overwrite",
             "node bin/backfill-access-index.js",
             "node bin/platform-pii-migrate.js up",
             "node bin/integrity-check.js",
             "custom:systemStreams",
             "integrity:algorithm",
             "1 h 52 min",
         }) {
        BOOST_TEST_CONTEXT(part)
        {
            BOOST_TEST(text.find(part) != text.npos);
        }
    }
    BOOST_TEST(text.find("What concerns") == text.npos);
}

BOOST_AUTO_TEST_CASE(a_large_user_needs_a_larger_heap)
{
    run_report run = good_run();
    BOOST_TEST(restore_guide(run).find("NODE_OPTIONS") == std::string::npos);
    run.largest_user_events = 200'001;
    BOOST_TEST(restore_guide(run).find("NODE_OPTIONS=--max-old-space-size=4096") != std::string::npos);
    run.largest_user_events = 5'000'000;
    BOOST_TEST(restore_guide(run).find("NODE_OPTIONS=--max-old-space-size=29696") != std::string::npos);
    BOOST_TEST(restore_guide(run).find("`cuser1`, 5,000,000 events") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_what_concerns_this_archive)
{
    std::string const text = restore_guide(bad_run());
    for (std::string_view const part :
         {"**not complete**", "## 5. What concerns this archive", "2 users are **not** in it",
          "  * `cuser7`: user cuser7", "1 × integrity-broken", "1 × attachment-missing",
          "no collection 'webhooks'", "damaged at byte 123456789"}) {
        BOOST_TEST_CONTEXT(part)
        {
            BOOST_TEST(text.find(part) != text.npos);
        }
    }
    BOOST_TEST(text.find('\x1b') == text.npos);
}

BOOST_AUTO_TEST_CASE(does_not_depend_on_the_output_folder)
{
    run_report run = good_run();
    std::string const text = restore_guide(run);
    run.output = "/elsewhere";
    BOOST_TEST(restore_guide(run) == text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
