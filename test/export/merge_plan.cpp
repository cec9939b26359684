#include "../../src/export/merge_plan.hpp"

#include "../../src/export/platform_merge.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

namespace {

using namespace pryv_export;
using namespace pryv_export::exporting;

using users = std::vector<std::pair<std::string, std::string>>; ///< (id, name)

std::vector<user_entry> entries(const users& all)
{
    std::vector<user_entry> list;
    for (const auto& [id, name] : all) list.push_back({id, name, "index", true, true});
    return list;
}

placement by_name(std::map<std::string, std::size_t, std::less<>> servers)
{
    return [servers = std::move(servers)](std::string_view name) -> std::optional<std::size_t> {
        auto const found = servers.find(name);
        return found == servers.end() ? std::nullopt : std::optional{found->second};
    };
}

struct outcome
{
    std::string left_out; ///< "core/place→core"
    std::vector<std::string> conflicts;
    std::size_t count = 0;
};

outcome merged(const std::vector<users>& cores, const placement& placed_on = {},
               const std::vector<std::string>& missing = {})
{
    std::vector<std::vector<user_entry>> lists;
    for (const users& each : cores) lists.push_back(entries(each));
    std::vector<merge_core> all;
    for (std::size_t i = 0; i < lists.size(); ++i) all.push_back({"co" + std::to_string(i), lists[i]});
    for (const std::string& name : missing) all.push_back({.name = name, .users = {}, .missing = true});
    merge_plan const plan = plan_merge(all, placed_on);
    outcome out;
    for (const auto& each : plan.left_out) {
        out.left_out += std::to_string(each.core) + "/" + std::to_string(each.place) + ">" +
                        std::to_string(each.kept_core) + " ";
    }
    out.conflicts = plan.conflicts;
    out.count = plan.conflict_count;
    return out;
}

std::string unique(std::string_view value, std::string_view name)
{
    return R"({"isUnique":true,"field":"email","username":")" + std::string{name} + R"(","value":")" +
           std::string{value} + "\"}\n";
}

std::string indexed(std::string_view value, std::string_view name)
{
    return R"({"isUnique":false,"field":"email","username":")" + std::string{name} + R"(","value":")" +
           std::string{value} + "\"}\n";
}

convert::output rows_of(const std::string& lines, std::uint64_t count)
{
    convert::output rows;
    rows.lines.append(lines);
    rows.line_count = count;
    rows.counts.source = rows.counts.written = count;
    return rows;
}

} // namespace

BOOST_AUTO_TEST_SUITE(merge_plans)

BOOST_AUTO_TEST_CASE(users_of_their_own_are_no_conflict)
{
    outcome const out = merged({{{"u1", "ann"}, {"u2", "bob"}}, {{"u3", "carl"}}, {}});
    BOOST_TEST(out.left_out.empty());
    BOOST_TEST(out.count == 0u);
}

BOOST_AUTO_TEST_CASE(the_same_id_or_name_on_two_cores_is_refused_with_both_places)
{
    BOOST_TEST(merged({{{"u1", "ann"}}, {{"u1", "ann"}}}).conflicts ==
                   std::vector<std::string>{"User 'ann' (id u1) is on co0 and 'ann' (id u1) on co1."},
               boost::test_tools::per_element());
    BOOST_TEST(merged({{{"u1", "ann"}}, {{"u2", "ann"}}}).conflicts ==
                   std::vector<std::string>{"User 'ann' (id u1) is on co0 and 'ann' (id u2) on co1."},
               boost::test_tools::per_element());
    BOOST_TEST(merged({{{"u1", "ann"}}, {}, {{"u1", "bob"}}}).conflicts ==
                   std::vector<std::string>{"User 'ann' (id u1) is on co0 and 'bob' (id u1) on co2."},
               boost::test_tools::per_element());
    BOOST_TEST(merged({{{"u1", "ann"}}, {{"u1", "ann"}}, {{"u1", "ann"}}}).count == 2u);
}

BOOST_AUTO_TEST_CASE(many_conflicts_are_counted_and_the_first_are_listed)
{
    users all;
    for (int i = 0; i < 300; ++i) all.emplace_back("u" + std::to_string(i), "n" + std::to_string(i));
    outcome const out = merged({all, all});
    BOOST_TEST(out.count == 300u);
    BOOST_TEST(out.conflicts.size() == merge_plan::conflicts_kept);
}

BOOST_AUTO_TEST_CASE(the_register_decides_who_keeps_a_user)
{
    const std::vector<users> cores{{{"u1", "ann"}, {"u2", "bob"}}, {{"u1", "ann"}, {"u2", "bob"}}};
    outcome const out = merged(cores, by_name({{"ann", 1}, {"bob", 0}}));
    BOOST_TEST(out.left_out == "0/0>1 1/1>0 ");
    BOOST_TEST(out.count == 0u);
}

BOOST_AUTO_TEST_CASE(a_register_that_does_not_say_or_says_both_decides_nothing)
{
    const std::vector<users> cores{{{"u1", "ann"}}, {{"u1", "ann"}}};
    BOOST_TEST(merged(cores, by_name({})).count == 1u);
    // The third core does not have the user.
    BOOST_TEST(merged({{{"u1", "ann"}}, {{"u1", "ann"}}, {}}, by_name({{"ann", 2}})).count == 1u);
    // One id, two names, each placed where it is.
    outcome const both = merged({{{"u1", "ann"}}, {{"u1", "bob"}}}, by_name({{"ann", 0}, {"bob", 1}}));
    BOOST_TEST(both.count == 1u);
    BOOST_TEST(both.left_out.empty());
}

BOOST_AUTO_TEST_CASE(another_user_with_the_id_or_the_name_of_a_placed_one_is_refused_not_left_out)
{
    outcome const id = merged({{{"u1", "maria01"}}, {{"u1", "bob"}}}, by_name({{"maria01", 0}}));
    BOOST_TEST(id.left_out.empty());
    BOOST_TEST(id.conflicts ==
                   std::vector<std::string>{"User 'maria01' (id u1) is on co0 and 'bob' (id u1) on co1."},
               boost::test_tools::per_element());
    outcome const name = merged({{{"u2", "bob"}}, {{"u9", "bob"}}}, by_name({{"bob", 0}}));
    BOOST_TEST(name.left_out.empty());
    BOOST_TEST(name.count == 1u);
}

BOOST_AUTO_TEST_CASE(a_user_of_a_core_that_is_missing_is_not_taken_from_another)
{
    outcome const out = merged({{{"u1", "ann"}, {"u2", "bob"}}, {{"u1", "ann"}}},
                               by_name({{"ann", 2}, {"bob", 0}}), {"gone"});
    BOOST_TEST(out.left_out == "0/0>2 1/0>2 ");
    BOOST_TEST(out.count == 0u);
}

BOOST_AUTO_TEST_CASE(users_on_several_cores_are_told_for_archives_of_their_own)
{
    std::vector<user_entry> const one = entries({{"u1", "ann"}, {"u2", "bob"}});
    std::vector<user_entry> const other = entries({{"u1", "ann"}, {"u3", "bob"}});
    std::vector<user_entry> const third = entries({{"u4", "carl"}});
    std::vector<merge_core> const apart{{"co0", one}, {"co2", third}};
    BOOST_TEST(!sentence_about_shared_users(apart));
    std::vector<merge_core> const shared{{"co0", one}, {"co1", other}, {"co2", third}};
    auto const text = sentence_about_shared_users(shared);
    BOOST_REQUIRE(text);
    for (std::string_view const part :
         {"2 users", "'ann' (id u1) is on co0 and 'ann' (id u1) on co1", "'bob' (id u2) is on co0 and"})
        BOOST_TEST(text->find(part) != text->npos, *text);
}

BOOST_AUTO_TEST_CASE(a_user_that_nobody_else_has_stays_wherever_the_register_places_it)
{
    outcome const out = merged({{{"u1", "ann"}}, {{"u2", "bob"}}}, by_name({{"ann", 1}, {"bob", 0}}));
    BOOST_TEST(out.left_out.empty());
    BOOST_TEST(out.count == 0u);
}

BOOST_AUTO_TEST_CASE(platform_rows_that_two_cores_have_are_written_once)
{
    std::string const shared = unique("a@x", "ann");
    std::string const own = unique("b@x", "bob");
    platform_merge merge{{"co0", "co1"}, {}};
    merge.add(0, shared);
    merge.add(1, shared + own);
    BOOST_TEST(merge.conflict_count() == 0u);
    auto first = rows_of(shared, 1);
    auto second = rows_of(shared + own, 2);
    merge.filter(0, first);
    merge.filter(1, second);
    BOOST_TEST(first.lines.view() == shared);
    BOOST_TEST(second.lines.view() == own);
    BOOST_TEST(second.line_count == 1u);
    BOOST_TEST(second.counts.adds_up());
    BOOST_TEST(second.counts.written == 1u);
    BOOST_TEST(second.counts.set_aside == 1u);
    BOOST_TEST(second.extra_count == 1u);
    BOOST_TEST(second.notes.count(convert::rule::duplicate_id) == 1u);
}

BOOST_AUTO_TEST_CASE(a_row_of_a_core_that_fails_is_written_by_the_other_that_has_it)
{
    std::string const shared = unique("a@x", "ann") + indexed("a@x", "ann");
    platform_merge merge{{"co0", "co1"}, {}};
    merge.add(0, shared);
    merge.add(1, shared);
    auto rows = rows_of(shared, 2); // co0 never comes
    merge.filter(1, rows);
    BOOST_TEST(rows.lines.view() == shared);
    BOOST_TEST(rows.counts.written == 2u);
    BOOST_TEST(rows.counts.adds_up());
}

BOOST_AUTO_TEST_CASE(rows_that_changed_since_the_cores_were_compared_are_written)
{
    platform_merge merge{{"co0", "co1"}, {}};
    merge.add(0, indexed("old@x", "ann"));
    std::string const now = indexed("new@x", "ann") + unique("new@x", "ann");
    auto rows = rows_of(now, 2);
    merge.filter(0, rows);
    BOOST_TEST(rows.lines.view() == now);
    BOOST_TEST(rows.extra_count == 0u);
}

BOOST_AUTO_TEST_CASE(platform_rows_that_contradict_each_other_are_conflicts)
{
    platform_merge merge{{"co0", "co1"}, {}};
    merge.add(0, unique("a@x", "ann") + indexed("a@x", "ann") + "{\"key\":\"k\",\"value\":1}\n");
    merge.add(1, unique("a@x", "bob") + indexed("b@x", "ann") + "{\"key\":\"k\",\"value\":2}\n");
    BOOST_REQUIRE(merge.conflicts().size() == 3u);
    BOOST_TEST(merge.conflicts()[0] == "Platform data 'email \"a@x\" of bob' are others on co0 than on co1.");
    BOOST_TEST(merge.conflicts()[1] == "Platform data 'email of ann' are others on co0 than on co1.");
    BOOST_TEST(merge.conflicts()[2] == "Platform data 'k' are others on co0 than on co1.");
}

BOOST_AUTO_TEST_CASE(the_register_decides_about_platform_rows_in_either_order)
{
    std::string const right = indexed("new@x", "ann");
    std::string const stale = indexed("old@x", "ann");
    for (std::size_t const home : {0U, 1U}) {
        platform_merge merge{{"co0", "co1"}, by_name({{"ann", home}})};
        merge.add(0, home == 0 ? right : stale);
        merge.add(1, home == 1 ? right : stale);
        BOOST_TEST(merge.conflict_count() == 0u);
        auto kept = rows_of(right, 1);
        auto out = rows_of(stale, 1);
        merge.filter(home, kept);
        merge.filter(1 - home, out);
        BOOST_TEST(kept.lines.view() == right);
        BOOST_TEST(out.lines.size() == 0u);
        BOOST_TEST(out.counts.set_aside == 1u);
        BOOST_TEST(out.counts.adds_up());
        BOOST_TEST(out.extra.view() ==
                   "{\"rule\":\"on-another-core\",\"kind\":\"platform\",\"id\":\"email of ann\",\"record\":" +
                       stale.substr(0, stale.size() - 1) + "}\n");
    }
}

BOOST_AUTO_TEST_CASE(rows_of_a_copy_that_is_left_out_go_with_it)
{
    platform_merge merge{{"co0", "co1"}, {}};
    merge.leave_out(1, "ann");
    merge.add(0, indexed("a@x", "ann"));
    merge.add(1, unique("old@x", "ann") + indexed("old@x", "ann"));
    BOOST_TEST(merge.conflict_count() == 0u);
    auto rows = rows_of(unique("old@x", "ann") + indexed("old@x", "ann"), 2);
    merge.filter(1, rows);
    BOOST_TEST(rows.line_count == 0u);
    BOOST_TEST(rows.counts.set_aside == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
