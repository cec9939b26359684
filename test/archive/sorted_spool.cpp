#include "pryv_export/archive/sorted_spool.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pryv_export::archive {

namespace {

using rows = std::vector<std::pair<std::string, std::string>>;

rows read_all(sorted_spool& spool)
{
    rows read;
    spool.read([&](std::string_view key, std::string_view text) { read.emplace_back(key, text); });
    return read;
}

/// Keys with common beginnings, NULs and repetitions; texts of all sizes.
rows some_rows(std::size_t count)
{
    std::minstd_rand random{7};
    rows made;
    for (std::size_t i = 0; i < count; ++i) {
        std::string key = "user" + std::string(random() % 3, '\0') + std::to_string(random() % (count / 2));
        made.emplace_back(key.substr(0, random() % (key.size() + 1)),
                          std::string(random() % 300, 'x') + std::to_string(i));
    }
    return made;
}

rows sorted(rows of)
{
    std::stable_sort(of.begin(), of.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return of;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sorted_spool_)

BOOST_AUTO_TEST_CASE(gives_keys_in_order_and_equal_ones_as_they_came)
{
    testing::temporary_folder const folder;
    rows const all = some_rows(3000);
    for (std::size_t const memory : {std::size_t{8} << 20, std::size_t{1} << 16, std::size_t{1} << 10}) {
        BOOST_TEST_CONTEXT(memory << " bytes of memory")
        {
            sorted_spool spool{folder.path(), memory};
            for (auto const& [key, text] : all) {
                spool.put(key, text);
                if (spool.full()) spool.spill();
            }
            BOOST_TEST(spool.size() == all.size());
            BOOST_TEST((read_all(spool) == sorted(all)));
            BOOST_TEST(std::filesystem::is_empty(folder.path()));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_text_larger_than_the_memory_comes_back_whole)
{
    testing::temporary_folder const folder;
    sorted_spool spool{folder.path(), 1U << 10};
    rows const all{{"b", std::string(3U << 20, 'b')}, {"a", std::string(2U << 20, 'a')}, {"", ""}};
    for (auto const& [key, text] : all) {
        spool.put(key, text);
        if (spool.full()) spool.spill();
    }
    BOOST_TEST((read_all(spool) == sorted(all)));
}

BOOST_AUTO_TEST_CASE(cleared_it_is_as_new)
{
    testing::temporary_folder const folder;
    sorted_spool spool{folder.path(), 1U << 10};
    spool.put("old", "row");
    spool.spill();
    spool.put("older", "row");
    spool.clear();
    BOOST_TEST(read_all(spool).empty());
    spool.put("new", "row");
    BOOST_TEST((read_all(spool) == rows{{"new", "row"}}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::archive
