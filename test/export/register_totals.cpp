#include "../../src/export/register_totals.hpp"

#include "pryv_export/base/error.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace pryv_export::exporting {

namespace {

register_report report_of(std::uint64_t most, std::uint64_t found, std::uint64_t vanished = 0)
{
    register_report report;
    report.totals = {.keys_before = 0, .keys_after = 0, .keys_most = most, .counted = true};
    report.of(source::register_kind::user).found = found;
    report.of(source::register_kind::server).vanished = vanished;
    check_totals(report);
    return report;
}

} // namespace

BOOST_AUTO_TEST_SUITE(register_totals)

BOOST_AUTO_TEST_CASE(a_register_that_vanishes_while_it_is_read_is_not_complete)
{
    BOOST_TEST(report_of(1000, 1000).warnings.empty());
    BOOST_TEST(report_of(1000, 1200).complete());
    register_report const few = report_of(1000, 950);
    BOOST_TEST(few.complete());
    BOOST_TEST(few.warnings.size() == 1U);
    BOOST_TEST(report_of(1000, 900).complete());
    BOOST_TEST(!report_of(1000, 899).complete());
    BOOST_TEST(!report_of(1000, 500, 500).complete(), "named by SCAN, gone before they were read");
    register_report const emptied = report_of(1000, 0);
    BOOST_TEST(!emptied.complete());
    BOOST_TEST(emptied.warnings.front().find("run again") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_count_is_named)
{
    register_report report;
    report.of(source::register_kind::user).found = 3;
    check_totals(report);
    BOOST_TEST(report.complete());
    BOOST_TEST(report.warnings.size() == 1U);
    BOOST_TEST(report.warnings.front().find("DBSIZE") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(neither_users_nor_servers_are_an_error)
{
    register_report report;
    report.source = "Redis 127.0.0.1:6379";
    report.rows[static_cast<std::size_t>(register_file::other)] = 7;
    auto const is_missing = [](const export_error& error) {
        return error.status() == exit_status::source_missing &&
               std::string{error.what()}.find("--allow-empty") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(refuse_empty(report), export_error, is_missing);
    report.rows[static_cast<std::size_t>(register_file::servers)] = 1;
    BOOST_CHECK_NO_THROW(refuse_empty(report));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::exporting
