#include "../../src/export/event_ledger.hpp"

#include <boost/test/unit_test.hpp>

using namespace pryv_export;
using exporting::event_ledger;

namespace {

convert::attachment_reference reference(std::uint32_t record, std::string event, std::string file,
                                        bool history = false)
{
    return {record, std::move(event), std::move(file), 1, "", history};
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_ledger_suite)

BOOST_AUTO_TEST_CASE(finds_ids_that_came_before_in_the_batch_and_earlier)
{
    event_ledger ledger{false};
    BOOST_TEST(ledger.wants_id_hashes());
    convert::event_batch first;
    first.id_hashes = {1, 2, 0, 2};
    auto const inside = ledger.exceptions_for(first);
    BOOST_TEST(inside.duplicates == std::vector<std::uint32_t>{3}, boost::test_tools::per_element());
    ledger.enter(first);
    convert::event_batch second;
    second.id_hashes = {3, 1, 0};
    BOOST_TEST(ledger.exceptions_for(second).duplicates == std::vector<std::uint32_t>{1},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(renames_a_file_id_that_another_event_has)
{
    event_ledger ledger{true};
    convert::event_batch first;
    first.attachments = {reference(0, "e1", "f"), reference(1, "e2", "f"), reference(2, "e1", "f", true)};
    auto const inside = ledger.exceptions_for(first);
    BOOST_REQUIRE(inside.renames.size() == 1U);
    BOOST_TEST(inside.renames[0].record == 1U);
    ledger.enter(first);
    convert::event_batch second;
    second.attachments = {reference(0, "e2", "f"), reference(1, "e1", "f"), reference(2, "e3", "f")};
    auto const later = ledger.exceptions_for(second);
    BOOST_REQUIRE(later.renames.size() == 2U);
    BOOST_TEST(later.renames[0].record == 0U);
    BOOST_TEST(later.renames[1].record == 2U);
    ledger.enter(second);
    BOOST_TEST(ledger.attachments().at("f").event_id == "e1");
    BOOST_TEST(ledger.attachments().at("f-e2").event_id == "e2");
    BOOST_TEST(ledger.attachments().at("f-e3").file_id == "f");
}

BOOST_AUTO_TEST_CASE(believes_the_head_rather_than_history)
{
    for (bool const history_first : {false, true}) {
        BOOST_TEST_CONTEXT(history_first)
        {
            event_ledger ledger{true};
            auto head = reference(0, "e", "f");
            head.size = 10;
            auto old = reference(1, "e", "f", true);
            old.size = 5;
            convert::event_batch batch;
            batch.attachments = history_first ? std::vector{old, head} : std::vector{head, old};
            ledger.enter(batch);
            BOOST_TEST(*ledger.attachments().at("f").size == 10U);
            BOOST_TEST(ledger.attachments().at("f").in_head);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
