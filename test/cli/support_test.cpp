#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/cli/core_command.hpp"

#include "../../src/cli/default_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

namespace pryv_export::cli {

namespace {

/// A file with some text in a folder of its own.
class text_file
{
public:
    explicit text_file(std::string_view text) { std::ofstream{path()} << text; }
    std::filesystem::path path() const { return folder_.path() / "file"; }

private:
    private_folder folder_{std::filesystem::temp_directory_path()};
};

} // namespace

BOOST_AUTO_TEST_SUITE(support)

BOOST_AUTO_TEST_CASE(a_users_file_has_one_user_a_line)
{
    text_file const file{"u1\n\n  name-2 \r\nlast"};
    BOOST_TEST(read_users_file(file.path()) == (std::vector<std::string>{"u1", "name-2", "last"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_users_file_that_names_nobody_is_refused)
{
    for (std::string_view const text : {"", "\n\n", "  \r\n"}) {
        text_file const file{text};
        BOOST_CHECK_EXCEPTION(read_users_file(file.path()), export_error,
                              [](const export_error& error) { return error.status() == exit_status::usage; });
    }
    BOOST_CHECK_EXCEPTION(read_users_file("/does/not/exist"), export_error, [](const export_error& error) {
        return error.status() == exit_status::source_missing;
    });
}

BOOST_AUTO_TEST_CASE(a_cgroup_limits_the_jobs)
{
    struct row
    {
        const char* text;
        std::size_t cores;
    };
    for (row const each : {row{"max 100000\n", 8}, row{"200000 100000\n", 2}, row{"150000 100000\n", 2},
                           row{"1000 100000\n", 1}, row{"", 8}, row{"nonsense\n", 8}, row{"100000 0\n", 8}}) {
        text_file const file{each.text};
        BOOST_TEST_CONTEXT(each.text)
        {
            BOOST_TEST(cores_of_cgroup(file.path(), 8) == each.cores);
        }
    }
    BOOST_TEST(cores_of_cgroup("/does/not/exist", 3) == 3U);
    BOOST_TEST(usable_cores() >= 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::cli
