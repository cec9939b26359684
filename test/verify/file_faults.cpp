#include "faults.hpp"

#include <sys/stat.h>

namespace verify_test {

std::vector<row> file_faults()
{
    return {
        // The archive as a whole.
        {"no manifest", rule::unfinished,
         on_disk([](const fs::path& r) { fs::remove(r / "manifest.json"); })},
        {"encryption.json", rule::encrypted, [](archive_builder& b) { b.file("encryption.json") = "{}"; },
         style::v2_backup},
        {"encrypted manifest", rule::encrypted, on_disk([](const fs::path& r) {
             rewrite(r / "manifest.json", [](auto) { return "PRYVBKE1\0\0\0\x10"; });
         }),
         style::v2_backup},
        {"manifest is no JSON", rule::manifest_broken, on_disk([](const fs::path& r) {
             rewrite(r / "manifest.json", [](auto t) { return t.substr(0, t.size() - 1); });
         })},
        {"manifest without users", rule::manifest_broken,
         in_file("manifest.json", "\"users\":", "\"people\":"), style::node_tool},
        {"user without name", rule::manifest_broken,
         in_file("manifest.json", "\"username\":\"alice\"", "\"nick\":\"alice\""), style::node_tool,
         severity::error, false},
        {"user id with a slash", rule::manifest_broken, in_file("manifest.json", "cuser0001", "../passwd"),
         style::node_tool, severity::error, false},
        {"key twice", rule::manifest_broken,
         [](archive_builder& b) { b.manifest_extra = "\"compressed\":true,"; }, style::node_tool},
        {"compressed is a text", rule::manifest_value,
         in_file("manifest.json", "\"compressed\":true", "\"compressed\":\"yes\""), style::node_tool,
         severity::warning},
        {"another format", rule::manifest_value,
         in_file("manifest.json", "\"formatVersion\":1", "\"formatVersion\":99"), style::v2_backup,
         severity::warning},
        {"incremental", rule::incremental, in_file("manifest.json", "\"full\"", "\"incremental\""),
         style::v2_backup, severity::warning},
        {"user id twice", rule::user_repeated,
         [](archive_builder& b) { b.more_users = R"(,{"userId":"cuser0001","username":"bobby"})"; },
         style::v2_backup, severity::error, false},
        {"name twice", rule::user_repeated,
         [](archive_builder& b) {
             b.more_users = R"(,{"userId":"cuser0002","username":"alice"})";
             b.file("users/cuser0002/user-manifest.json") = R"({"userId":"cuser0002","username":"alice"})";
         },
         style::v2_backup},
        {"no folder", rule::user_folder_missing,
         [](archive_builder& b) { b.more_users = R"(,{"userId":"cuser0002","username":"bobby"})"; },
         style::v2_backup},
        {"folder too many", rule::user_unlisted,
         [](archive_builder& b) { b.file("users/stranger1/x") = "x"; }},
        {"user-manifest differs", rule::user_manifest,
         in_file(user + "user-manifest.json", "\"streams\":2", "\"streams\":3")},
        {"user-manifest is no JSON", rule::user_manifest, in_file(user + "user-manifest.json", "{", "")},
        {"no user-manifest", rule::user_manifest,
         on_disk([](const fs::path& r) { fs::remove(r / user / "user-manifest.json"); }), style::v2_backup,
         severity::warning},
        {"upper case", rule::user_unroutable, [](archive_builder& b) { b.username = "Alice"; }, style::ours,
         severity::warning},
        {"four letters", rule::user_unroutable, [](archive_builder& b) { b.username = "alix"; }, style::ours,
         severity::warning},
        {"short id", rule::user_id_short,
         [](archive_builder& b) {
             b.more_users = R"(,{"userId":"ab","username":"bobby"})";
             b.file("users/ab/attachments/f") = "x";
             b.file("users/ab/user-manifest.json") = R"({"userId":"ab","username":"bobby"})";
         },
         style::v2_backup, severity::error, false},
        {"count", rule::count_mismatch,
         [](archive_builder& b) { b.stats_extra = "\"streams\":2,\"events\":9"; }},
        {"no attachment counted", rule::count_mismatch,
         [](archive_builder& b) { b.stats_extra = "\"attachments\":2"; }},
        {"chunk not listed", rule::chunk_list,
         [](archive_builder& b) {
             b.before_sums = [](auto& files) { files[user + "events/events-0002.jsonl.gz"] = gzip(""); };
         }},
        {"chunk 10000", rule::chunk_order,
         [](archive_builder& b) {
             b.user_lines("events/events-1001") = {event("e8")};
             b.user_lines("events/events-10000") = {event("e9")};
         },
         style::v2_backup, severity::warning},
        {"report counts", rule::report_mismatch,
         in_file("report.json", "\"webhooks\":{\"source\":1,\"written\":1",
                 "\"webhooks\":{\"source\":2,\"written\":1"),
         style::ours, severity::error},
        {"report result", rule::report_mismatch,
         in_file("report.json", "\"result\":\"complete\"", "\"result\":\"partial\"")},
        {"report has no such user", rule::report_mismatch, in_file("report.json", "cuser0001", "cuser0009")},
        {"no report", rule::report_mismatch,
         [](archive_builder& b) { b.before_sums = [](auto& files) { files.erase("report.json"); }; }},
        // Files.
        {"changed file", rule::checksum_mismatch,
         on_disk([](const fs::path& r) { rewrite(r / "RESTORE.md", [](auto t) { return t + "x"; }); })},
        {"changed attachment", rule::checksum_mismatch, on_disk([](const fs::path& r) {
             rewrite(r / user / "attachments/f1", [](auto) { return "jello"; });
         }),
         style::ours, severity::error, false},
        {"removed file", rule::checksum_missing,
         on_disk([](const fs::path& r) { fs::remove(r / "RESTORE.md"); })},
        {"no SHA256SUMS", rule::checksum_list,
         on_disk([](const fs::path& r) { fs::remove(r / "SHA256SUMS"); })},
        {"upper-case digest", rule::checksum_list, on_disk([](const fs::path& r) {
             rewrite(r / "SHA256SUMS", [](std::string t) {
                 t[t.find_first_of("abcdef")] &= 0x5f;
                 return t;
             });
         }),
         style::ours, severity::error, false},
        {"line twice", rule::checksum_list, on_disk([](const fs::path& r) {
             rewrite(r / "SHA256SUMS", [](auto t) { return t + t.substr(0, t.find('\n') + 1); });
         })},
        {"path outside", rule::checksum_list, on_disk([](const fs::path& r) {
             rewrite(r / "SHA256SUMS", [](auto t) { return t + t.substr(0, 64) + "  ../x\n"; });
         })},
        {"foreign file", rule::file_unlisted,
         on_disk([](const fs::path& r) { std::ofstream{r / user / "notes.txt"} << "x"; })},
        {"foreign file elsewhere", rule::file_foreign, [](archive_builder& b) { b.file("notes.txt") = "x"; },
         style::v2_backup, severity::warning},
        {"link", rule::file_odd,
         on_disk([](const fs::path& r) { fs::create_symlink("/etc/passwd", r / user / "attachments/f9"); })},
        {"folder of a user is a link", rule::user_folder_missing, on_disk([](const fs::path& r) {
             fs::rename(r / "users/cuser0001", r.parent_path() / "elsewhere");
             fs::create_directory_symlink(r.parent_path() / "elsewhere", r / "users/cuser0001");
         }),
         style::v2_backup, severity::error, false},
        {"manifest is a pipe", rule::manifest_broken, on_disk([](const fs::path& r) {
             fs::remove(r / "manifest.json");
             ::mkfifo((r / "manifest.json").c_str(), 0600);
         })},
        {"no-break space behind", rule::line_untrimmed,
         replaced("profile", 0, "{\"id\":\"private\",\"data\":{}}\xc2\xa0"), style::ours, severity::warning},
        {"pipe", rule::file_odd,
         on_disk([](const fs::path& r) { ::mkfifo((r / "platform/pipe").c_str(), 0600); })},
        {"open mode", rule::file_mode,
         on_disk([](const fs::path& r) { ::chmod((r / "report.json").c_str(), 0644); }), style::ours,
         severity::warning},
        {"open folder", rule::file_mode,
         on_disk([](const fs::path& r) { ::chmod((r / user / "events").c_str(), 0755); }), style::ours,
         severity::warning},
        {"folder instead of a file", rule::file_odd, on_disk([](const fs::path& r) {
             fs::remove(r / user / "profile.jsonl.gz");
             fs::create_directory(r / user / "profile.jsonl.gz");
         }),
         style::v2_backup, severity::error, false},
        {"foreign folder", rule::file_foreign,
         on_disk([](const fs::path& r) { fs::create_directory(r / user / "old"); }), style::v2_backup,
         severity::warning},
        {"beyond what is read", rule::file_unreadable,
         on_disk([](const fs::path& r) { fs::resize_file(r / user / "user-manifest.json", 65U << 20); }),
         style::v2_backup},
        {"too large", rule::file_too_large,
         on_disk([](const fs::path& r) { fs::resize_file(r / user / "profile.jsonl.gz", 2147483648); }),
         style::v2_backup},
        {"plain beside packed", rule::wrong_suffix,
         [](archive_builder& b) { b.file(user + "streams.jsonl") = ""; }},
        {"packed among plain", rule::wrong_suffix,
         [](archive_builder& b) {
             b.compressed = false;
             b.file("platform/platform.jsonl.gz") = gzip("");
         }},
        {"register of another kind", rule::wrong_suffix,
         [](archive_builder& b) { b.file("register/servers.jsonl") = ""; }},
        {".partial", rule::partial_left,
         on_disk([](const fs::path& r) { fs::create_directory(r / ".partial"); }), style::ours,
         severity::warning},
        {"no gzip", rule::gzip_broken,
         [](archive_builder& b) { b.raw(user + "profile", "{\"id\":\"private\"}\n"); }, style::ours,
         severity::error, false},
        {"wrong crc", rule::gzip_broken,
         [](archive_builder& b) {
             std::string z = gzip("{\"id\":\"private\",\"data\":{}}\n");
             z[z.size() - 7] ^= 1;
             b.raw(user + "profile", z);
         }},
        {"wrong size", rule::gzip_broken,
         [](archive_builder& b) {
             std::string z = gzip("{\"id\":\"private\",\"data\":{}}\n");
             z[z.size() - 1] ^= 1;
             b.raw(user + "profile", z);
         }},
        {"cut", rule::gzip_truncated,
         [](archive_builder& b) {
             std::string z = gzip("{\"id\":\"private\",\"data\":{}}\n");
             b.raw(user + "profile", z.substr(0, z.size() - 3));
         }},
        {"empty", rule::gzip_truncated, [](archive_builder& b) { b.raw("platform/platform", ""); }},
        {"trailing", rule::gzip_trailing,
         [](archive_builder& b) {
             b.raw(user + "profile", gzip("{\"id\":\"private\",\"data\":{}}\n") + "garbage");
         }},
    };
}

} // namespace verify_test
