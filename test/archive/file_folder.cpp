#include "pryv_export/archive/file_folder.hpp"

#include "pryv_export/base/error.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

using namespace pryv_export;

BOOST_AUTO_TEST_SUITE(file_folder_suite)

BOOST_AUTO_TEST_CASE(files_stay_in_the_folder_that_was_opened)
{
    testing::temporary_folder folder, elsewhere;
    archive::file_folder const files{folder / "user-1"};
    files.make();
    files.create("a");
    // Somebody moves it away and puts a link in its place.
    std::filesystem::rename(folder / "user-1", folder / "moved");
    std::filesystem::create_directory_symlink(elsewhere.path(), folder / "user-1");
    files.create("events/b");
    BOOST_TEST(std::filesystem::exists(folder / "moved/events/b"));
    BOOST_TEST(std::filesystem::is_empty(elsewhere.path()));
}

BOOST_AUTO_TEST_CASE(a_link_in_place_of_the_folder_is_refused)
{
    testing::temporary_folder folder, elsewhere;
    std::filesystem::create_directory_symlink(elsewhere.path(), folder / "user-1");
    BOOST_CHECK_THROW(archive::file_folder{folder / "user-1"}.create("a"), export_error);
    BOOST_TEST(std::filesystem::is_empty(elsewhere.path()));
}

BOOST_AUTO_TEST_CASE(errors_name_the_whole_path)
{
    testing::temporary_folder folder;
    archive::file_folder const files{folder.path()};
    files.create("events/a");
    BOOST_CHECK_EXCEPTION(files.create("events/a"), export_error, [&](const export_error& error) {
        return error.thing() == (folder / "events/a").native();
    });
    folder.write("extra", "a file");
    BOOST_CHECK_EXCEPTION(files.make_folder("extra"), export_error, [&](const export_error& error) {
        return error.thing() == (folder / "extra").native();
    });
}

BOOST_AUTO_TEST_SUITE_END()
