#include "archive_builder.hpp"

#include <boost/test/unit_test.hpp>

/// An archive as the Node export tool leaves it, with the faults that it is known for.
BOOST_AUTO_TEST_SUITE(node_tool)

BOOST_AUTO_TEST_CASE(each_known_fault_is_reported_with_what_v2_would_do)
{
    using namespace pryv_export::verify;
    using namespace verify_test;
    archive_builder builder{archive_builder::style::node_tool};
    // Two attachments of one id: the second overwrote the first, both were counted.
    builder.stats_extra =
        R"("streams":4,"accesses":2,"profile":1,"webhooks":1,"events":7,"audit":3,"series":0,"attachments":3)";
    // Stored order: a child before its parent, two live siblings of one name, a key of old.
    builder.user_lines("streams") = {R"({"id":"sub","name":"Sub","parentId":"diary"})",
                                     R"({"id":"diary","name":"Diary"})",
                                     R"({"id":"twin","name":"Sub","parentId":"diary"})",
                                     R"({"id":"old","name":"Old","childrenHidden":[]})"};
    builder.user_lines("accesses").push_back(R"({"id":"a2","token":"t1","name":"second","type":"app"})");
    builder.user_lines("events/events-0001") = {
        event("e1"),
        event("e2", attachment("f1", "hello")),
        event("e3", attachment("f1", "other")),
        history("h2", "e2", attachment("f1", "hello")),
        R"({"id":"gone","deleted":1})",
        R"({"id":"mail","streamIds":[":_system:email"],"time":1,"type":"email/string","content":"a@b.c"})",
    };
    builder.user_lines("audit/audit-0001") = {
        audit_row("q1"), audit_row("q2"),
        R"({"eventid":"q3","streamIds":"access-a ..","time":1,"endTime":1,"type":"x","content":{"a":1}})"};
    builder.user_lines("account") = {
        R"({"passwords":[],"storeKeyValues":[{"storeId":"local","key":"k","value":"{\"a\":1}"}],)"
        R"("accountFields":[{"field":"email","value":"x"}]})"};
    builder.lines("platform/platform") = {R"({"key":"user-unique/insurance/AB/12","value":"alice"})",
                                          R"({"key":"user-indexed/language/alice","value":"en"})"};
    // Chunks of an earlier run that nobody cleared away.
    builder.before_sums = [](auto& files) { files["users/cuser0001/streams.jsonl"] = ""; };

    auto const report = builder.check();
    for (rule const which :
         {rule::count_mismatch, rule::stream_order, rule::stream_name_repeated, rule::unknown_key,
          rule::access_token_repeated, rule::attachment_shared, rule::attachment_captured,
          rule::integrity_missing, rule::account_event, rule::audit_shape, rule::account_shape,
          rule::password_missing, rule::key_value_text, rule::platform_slash, rule::wrong_suffix})
        BOOST_TEST(report.found.count(which) > 0U, facts_of(which).name);
    BOOST_TEST(report.made_by == "the Node export tool");
    std::string const text = summary_text(report, false);
    BOOST_TEST(text.find("v2: cuts the value at the slash") != text.npos);
    // What the tool never writes is no fault of the archive.
    BOOST_TEST(report.found.count(rule::checksum_list) == 0U);
    BOOST_TEST(report.found.count(rule::report_mismatch) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
