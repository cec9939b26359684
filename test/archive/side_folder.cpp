#include "pryv_export/archive/side_folder.hpp"

#include "pryv_export/base/error.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

namespace pryv_export::archive {

namespace {

constexpr auto refuse = output_folder::existing::refuse;
constexpr auto overwrite = output_folder::existing::overwrite;

void write(const std::filesystem::path& file, std::string_view content)
{
    std::ofstream{file} << content;
}

} // namespace

BOOST_AUTO_TEST_SUITE(side_folder_)

BOOST_AUTO_TEST_CASE(appears_when_it_is_published_and_is_private)
{
    testing::temporary_folder const folder;
    {
        side_folder side{folder / "out", "register", refuse};
        write(side.partial() / "users.jsonl", "x");
        BOOST_TEST(!std::filesystem::exists(side.path()));
        side.publish();
    }
    BOOST_TEST(folder.read("out/register/users.jsonl") == "x");
    struct stat info
    {
    };
    ::stat((folder / "out/register").c_str(), &info);
    BOOST_TEST((info.st_mode & 0777) == 0700U);
    BOOST_TEST(!std::filesystem::exists(folder / "out/.register.partial"));
}

BOOST_AUTO_TEST_CASE(an_old_one_stays_until_the_new_one_is_complete)
{
    testing::temporary_folder const folder;
    folder.write("out/register/users.jsonl", "old");
    folder.write("out/.register.partial/left", "behind");
    BOOST_CHECK_EXCEPTION(side_folder(folder / "out", "register", refuse), export_error,
                          [](const auto& error) { return error.status() == exit_status::cannot_create; });
    {
        side_folder const side{folder / "out", "register", overwrite};
        BOOST_TEST(std::filesystem::is_empty(side.partial()));
        write(side.partial() / "users.jsonl", "half");
    }
    BOOST_TEST(folder.read("out/register/users.jsonl") == "old");
    side_folder side{folder / "out", "register", overwrite};
    write(side.partial() / "emails.jsonl", "new");
    side.publish();
    BOOST_TEST(folder.read("out/register/emails.jsonl") == "new");
    BOOST_TEST(!std::filesystem::exists(folder / "out/register/users.jsonl"));
}

BOOST_AUTO_TEST_CASE(a_link_in_its_place_is_not_followed)
{
    testing::temporary_folder const folder;
    folder.write("elsewhere/file", "x");
    std::filesystem::create_directories(folder / "out");
    std::filesystem::create_directory_symlink(folder / "elsewhere", folder / "out/register");
    BOOST_CHECK_THROW(side_folder(folder / "out", "register", overwrite), export_error);
    BOOST_TEST(folder.read("elsewhere/file") == "x");
}

BOOST_AUTO_TEST_CASE(one_run_at_a_time)
{
    testing::temporary_folder const folder;
    side_folder const side{folder / "out", "register", refuse};
    BOOST_CHECK_THROW(output_folder(folder / "out", refuse), export_error);
}

BOOST_AUTO_TEST_CASE(an_archive_beside_it_leaves_it_alone)
{
    testing::temporary_folder const folder;
    folder.write("out/register/users.jsonl", "kept");
    folder.write("out/.register.partial/left", "behind");
    output_folder archive{folder / "out", refuse};
    archive.begin();
    archive.finish();
    BOOST_TEST(folder.read("out/register/users.jsonl") == "kept");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::archive
