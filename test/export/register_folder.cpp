#include "../../src/export/register_folder.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

namespace pryv_export::exporting {

namespace {

constexpr archive::encoding plain{.gzip = false, .level = 1};
constexpr archive::encoding packed{.gzip = true, .level = 1};
const std::string servers =
    "{\"username\":\"ada\",\"server\":\"co1\"}\n{\"username\":\"bob\",\"server\":\"co2\"}\n";

} // namespace

BOOST_AUTO_TEST_SUITE(register_folder)

BOOST_AUTO_TEST_CASE(servers_are_added_in_the_form_that_v2_looks_for)
{
    testing::temporary_folder const folder;
    folder.write("register/servers.jsonl", servers);
    std::vector<std::string> warnings;
    auto const files = adopt_register(folder.path(), folder.path(), packed, warnings);
    BOOST_TEST(files.size() == 2U);
    BOOST_TEST(files[1].name == "register/servers.jsonl.gz");
    BOOST_TEST(warnings.size() == 1U);
    // And back: the same lines.
    std::filesystem::remove(folder / "register/servers.jsonl");
    adopt_register(folder.path(), folder.path(), plain, warnings);
    BOOST_TEST(folder.read("register/servers.jsonl") == servers);
    BOOST_TEST(adopt_register(folder.path(), folder.path(), plain, warnings).size() == 2U);
    BOOST_TEST(warnings.size() == 2U);
}

BOOST_AUTO_TEST_CASE(no_register_is_fine_and_strange_things_in_one_are_named)
{
    testing::temporary_folder const folder;
    std::vector<std::string> warnings;
    BOOST_TEST(adopt_register(folder.path(), folder.path(), packed, warnings).empty());
    BOOST_TEST(warnings.empty());
    std::filesystem::create_directories(folder / "register/sub");
    BOOST_TEST(adopt_register(folder.path(), folder.path(), packed, warnings).empty());
    BOOST_TEST(warnings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(checksums_of_the_register_are_replaced_and_no_others)
{
    testing::temporary_folder const folder;
    std::string const other = std::string(64, 'a') + "  users/c1/register/x\n";
    folder.write("SHA256SUMS", std::string(64, 'b') + "  register/old.jsonl\n" + other);
    refresh_checksums(folder.path(), folder / "scratch", {{"new.jsonl", 3, std::string(64, 'c')}});
    BOOST_TEST(folder.read("SHA256SUMS") == std::string(64, 'c') + "  register/new.jsonl\n" + other);
    BOOST_TEST(!std::filesystem::exists(folder / "scratch"));
}

BOOST_AUTO_TEST_CASE(an_archive_says_how_it_is_stored)
{
    testing::temporary_folder const folder;
    BOOST_TEST(!archive_is_compressed(folder.path()).has_value());
    folder.write("platform/platform.jsonl.gz", "");
    BOOST_TEST(!archive_is_compressed(folder.path()).has_value());
    folder.write("manifest.json", "{}");
    BOOST_TEST(archive_is_compressed(folder.path()).value());
    std::filesystem::rename(folder / "platform/platform.jsonl.gz", folder / "platform/platform.jsonl");
    BOOST_TEST(!archive_is_compressed(folder.path()).value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::exporting
