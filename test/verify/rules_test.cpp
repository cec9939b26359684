#include "archive_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sys/stat.h>

namespace {

namespace fs = std::filesystem;
using namespace pryv_export::verify;
using namespace verify_test;
using style = archive_builder::style;

using fault = std::function<void(archive_builder&)>;

struct row
{
    const char* name;
    rule expected;
    fault spoil;
    style made_by = style::ours;
    severity level = severity::error;
    bool alone = true; ///< nothing else is found
};

const std::string user{archive_builder::user};

/// Puts text into the n-th line of a record file of the user.
fault replaced(const char* file, std::size_t line, std::string text)
{
    return [=](archive_builder& b) { b.user_lines(file).at(line) = text; };
}

fault appended(const char* file, std::string text)
{
    return [=](archive_builder& b) { b.user_lines(file).push_back(text); };
}

fault on_disk(std::function<void(const fs::path&)> spoil)
{
    return [=](archive_builder& b) { b.spoil = spoil; };
}

void rewrite(const fs::path& file, const std::function<std::string(std::string)>& change)
{
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    in.close();
    std::ofstream{file, std::ios::binary} << change(text);
}

/// In the files, before their checksums are taken.
fault in_file(const std::string& name, const std::string& from, const std::string& to)
{
    return [=](archive_builder& b) {
        b.before_sums = [=](std::map<std::string, std::string>& files) {
            std::string& text = files.at(name);
            std::size_t const at = text.find(from);
            BOOST_REQUIRE(at != text.npos);
            text.replace(at, from.size(), to);
        };
    };
}

std::string long_text(std::size_t size)
{
    return std::string(size, 'x');
}

const std::vector<row>& table()
{
    static const std::vector<row> rows{
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
        // Lines.
        {"blank", rule::line_blank,
         [](archive_builder& b) {
             b.raw(user + "profile", gzip("\n{\"id\":\"private\",\"data\":{}}\n \r\n"));
         },
         style::ours, severity::warning},
        {"unended", rule::line_unended,
         [](archive_builder& b) { b.raw(user + "profile", gzip("{\"id\":\"private\",\"data\":{}}")); },
         style::ours, severity::warning},
        {"byte order mark", rule::line_untrimmed,
         replaced("profile", 0, "\xef\xbb\xbf{\"id\":\"private\",\"data\":{}}"), style::ours,
         severity::warning},
        {"cut line", rule::json_invalid, appended("streams", R"({"id":"x")")},
        {"single quotes", rule::json_invalid, appended("streams", "{'id':'x'}")},
        {"NaN", rule::json_invalid, appended("streams", R"({"id":"x","created":NaN})")},
        {"leading zero", rule::json_invalid, appended("streams", R"({"id":"x","created":01})")},
        {"two values", rule::json_invalid, appended("streams", R"({"id":"x"}{"id":"y"})")},
        {"tab in a text", rule::json_invalid, appended("streams", "{\"id\":\"x\ty\"}")},
        {"deep", rule::json_too_deep,
         appended("profile", "{\"id\":\"deep\",\"data\":" + std::string(100'000, '[') +
                                 std::string(100'000, ']') + "}")},
        {"latin 1", rule::utf8_invalid,
         replaced("profile", 0, "{\"id\":\"private\",\"data\":{\"x\":\"caf\xe9\"}}")},
        {"surrogate in UTF-8", rule::utf8_invalid,
         replaced("profile", 0, "{\"id\":\"private\",\"data\":{\"x\":\"\xed\xa0\x80\"}}")},
        {"escaped NUL", rule::nul, replaced("profile", 0, R"({"id":"private","data":{"x":"a\u0000b"}})")},
        {"raw NUL", rule::nul, replaced("profile", 0, std::string("{\"id\":\"private\",\0\"data\":{}}", 27))},
        {"half pair", rule::lone_surrogate,
         replaced("profile", 0, R"({"id":"private","data":{"x":"\ud83d"}})")},
        {"wrong half first", rule::lone_surrogate,
         replaced("profile", 0, R"({"id":"private","data":{"x":"\ude00\ud83d"}})")},
        {"key twice in a line", rule::duplicate_key,
         replaced("profile", 0, R"({"id":"private","data":{"x":1,"y":2,"x":1}})")},
        {"escaped key twice", rule::duplicate_key,
         replaced("profile", 0, R"({"id":"private","data":{"x":1,"\u0078":1}})")},
        {"1e999", rule::number_range, replaced("profile", 0, R"({"id":"private","data":{"x":1e999}})")},
        {"2^53 + 1", rule::wide_integer,
         replaced("profile", 0, R"({"id":"private","data":{"x":9007199254740993}})"), style::ours,
         severity::warning},
        // Records.
        {"a list", rule::not_an_object, replaced("profile", 0, R"(["private"])")},
        {"streamId of old", rule::unknown_key,
         replaced("profile", 0, R"({"id":"private","data":{},"userId":"x"})")},
        {"key of an account", rule::unknown_key,
         replaced("account", 0, R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"sessions":[]})")},
        {"date as text", rule::wrong_type,
         replaced("streams", 0, R"({"id":"diary","name":"Diary","created":"2020-01-01"})")},
        {"trashed as number", rule::wrong_type,
         replaced("streams", 0, R"({"id":"diary","name":"Diary","trashed":1})")},
        {"runCount with a fraction", rule::wrong_type,
         replaced("webhooks", 0, R"({"id":"w1","accessId":"a","url":"u","runCount":1.5})")},
        {"no id", rule::id_missing, replaced("profile", 0, R"({"data":{}})")},
        {"numeric id", rule::id_missing, replaced("profile", 0, R"({"id":5,"data":{}})"), style::ours,
         severity::error, false},
        {"event twice", rule::id_repeated, appended("events/events-0001", event("e1"))},
        {"event in two chunks", rule::id_repeated,
         [](archive_builder& b) { b.user_lines("events/events-0002") = {event("e1")}; }},
        {"stream twice", rule::id_repeated, appended("streams", R"({"id":"sub","name":"Other"})")},
        {"audit row twice", rule::id_repeated, appended("audit/audit-0001", audit_row("q1"))},
        {"long name", rule::text_too_long,
         appended("streams", "{\"id\":\"x\",\"name\":\"" + long_text(2701) + "\"}")},
        {"long stream id", rule::text_too_long,
         replaced("webhooks", 0, "{\"id\":\"w\",\"accessId\":\"a\",\"url\":\"" + long_text(3000) + "\"}")},
        {"child first", rule::stream_order,
         [](archive_builder& b) {
             auto& s = b.user_lines("streams");
             std::swap(s[0], s[1]);
         }},
        {"no parent", rule::stream_orphan, appended("streams", R"({"id":"x","name":"X","parentId":"gone"})")},
        {"path too long", rule::stream_path,
         [](archive_builder& b) {
             b.user_lines("streams").push_back("{\"id\":\"" + long_text(2000) + "\",\"name\":\"l\"}");
             b.user_lines("streams").push_back("{\"id\":\"" + long_text(1000) +
                                               "\",\"name\":\"m\",\"parentId\":\"" + long_text(2000) + "\"}");
         }},
        {"path twice", rule::stream_path,
         [](archive_builder& b) {
             b.user_lines("streams") = {R"({"id":"diary","name":"a","path":"p/"})",
                                        R"({"id":"b","name":"b","path":"p/"})"};
         }},
        {"sibling", rule::stream_name_repeated,
         appended("streams", R"({"id":"x","name":"Sub","parentId":"diary"})")},
        {"token", rule::access_token_repeated,
         appended("accesses", R"({"id":"a2","token":"t1","name":"other","type":"app"})")},
        {"name", rule::access_name_repeated,
         appended("accesses", R"({"id":"a2","token":"t2","name":"app","type":"app"})")},
        {"access hash", rule::access_integrity,
         appended("accesses",
                  R"({"id":"a2","token":"t2","name":"b","type":"app","integrity":"ACCESS:0:sha256-xxxx"})"),
         style::ours, severity::warning},
        {"webhook", rule::webhook_repeated,
         appended("webhooks", R"({"id":"w2","accessId":"a","url":"https://x.example/"})")},
        {"no hash", rule::integrity_missing,
         appended("events/events-0001", R"({"id":"e5","streamIds":["diary"],"time":1,"type":"note/txt"})")},
        {"no hash, deleted", rule::integrity_missing,
         appended("events/events-0001", R"({"id":"e5","deleted":1})")},
        {"other content", rule::integrity_mismatch,
         [](archive_builder& b) {
             std::string& e = b.user_lines("events/events-0001")[0];
             e.replace(e.find("\"hi\""), 4, "\"ho\"");
         }},
        {"other head", rule::integrity_mismatch,
         [](archive_builder& b) {
             std::string& e = b.user_lines("events/events-0000-0001")[0];
             e.replace(e.find("\"headId\":\"e1\""), 13, "\"headId\":\"e2\"");
         }},
        {"unknown algorithm", rule::integrity_mismatch,
         [](archive_builder& b) {
             std::string& e = b.user_lines("events/events-0001")[0];
             e.replace(e.find("sha256-"), 6, "sha999");
         }},
        {"sha1", rule::integrity_algorithm,
         appended("events/events-0001", // printf '{"id":"e5","time":1}' | sha1sum
                  R"({"id":"e5","time":1,"integrity":"EVENT:0:sha1-JgoXrEesqDMYlDybVaSjD7itipk="})"),
         style::ours, severity::warning},
        {"history behind", rule::history_after_head, appended("events/events-0001", history("h9", "e1")),
         style::ours, severity::warning},
        {"account value", rule::account_event,
         [](archive_builder& b) {
             b.user_lines("events/events-0001")
                 .push_back(
                     R"({"id":"e7","headId":"e1","streamIds":[":_system:email",":_system:active"],"time":1,"type":"email/string"})");
         },
         style::node_tool, severity::warning},
        {"item without id", rule::attachment_item,
         [](archive_builder& b) {
             b.user_lines("events/events-0000-0001")
                 .push_back(R"({"id":"h5","headId":"e1","attachments":[{"fileName":"x"}]})");
         }},
        {"file missing", rule::attachment_missing,
         appended("events/events-0001", event("e3", attachment("f3", "x")))},
        {"size", rule::attachment_differs,
         [](archive_builder& b) { b.file(user + "attachments/f1") = "hello!"; }},
        {"hash", rule::attachment_differs,
         [](archive_builder& b) { b.file(user + "attachments/f1") = "jello"; }},
        {"unlisted", rule::attachment_unlisted,
         [](archive_builder& b) { b.file(user + "attachments/f7") = "x"; }},
        {"captured", rule::attachment_captured,
         [](archive_builder& b) {
             b.user_lines("events/events-0001").push_back(history("h7", "e2", attachment("f1", "hello")));
         },
         style::node_tool},
        {"shared", rule::attachment_shared,
         appended("events/events-0001", event("e4", attachment("f1", "hello")))},
        {"audit row of the Node tool", rule::audit_shape,
         appended(
             "audit/audit-0001",
             R"({"eventid":"q9","headId":null,"streamIds":"access-a ..","time":1,"deleted":null,"endTime":1,"type":"x","content":{"a":1},"description":null,"clientData":null,"integrity":null,"attachments":null,"trashed":0,"created":1,"createdBy":"s","modified":1,"modifiedBy":"s"})"),
         style::node_tool},
        {"audit row without id", rule::audit_shape,
         appended("audit/audit-0001",
                  [] {
                      std::string r = audit_row("q5");
                      r.replace(r.find("\"q5\""), 4, "null");
                      return r;
                  }())},
        {"camelCase only", rule::audit_postgresql,
         appended(
             "audit/audit-0001",
             R"({"eventid":"q9","headId":null,"streamIds":"access-a ..","time":1,"deleted":null,"endTime":1,"type":"x","content":"{}","description":null,"clientData":null,"integrity":null,"attachments":null,"trashed":0,"created":1,"createdBy":"s","modified":1,"modifiedBy":"s"})"),
         style::node_tool, severity::warning},
        {"snake_case only", rule::audit_sqlite,
         appended(
             "audit/audit-0001",
             R"({"eventid":"q9","head_id":null,"stream_ids":"access-a ..","time":1,"end_time":1,"type":"x","content":{"a":1},"trashed":false,"created":1,"created_by":"s"})"),
         style::v2_backup, severity::warning},
        {"time as text", rule::series_shape,
         [](archive_builder& b) {
             b.user_lines("series/series") = {
                 R"({"measurement":"event.e1","points":[{"time":"2020-01-01T00:00:00Z","value":1}]})"};
         }},
        {"two account lines", rule::account_lines,
         appended("account", R"({"passwords":[{"time":2,"hash":"$2b$10$abc"}]})")},
        {"no account line", rule::account_lines, [](archive_builder& b) { b.user_lines("account").clear(); }},
        {"password without time", rule::account_shape,
         replaced("account", 0, R"({"passwords":[{"hash":"$2b$10$abc"}]})")},
        {"password in clear", rule::account_shape,
         replaced("account", 0, R"({"passwords":[{"time":1,"hash":"secret"}]})")},
        {"field with prefix", rule::account_shape,
         replaced(
             "account", 0,
             R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"accountFields":[{"field":":_system:email","value":"x","time":1}]})")},
        {"field without time", rule::account_shape,
         replaced(
             "account", 0,
             R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"accountFields":[{"field":"email","value":"x"}]})")},
        {"field twice", rule::account_repeated,
         replaced(
             "account", 0,
             R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"accountFields":[{"field":"email","value":"x","time":1},{"field":"email","value":"y","time":1}]})")},
        {"no password", rule::password_missing, replaced("account", 0, R"({"passwords":[]})"), style::ours,
         severity::warning},
        {"JSON in a text", rule::key_value_text,
         replaced(
             "account", 0,
             R"({"passwords":[{"time":1,"hash":"$2b$10$abc"}],"storeKeyValues":[{"storeId":"local","key":"k","value":"{\"a\":1}"}]})"),
         style::node_tool, severity::warning},
        {"no value", rule::platform_shape,
         [](archive_builder& b) {
             b.lines("platform/platform")
                 .push_back(R"({"isUnique":true,"field":"email","username":"alice"})");
         }},
        {"neither form", rule::platform_shape,
         [](archive_builder& b) { b.lines("platform/platform").push_back(R"({"field":"email"})"); }},
        {"slash", rule::platform_slash,
         [](archive_builder& b) {
             b.lines("platform/platform")
                 .push_back(R"({"key":"user-unique/insurance/AB/12","value":"alice"})");
         },
         style::node_tool},
        {"two owners", rule::platform_conflict,
         [](archive_builder& b) {
             b.lines("platform/platform")
                 .push_back(R"({"isUnique":true,"field":"email","username":"bobby","value":"a@b.c"})");
         }},
        {"two owners, two forms", rule::platform_conflict,
         [](archive_builder& b) {
             b.lines("platform/platform").push_back(R"({"key":"user-unique/email/a@b.c","value":"bobby"})");
         },
         style::node_tool},
        {"unknown key", rule::platform_unknown,
         [](archive_builder& b) {
             b.lines("platform/platform").push_back(R"({"key":"core-info/co1","value":"{}"})");
         },
         style::node_tool, severity::warning},
        {"server without name", rule::register_shape,
         [](archive_builder& b) { b.lines("register/servers") = {R"({"server":"co1.x.com"})"}; }},
        {"user twice", rule::register_shape,
         [](archive_builder& b) {
             b.lines("register/servers") = {R"({"username":"alice","server":"a"})",
                                            R"({"username":"alice","server":"b"})"};
         }},
        {"no rule", rule::extra_shape,
         [](archive_builder&
                b) { b.user_lines("extra/events") = {R"({"kind":"events","id":"x","record":{}})"}; }},
    };
    return rows;
}

std::string all_of(const verify_report& report)
{
    return summary_text(report, false);
}

std::uint64_t grave(const verify_report& report)
{
    return report.found.count(severity::error) + report.found.count(severity::warning);
}

} // namespace

BOOST_AUTO_TEST_SUITE(rules)

BOOST_AUTO_TEST_CASE(sound_archives_have_no_finding)
{
    for (style const made_by : {style::ours, style::node_tool, style::v2_backup}) {
        for (bool const compressed : {true, false}) {
            archive_builder builder{made_by};
            builder.compressed = compressed;
            builder.lines("register/servers") = {R"({"username":"alice","server":"co1.example.com"})"};
            builder.user_lines("extra/events") = {
                R"({"rule":"nul","kind":"events","id":"x","record":{"content":"\u0000"}})"};
            auto const report = builder.check();
            BOOST_TEST(grave(report) == 0U, all_of(report));
            BOOST_TEST(report.users_checked == 1U);
            BOOST_TEST(report.counts[4].second == 3U);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_fault_is_found_and_named)
{
    for (const row& each : table()) {
        BOOST_TEST_CONTEXT(each.name)
        {
            archive_builder builder{each.made_by};
            each.spoil(builder);
            auto const report = builder.check();
            BOOST_TEST(report.found.count(each.expected, each.level) > 0U, all_of(report));
            if (each.alone)
                BOOST_TEST(grave(report) == report.found.count(each.expected, each.level), all_of(report));
            BOOST_TEST(report.sound() == (each.level != severity::error));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_rule_has_a_fault)
{
    // Those of hostile_test.cpp.
    std::set<rule> seen{rule::line_too_long, rule::text_too_large, rule::json_too_many};
    for (const row& each : table()) seen.insert(each.expected);
    for (std::size_t i = 0; i < rule_count; ++i)
        BOOST_TEST(seen.contains(static_cast<rule>(i)), facts_of(static_cast<rule>(i)).name);
}

BOOST_AUTO_TEST_CASE(names_are_unique_and_explained)
{
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < rule_count; ++i) {
        const rule_facts& facts = facts_of(static_cast<rule>(i));
        BOOST_TEST(names.insert(facts.name).second, facts.name);
        BOOST_TEST(!facts.v2.empty());
        BOOST_TEST(!facts.todo.empty());
    }
}

BOOST_AUTO_TEST_CASE(all_are_in_the_manual)
{
    std::ifstream in{TEST_DATA_DIR "/../../docs/verify.md"};
    std::string const manual{std::istreambuf_iterator<char>{in}, {}};
    for (std::size_t i = 0; i < rule_count; ++i) {
        const rule_facts& facts = facts_of(static_cast<rule>(i));
        std::string const begin =
            "| `" + std::string{facts.name} + "` | " + std::string{name_of(facts.level)} + " | ";
        BOOST_TEST(manual.find(begin) != manual.npos, facts.name);
        BOOST_TEST(manual.find("| " + std::string{facts.v2} + " | ") != manual.npos, facts.v2);
        BOOST_TEST(manual.find(" | " + std::string{facts.todo} + " |") != manual.npos, facts.todo);
    }
}

BOOST_AUTO_TEST_SUITE_END()
