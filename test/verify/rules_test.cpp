#include "faults.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <set>

namespace {

using namespace pryv_export::verify;
using namespace verify_test;

std::vector<row> table()
{
    std::vector<row> rows = file_faults();
    for (row const& each : record_faults()) rows.push_back(each);
    return rows;
}

std::string all_of(const verify_report& report)
{
    return summary_text(report, false);
}

std::uint64_t grave(const verify_report& report)
{
    return report.found.count(severity::error) + report.found.count(severity::warning);
}

} // namespace

BOOST_AUTO_TEST_SUITE(rules)

BOOST_AUTO_TEST_CASE(sound_archives_have_no_finding)
{
    for (style const made_by : {style::ours, style::node_tool, style::v2_backup}) {
        for (bool const compressed : {true, false}) {
            archive_builder builder{made_by};
            builder.compressed = compressed;
            builder.lines("register/servers") = {R"({"username":"alice","server":"co1.example.com"})"};
            builder.user_lines("extra/events") = {
                R"({"rule":"nul","kind":"events","id":"x","record":{"content":"\u0000"}})"};
            auto const report = builder.check();
            BOOST_TEST(grave(report) == 0U, all_of(report));
            BOOST_TEST(report.users_checked == 1U);
            BOOST_TEST(report.counts[4].second == 3U);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_fault_is_found_and_named)
{
    for (const row& each : table()) {
        BOOST_TEST_CONTEXT(each.name)
        {
            archive_builder builder{each.made_by};
            each.spoil(builder);
            auto const report = builder.check();
            BOOST_TEST(report.found.count(each.expected, each.level) > 0U, all_of(report));
            if (each.alone)
                BOOST_TEST(grave(report) == report.found.count(each.expected, each.level), all_of(report));
            BOOST_TEST(report.sound() == (each.level != severity::error));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_rule_has_a_fault)
{
    // Those of hostile_test.cpp and source_test.cpp.
    std::set<rule> seen{rule::line_too_long,       rule::text_too_large,  rule::json_too_many,
                        rule::source_more,         rule::source_less,     rule::source_user_missing,
                        rule::source_user_unknown, rule::source_uncounted};
    for (const row& each : table()) seen.insert(each.expected);
    for (std::size_t i = 0; i < rule_count; ++i)
        BOOST_TEST(seen.contains(static_cast<rule>(i)), facts_of(static_cast<rule>(i)).name);
}

BOOST_AUTO_TEST_CASE(names_are_unique_and_explained)
{
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < rule_count; ++i) {
        const rule_facts& facts = facts_of(static_cast<rule>(i));
        BOOST_TEST(names.insert(facts.name).second, facts.name);
        BOOST_TEST(!facts.v2.empty());
        BOOST_TEST(!facts.todo.empty());
    }
}

BOOST_AUTO_TEST_CASE(all_are_in_the_manual)
{
    std::ifstream in{TEST_DATA_DIR "/../../docs/verify.md"};
    std::string const manual{std::istreambuf_iterator<char>{in}, {}};
    for (std::size_t i = 0; i < rule_count; ++i) {
        const rule_facts& facts = facts_of(static_cast<rule>(i));
        std::string const begin =
            "| `" + std::string{facts.name} + "` | " + std::string{name_of(facts.level)} + " | ";
        BOOST_TEST(manual.find(begin) != manual.npos, facts.name);
        BOOST_TEST(manual.find("| " + std::string{facts.v2} + " | ") != manual.npos, facts.v2);
        BOOST_TEST(manual.find(" | " + std::string{facts.todo} + " |") != manual.npos, facts.todo);
    }
}

BOOST_AUTO_TEST_SUITE_END()
