#include "pryv_export/source/user_files.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/format/digest.hpp"

#include "sqlite_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using namespace pryv_export;
using namespace pryv_export::source;
using namespace sqlite_test;

struct fixture
{
    private_folder root{fs::temp_directory_path()};
    fs::path base = root.path() / "users";
    std::vector<std::string> strangers;

    fixture() { fs::create_directory(base); }

    fs::path add_user(const std::string& id)
    {
        fs::path const folder = open_user_folder(base, id).folder.path;
        fs::create_directories(folder);
        return folder;
    }
};

void make_socket(const fs::path& path)
{
    int const fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
}

std::string sha256_hex(std::string_view content)
{
    return format::hex(format::digest_of(format::digest_algorithm::sha256, content).view());
}

/// Bytes that differ from block to block.
std::string bytes_of(std::size_t size)
{
    std::string content(size, '\0');
    std::uint32_t state = 1;
    for (char& c : content) {
        state = state * 1664525 + 1013904223;
        c = static_cast<char>(state >> 24);
    }
    return content;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_files, fixture)

BOOST_AUTO_TEST_CASE(a_user_lives_below_the_last_three_characters)
{
    struct row
    {
        std::string id;
        std::optional<std::string> expected;
    };
    row const table[] = {
        {"c123456789abc", "c/b/a/c123456789abc"},
        {"abc", "c/b/a/abc"},
        {"u_0", "0/_/u/u_0"},
        {"ab", std::nullopt},
        {"", std::nullopt},
        {"..", std::nullopt},
        {"a/b", std::nullopt},
        {"../../x", std::nullopt},
        {"/abs", std::nullopt},
        {std::string{"ab\0c", 4}, std::nullopt},
        {"ab\nc", std::nullopt},
        {"ab\xff", std::nullopt},
        {"xyé", "é/y/x/xyé"},
        {"é€", std::nullopt},
        {"a😀", "\uFFFD/\uFFFD/a/a😀"},
        {"abc.", "c/b/abc."},
        {"...", "..."},
        {"CON", "N/O/C/CON"},
        {"-rf", "f/r/-/-rf"},
        {std::string(256, 'a'), std::nullopt},
    };
    for (const row& r : table) {
        BOOST_TEST_CONTEXT(r.id)
        {
            auto const found = open_user_folder(base, r.id);
            std::string const expected = r.expected ? base.native() + "/" + *r.expected : "";
            BOOST_TEST(found.folder.path == expected);
            BOOST_TEST((found.kind == (r.expected ? path_kind::absent : path_kind::other)));
        }
    }
}

BOOST_AUTO_TEST_CASE(users_are_listed_in_order_without_strangers)
{
    for (const char* id : {"zzc", "c123456789abc", "u_0", "xyé", "a😀"}) add_user(id);
    for (const char* name : {"user-index.db", "user-index.db-wal", "user-index.db-shm", "platform-wide.db",
                             "audit-db-version-1.0.0.txt"}) {
        write_file(base / name, "");
    }
    auto const users = list_user_folders(base, strangers);
    BOOST_TEST(users == (std::vector<std::string>{"a😀", "c123456789abc", "u_0", "xyé", "zzc"}),
               boost::test_tools::per_element());
    BOOST_TEST(strangers.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_user_folder_is_a_stranger)
{
    add_user("abc");
    fs::create_directories(base / "c" / "b" / "a" / "misplaced");
    fs::create_directories(base / "c" / "b" / "a" / "bad\nabc");
    fs::create_directories(base / "lost+found");
    fs::create_directories(base / "c" / "bb");
    write_file(base / "notes.txt", "x");
    write_file(base / "c" / "b" / "a" / "file", "x");
    fs::create_directory_symlink(root.path(), base / "c" / "l");
    fs::create_directory_symlink(base / "c" / "b" / "a" / "abc", base / "c" / "b" / "a" / "linkabc");
    fs::create_directory_symlink("/", base / "user-index.db");
    auto const users = list_user_folders(base, strangers);
    BOOST_TEST(users == (std::vector<std::string>{"abc"}), boost::test_tools::per_element());
    BOOST_TEST(strangers == (std::vector<std::string>{
                                R"(c/b/a/bad\x0aabc (folder with a name that is no user id))",
                                "c/b/a/file (file)",
                                "c/b/a/linkabc (link)",
                                "c/b/a/misplaced (folder of a user at the wrong place)",
                                "c/bb (folder)",
                                "c/l (link)",
                                "lost+found (folder)",
                                "notes.txt (file)",
                                "user-index.db (link)",
                            }),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_absent_base_is_an_error)
{
    BOOST_CHECK_EXCEPTION(list_user_folders(root.path() / "none", strangers), export_error,
                          [](const auto& error) { return error.status() == exit_status::source_missing; });
}

BOOST_AUTO_TEST_CASE(a_user_folder_behind_a_link_is_known_as_such)
{
    add_user("abc");
    fs::create_directories(root.path() / "outside" / "e" / "d" / "abcdef");
    fs::create_directory_symlink(root.path() / "outside", base / "f");
    write_file(base / "c" / "b" / "x" / "xbc", "");
    struct row
    {
        const char* id;
        path_kind kind;
    };
    for (const row& r :
         {row{"abc", path_kind::folder}, row{"abcdef", path_kind::link}, row{"xbc", path_kind::file},
          row{"zbc", path_kind::absent}, row{"none", path_kind::absent}, row{"ab", path_kind::other}}) {
        BOOST_TEST_CONTEXT(r.id)
        {
            auto const found = open_user_folder(base, r.id);
            BOOST_TEST((found.kind == r.kind));
            BOOST_TEST(static_cast<bool>(found.folder.fd) == (r.kind == path_kind::folder));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_open_folder_stays_the_one_that_was_opened)
{
    fs::path const folder = add_user("abc");
    fs::create_directories(folder / "attachments" / "event");
    write_file(folder / "attachments" / "event" / "file", "x");
    user_place const found = open_user_folder(base, "abc");
    fs::rename(folder, root.path() / "elsewhere");
    fs::create_directory(root.path() / "outside");
    fs::create_directory_symlink(root.path() / "outside", folder);
    BOOST_TEST(list_attachments(place{found.folder, "attachments"}).files.size() == 1U);
    BOOST_TEST(list_attachments(place{found.folder, "none"}).files.empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_an_open_folder_is_told_with_its_path)
{
    fs::path const folder = add_user("abc");
    write_file(folder / "attachments", "");
    user_place const found = open_user_folder(base, "abc");
    BOOST_CHECK_EXCEPTION(
        list_attachments(place{found.folder, "attachments"}), export_error,
        [&](const auto& error) { return error.thing() == (folder / "attachments").native(); });
}

BOOST_AUTO_TEST_CASE(attachments_are_listed_by_event_and_file)
{
    fs::path const folder = add_user("abc") / "attachments";
    BOOST_TEST(list_attachments(folder).files.empty());
    write_file(folder / "e2" / "document", "four");
    write_file(folder / "e1" / "z", "");
    write_file(folder / "e1" / "a", "1");
    fs::create_directory(folder / "e3");
    auto const listing = list_attachments(folder);
    BOOST_TEST(listing.strangers.empty());
    BOOST_REQUIRE(listing.files.size() == 3U);
    BOOST_TEST(listing.files[0].event_id == "e1");
    BOOST_TEST(listing.files[0].file_id == "a");
    BOOST_TEST(listing.files[1].file_id == "z");
    BOOST_TEST(listing.files[2].event_id == "e2");
    BOOST_TEST(listing.files[2].bytes == 4U);
}

BOOST_AUTO_TEST_CASE(what_is_no_attachment_is_a_stranger)
{
    fs::path const folder = add_user("abc") / "attachments";
    write_file(folder / "e" / "good", "x");
    write_file(folder / "stray", "x");
    write_file(folder / "e" / "inner" / "file", "x");
    write_file(folder / "e" / "bad\x01name", "x");
    write_file(folder / "bad\xff" / "file", "x");
    fs::create_symlink("/etc/hostname", folder / "e" / "link");
    fs::create_directory_symlink("/etc", folder / "linked");
    BOOST_REQUIRE(::mkfifo((folder / "e" / "pipe").c_str(), 0600) == 0);
    make_socket(folder / "e" / "socket");
    auto const listing = list_attachments(folder);
    BOOST_REQUIRE(listing.files.size() == 1U);
    BOOST_TEST(listing.files[0].file_id == "good");
    BOOST_TEST(listing.strangers == (std::vector<std::string>{
                                        R"(bad\xff (folder with a name that is no event id))",
                                        R"(e/bad\x01name (file with a name that is no file id))",
                                        "e/inner (folder)",
                                        "e/link (link)",
                                        "e/pipe (pipe)",
                                        "e/socket (socket)",
                                        "linked (link)",
                                        "stray (file at the wrong level)",
                                    }),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_attachment_folder_that_is_a_link_is_refused)
{
    fs::path const folder = add_user("abc") / "attachments";
    fs::create_directory_symlink("/etc", folder);
    std::string const message = message_of([&] { list_attachments(folder); });
    BOOST_TEST(holds(message, "attachments: is a link, not a folder"), message);
}

BOOST_AUTO_TEST_CASE(an_unreadable_folder_is_denied)
{
    fs::path const folder = add_user("abc") / "attachments";
    write_file(folder / "e" / "f", "x");
    fs::permissions(root.path(), fs::perms{0755});
    fs::permissions(folder / "e", fs::perms{0});
    bool const is_root = ::geteuid() == 0;
    if (is_root) BOOST_REQUIRE(::seteuid(65534) == 0);
    BOOST_CHECK_EXCEPTION(list_attachments(folder), export_error, [](const export_error& error) {
        return error.status() == exit_status::denied &&
               holds(error.what(), "attachments/e: cannot open the folder");
    });
    if (is_root) BOOST_REQUIRE(::seteuid(0) == 0);
    fs::permissions(folder / "e", fs::perms{0700});
}

BOOST_AUTO_TEST_CASE(a_copy_is_equal_private_and_hashed)
{
    for (std::size_t const size : {0UL, 1UL, 262144UL, 262145UL, 9UL << 20}) {
        BOOST_TEST_CONTEXT(size)
        {
            std::string const content = bytes_of(size);
            write_file(base / "from", content);
            copied_file const copy = copy_attachment(base / "from", base / "to");
            BOOST_TEST((read_file(base / "to") == content));
            BOOST_TEST(copy.bytes == size);
            BOOST_TEST(copy.sha256_hex == sha256_hex(content));
            BOOST_TEST(copy.sha256_base64.size() == 44U);
            BOOST_TEST(!copy.changed_while_read);
            BOOST_TEST((fs::status(base / "to").permissions() == fs::perms{0600}));
            fs::remove(base / "to");
        }
    }
}

BOOST_AUTO_TEST_CASE(holes_stay_holes)
{
    std::string content(4U << 20, '\0');
    content.replace(1U << 20, 5, "hello");
    struct row
    {
        std::string name;
        std::size_t size;
        bool with_data;
    };
    for (const row& r : {row{"hole, data, hole", 4U << 20, true}, row{"hole only", 1U << 20, false}}) {
        BOOST_TEST_CONTEXT(r.name)
        {
            fs::path const from = base / r.name;
            write_file(from, "");
            fs::resize_file(from, r.size);
            if (r.with_data) {
                std::fstream file{from, std::ios::in | std::ios::out | std::ios::binary};
                file.seekp(1U << 20);
                file << "hello";
            }
            fs::path const to = base / (r.name + " copy");
            copied_file const copy = copy_attachment(from, to);
            std::string const expected = content.substr(0, r.size);
            BOOST_TEST((read_file(to) == expected));
            BOOST_TEST(copy.bytes == r.size);
            BOOST_TEST(copy.sha256_hex == sha256_hex(expected));
            struct stat info
            {
            };
            BOOST_REQUIRE(::stat(to.c_str(), &info) == 0);
            BOOST_TEST(info.st_blocks * 512 < 128 << 10);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_not_copied)
{
    write_file(base / "real", "x");
    fs::create_symlink(base / "real", base / "link");
    fs::create_directory(base / "folder");
    BOOST_REQUIRE(::mkfifo((base / "pipe").c_str(), 0600) == 0);
    struct row
    {
        const char* name;
        const char* expected;
    };
    for (const row& r : {row{"link", "is a link"}, row{"folder", "is a folder"}, row{"pipe", "is a pipe"},
                         row{"none", "cannot open for reading"}}) {
        BOOST_TEST_CONTEXT(r.name)
        {
            std::string const message = message_of([&] { copy_attachment(base / r.name, base / "to"); });
            BOOST_TEST(holds(message, r.expected), message);
            BOOST_TEST(!fs::exists(base / "to"));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_existing_target_is_never_touched)
{
    write_file(base / "from", "new");
    write_file(base / "to", "old");
    BOOST_CHECK_THROW(copy_attachment(base / "from", base / "to"), export_error);
    BOOST_TEST(read_file(base / "to") == "old");
    fs::create_symlink(base / "elsewhere", base / "planted");
    BOOST_CHECK_THROW(copy_attachment(base / "from", base / "planted"), export_error);
    BOOST_TEST(!fs::exists(base / "elsewhere"));
}

BOOST_AUTO_TEST_CASE(a_stop_leaves_nothing)
{
    write_file(base / "from", bytes_of(1U << 20));
    int polls = 0;
    BOOST_CHECK_EXCEPTION(copy_attachment(base / "from", base / "to", [&] { return ++polls == 3; }),
                          export_error,
                          [](const auto& error) { return error.status() == exit_status::interrupted; });
    BOOST_TEST(polls == 3);
    BOOST_TEST(!fs::exists(base / "to"));
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_once_is_read_again)
{
    std::string const content = bytes_of(600'000);
    write_file(base / "from", content);
    int polls = 0;
    auto const append_once = [&] {
        if (++polls == 2) std::ofstream{base / "from", std::ios::app} << "more";
        return false;
    };
    copied_file const copy = copy_attachment(base / "from", base / "to", append_once);
    BOOST_TEST(!copy.changed_while_read);
    BOOST_TEST((read_file(base / "to") == content + "more"));
    BOOST_TEST(copy.sha256_hex == sha256_hex(content + "more"));
}

BOOST_AUTO_TEST_CASE(a_file_that_shrinks_leaves_no_old_tail)
{
    write_file(base / "from", bytes_of(600'000));
    int polls = 0;
    auto const shrink_once = [&] {
        if (++polls == 2) write_file(base / "from", "short");
        return false;
    };
    copied_file const copy = copy_attachment(base / "from", base / "to", shrink_once);
    BOOST_TEST(!copy.changed_while_read);
    BOOST_TEST(read_file(base / "to") == "short");
}

BOOST_AUTO_TEST_CASE(a_file_that_keeps_changing_is_marked_and_what_is_written_is_hashed)
{
    write_file(base / "from", bytes_of(300'000));
    auto const append = [&] {
        std::ofstream{base / "from", std::ios::app} << "more";
        return false;
    };
    copied_file const copy = copy_attachment(base / "from", base / "to", append);
    BOOST_TEST(copy.changed_while_read);
    std::string const written = read_file(base / "to");
    BOOST_TEST(copy.bytes == written.size());
    BOOST_TEST(copy.sha256_hex == sha256_hex(written));
}

BOOST_AUTO_TEST_SUITE_END()
