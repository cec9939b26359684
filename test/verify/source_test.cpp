#include "archive_builder.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace pryv_export::verify;
using namespace verify_test;
using style = archive_builder::style;

/// What the archive of archive_builder was made from.
source_census its_source(const verify_report& report)
{
    source_census census;
    census.source = "a dump";
    source_user& user = census.users["cuser0001"];
    for (std::size_t i = 0; i < counted_kinds.size(); ++i) user.records[i] = report.counts[i].second;
    return census;
}

/// Held against a source that differs from what it was made from.
verify_report against(style made_by, const std::function<void(source_census&)>& change)
{
    archive_builder sound{made_by};
    verify_options options;
    options.against = its_source(sound.check());
    source_user& user = options.against->users["cuser0001"];
    // The bytes of its attachments are what the archive tells when nothing else differs.
    auto const first = sound.check(options);
    for (severity const level : {severity::error, severity::warning})
        for (const finding& each : first.found.examples(rule::source_less, level))
            user.attachment_bytes = std::stoull(each.text.substr(each.text.find("source, ") + 8));
    change(*options.against);
    return sound.check(std::move(options));
}

std::uint64_t grave(const verify_report& report)
{
    return report.found.count(severity::error) + report.found.count(severity::warning);
}

} // namespace

BOOST_AUTO_TEST_SUITE(source)

BOOST_AUTO_TEST_CASE(the_same_source_is_no_finding)
{
    for (style const made_by : {style::ours, style::node_tool, style::v2_backup}) {
        auto const report = against(made_by, [](auto&) {});
        BOOST_TEST(grave(report) == 0U, summary_text(report, false));
        BOOST_TEST(report.held_against == "a dump");
        BOOST_TEST(summary_text(report, false).find("Held against a dump") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(each_kind_is_held_against_the_source)
{
    for (style const made_by : {style::ours, style::node_tool}) {
        for (std::size_t kind = 0; kind < counted_kinds.size(); ++kind) {
            if (kind == count_series) continue;
            BOOST_TEST_CONTEXT(counted_kinds[kind])
            {
                auto const more =
                    against(made_by, [&](auto& census) { census.users["cuser0001"].records[kind] += 100; });
                BOOST_TEST(more.found.count(rule::source_more, severity::error) == 1U);
                BOOST_TEST(grave(more) == 1U, summary_text(more, false));
                std::uint64_t there = 0;
                auto const less = against(
                    made_by, [&](auto& census) { there = --census.users["cuser0001"].records[kind]; });
                // A source without any is more likely one that was not seen.
                severity const level = there == 0 ? severity::error : severity::warning;
                BOOST_TEST(less.found.count(rule::source_less, level) == 1U);
                BOOST_TEST(grave(less) == 1U, summary_text(less, false));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_few_events_may_be_account_fields_where_no_report_says_so)
{
    auto const one_more = [](auto& census) { ++census.users["cuser0001"].records[count_events]; };
    BOOST_TEST(against(style::ours, one_more).found.count(rule::source_more, severity::error) == 1U);
    BOOST_TEST(against(style::node_tool, one_more).found.count(rule::source_more, severity::warning) == 1U);
}

BOOST_AUTO_TEST_CASE(bytes_of_attachments_count)
{
    auto const report =
        against(style::ours, [](auto& census) { ++census.users["cuser0001"].attachment_bytes; });
    BOOST_TEST(report.found.count(rule::source_more, severity::error) == 1U);
}

BOOST_AUTO_TEST_CASE(users_of_one_side_only)
{
    auto const missing = against(style::ours, [](auto& census) { census.users["cuser0002"]; });
    BOOST_TEST(missing.found.count(rule::source_user_missing, severity::error) == 1U);
    auto const unknown = against(style::ours, [](auto& census) { census.users.clear(); });
    BOOST_TEST(unknown.found.count(rule::source_user_unknown, severity::warning) == 1U);
    BOOST_TEST(grave(unknown) == 1U);
}

BOOST_AUTO_TEST_CASE(kinds_that_only_the_report_counts)
{
    // The report of the builder has none of them.
    auto const report = against(style::ours, [](auto& census) { census.users["cuser0001"].others[0] = 1; });
    BOOST_TEST(report.found.count(rule::source_more, severity::error) == 1U);
    auto const silent =
        against(style::node_tool, [](auto& census) { census.users["cuser0001"].others[0] = 1; });
    BOOST_TEST(grave(silent) == 0U, "an archive without a report says nothing of them");
}

BOOST_AUTO_TEST_CASE(a_source_with_damage_proves_nothing)
{
    auto const report = against(style::ours, [](auto& census) { census.problems = {"events.bson: cut"}; });
    BOOST_TEST(report.found.count(rule::source_uncounted, severity::error) == 1U);
}

BOOST_AUTO_TEST_CASE(a_part_of_the_users_is_called_so)
{
    verify_options options;
    options.users = {"alice"};
    archive_builder builder;
    BOOST_TEST(summary_text(builder.check(options), false).find("as far as the users tell") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_counted_is_an_error)
{
    auto const report = against(
        style::ours, [](auto& census) { census.users["cuser0001"].problems = {"audit.sqlite: is damaged"}; });
    BOOST_TEST(report.found.count(rule::source_uncounted, severity::error) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
