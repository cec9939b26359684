#include "pryv_export/archive/file_series.hpp"

#include "pryv_export/archive/compress.hpp"
#include "pryv_export/base/error.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <sys/stat.h>

using namespace pryv_export;
using archive::file_series;

namespace {

archive::member plain(std::string_view text, std::uint64_t lines = 1)
{
    return archive::compress(text, lines, {.gzip = false, .level = 1});
}

std::vector<std::string> names_of(const file_series& series)
{
    std::vector<std::string> names;
    for (const auto& file : series.files()) names.push_back(file.name);
    return names;
}

file_series::naming chunks_of(std::uint64_t bytes)
{
    return {.stem = "events/events-", .suffix = ".jsonl", .chunk_bytes = bytes};
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_series_suite)

BOOST_AUTO_TEST_CASE(closes_a_chunk_with_the_member_that_reaches_the_limit)
{
    testing::temporary_folder folder;
    file_series series{folder.path(), chunks_of(8)};
    for (std::string_view const line : {"12345\n", "678\n", "abc\n"}) series.append(plain(line));
    series.finish();

    std::vector<std::string> const expected{"events/events-0001.jsonl", "events/events-0002.jsonl"};
    BOOST_TEST(names_of(series) == expected, boost::test_tools::per_element());
    BOOST_TEST(folder.read("events/events-0001.jsonl") == "12345\n678\n");
    BOOST_TEST(folder.read("events/events-0002.jsonl") == "abc\n");
    BOOST_TEST(series.lines() == 3U);
    BOOST_TEST(series.raw_bytes() == 14U);
}

BOOST_AUTO_TEST_CASE(gives_the_same_files_whenever_it_is_flushed)
{
    testing::temporary_folder often, once;
    file_series a{often.path(), chunks_of(10)}, b{once.path(), chunks_of(10)};
    for (int i = 0; i < 20; ++i) {
        std::string const line = std::to_string(i) + "\n";
        a.append(plain(line));
        a.flush();
        b.append(plain(line));
    }
    a.finish();
    b.finish();
    BOOST_TEST(names_of(a) == names_of(b), boost::test_tools::per_element());
    for (const auto& name : names_of(a)) BOOST_TEST(often.read(name) == once.read(name));
}

BOOST_AUTO_TEST_CASE(widens_all_chunk_numbers_when_four_digits_would_break_text_order)
{
    testing::temporary_folder folder;
    file_series series{folder.path(), chunks_of(1)};
    for (int i = 0; i < 10001; ++i) series.append(plain("x\n"));
    series.finish();
    auto names = names_of(series);
    BOOST_TEST(names.front() == "events/events-00001.jsonl");
    BOOST_TEST(names.back() == "events/events-10001.jsonl");
    BOOST_TEST(std::is_sorted(names.begin(), names.end()));
    BOOST_TEST(std::filesystem::exists(folder / names.front()));
}

BOOST_AUTO_TEST_CASE(writes_no_chunk_for_no_lines_but_always_a_single_file)
{
    testing::temporary_folder folder;
    file_series chunks{folder.path(), chunks_of(8)};
    chunks.finish();
    BOOST_TEST(chunks.files().empty());
    file_series single{folder.path(), {.stem = "streams", .suffix = ".jsonl", .chunk_bytes = 0}};
    single.finish();
    BOOST_TEST(single.files().size() == 1U);
    BOOST_TEST(std::filesystem::file_size(folder / "streams.jsonl") == 0U);
}

BOOST_AUTO_TEST_CASE(keeps_modes_private_and_names_the_digest_of_the_bytes)
{
    testing::temporary_folder folder;
    ::umask(0);
    auto const record = archive::write_file(folder.path(), "extra/a.json", "abc");
    BOOST_TEST(record.sha256_hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(record.bytes == 3U);
    struct stat info
    {
    };
    BOOST_REQUIRE(::stat((folder / "extra/a.json").c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 0777) == 0600U);
    BOOST_REQUIRE(::stat((folder / "extra").c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 0777) == 0700U);
}

BOOST_AUTO_TEST_CASE(never_writes_through_a_planted_link)
{
    testing::temporary_folder folder, elsewhere;
    std::filesystem::create_symlink(elsewhere / "stolen", folder / "streams.jsonl");
    BOOST_CHECK_THROW(archive::write_file(folder.path(), "streams.jsonl", "x"), export_error);
    BOOST_TEST(!std::filesystem::exists(elsewhere / "stolen"));
    std::filesystem::create_directory_symlink(elsewhere.path(), folder / "extra");
    BOOST_CHECK_THROW(archive::write_file(folder.path(), "extra/a", "x"), export_error);
    BOOST_TEST(!std::filesystem::exists(elsewhere / "a"));
}

BOOST_AUTO_TEST_CASE(files_that_go_nowhere_have_the_same_names_and_sizes)
{
    testing::temporary_folder folder;
    auto const write = [&](archive::medium where) {
        file_series series{folder / "out",
                           {.stem = "events/events-", .suffix = ".jsonl", .chunk_bytes = 10, .where = where}};
        for (int i = 0; i < 5; ++i) series.append(plain("123456\n"));
        series.finish();
        return series.files();
    };
    auto const measured = write(archive::medium::none);
    BOOST_TEST(!std::filesystem::exists(folder / "out"));
    std::filesystem::create_directory(folder / "out");
    auto const written = write(archive::medium::disk);
    BOOST_TEST_REQUIRE(measured.size() == written.size());
    for (std::size_t i = 0; i < written.size(); ++i) {
        BOOST_TEST(measured[i].name == written[i].name);
        BOOST_TEST(measured[i].bytes == written[i].bytes);
        BOOST_TEST(measured[i].sha256_hex.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
