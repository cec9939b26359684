#include "pryv_export/base/error.hpp"
#include "pryv_export/base/replacing_file.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <iterator>
#include <sys/stat.h>

using namespace pryv_export;

namespace {

std::size_t entries_of(const std::filesystem::path& folder)
{
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

} // namespace

BOOST_AUTO_TEST_SUITE(replacing_files)

BOOST_AUTO_TEST_CASE(the_old_file_stays_until_the_new_one_is_complete)
{
    testing::temporary_folder const folder;
    auto const path = folder.path() / "report.html";
    folder.write("report.html", "old");
    folder.write("report.html.new", "left by an interrupted run");
    {
        replacing_file file{path};
        file.write("new");
        BOOST_TEST(folder.read("report.html") == "old");
        file.commit();
    }
    BOOST_TEST(folder.read("report.html") == "new");
    BOOST_TEST(entries_of(folder.path()) == 1U);
    struct stat facts
    {
    };
    BOOST_REQUIRE(::stat(path.c_str(), &facts) == 0);
    BOOST_TEST((facts.st_mode & 0777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(one_that_is_not_complete_leaves_nothing)
{
    testing::temporary_folder const folder;
    auto const path = folder.path() / "report.html";
    replacing_file{path}.write("half");
    BOOST_TEST(entries_of(folder.path()) == 0U);
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_written_is_named)
{
    testing::temporary_folder const folder;
    for (auto const& path : {folder.path() / "absent" / "x.html", folder.path()}) {
        try {
            replacing_file{path};
            BOOST_ERROR("was not refused");
        } catch (const export_error& error) {
            BOOST_TEST((error.status() == exit_status::cannot_create));
            BOOST_TEST(error.thing() == path.native());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
