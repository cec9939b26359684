#include "archive_builder.hpp"

#include "pryv_export/format/digest.hpp"
#include "pryv_export/runtime/program.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <zlib.h>

#include <fstream>
#include <sys/stat.h>

namespace verify_test {

namespace fs = std::filesystem;
using namespace pryv_export;
using pryv_export::testing::temporary_folder;

std::string gzip(std::string_view text)
{
    z_stream stream{};
    BOOST_REQUIRE_EQUAL(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    BOOST_REQUIRE_EQUAL(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string sha256_base64(std::string_view text)
{
    return format::base64(format::digest_of(format::digest_algorithm::sha256, text).view());
}

namespace {

std::string event_line(std::string_view id, std::string_view head, std::string_view attachments)
{
    std::string const listed = attachments.empty() ? "" : fmt::format("\"attachments\":[{}],", attachments);
    std::string const stable =
        fmt::format("{{{}\"content\":\"hi\",\"created\":1,\"createdBy\":\"a\",\"duration\":2.5,"
                    "\"id\":\"{}\",\"modified\":1,\"modifiedBy\":\"a\",\"streamIds\":[\"diary\"],"
                    "\"time\":100,\"type\":\"note/txt\"}}",
                    listed, head.empty() ? id : head);
    std::string const versions = head.empty() ? "" : fmt::format("\"headId\":\"{}\",", head);
    return fmt::format(
        "{{\"id\":\"{}\",{}\"streamIds\":[\"diary\"],\"time\":100,\"endTime\":102.5,\"type\":\"note/txt\","
        "\"content\":\"hi\",\"created\":1,\"createdBy\":\"a\",\"modified\":1,\"modifiedBy\":\"a\",{}"
        "\"trashed\":false,\"description\":null,\"integrity\":\"EVENT:0:sha256-{}\"}}",
        id, versions, listed, sha256_base64(stable));
}

} // namespace

std::string event(std::string_view id, std::string_view attachments)
{
    return event_line(id, {}, attachments);
}

std::string history(std::string_view id, std::string_view head, std::string_view attachments)
{
    return event_line(id, head, attachments);
}

std::string attachment(std::string_view id, std::string_view content)
{
    // In the order of the stable text.
    return fmt::format("{{\"fileName\":\"x.txt\",\"id\":\"{}\",\"integrity\":\"sha256-{}\",\"size\":{},"
                       "\"type\":\"text/plain\"}}",
                       id, sha256_base64(content), content.size());
}

std::string audit_row(std::string_view id)
{
    return fmt::format(
        R"({{"eventid":"{}","headId":null,"streamIds":"access-a ..","time":1,"deleted":null,"endTime":1,)"
        R"("type":"audit-log/pryv-api","content":"{{}}","description":null,"clientData":null,)"
        R"("integrity":null,"attachments":null,"trashed":0,"created":1,"createdBy":"s","modified":1,)"
        R"("modifiedBy":"s","head_id":null,"stream_ids":"access-a ..","end_time":1,"client_data":null,)"
        R"("created_by":"s","modified_by":"s"}})",
        id);
}

archive_builder::archive_builder(style made_by) : style_{made_by}
{
    user_lines("streams") = {R"({"id":"diary","name":"Diary"})",
                             R"({"id":"sub","name":"Sub","parentId":"diary"})"};
    user_lines("accesses") = {
        R"({"id":"a","token":"t1","name":"app","type":"app","deviceName":null,"permissions":[]})"};
    user_lines("profile") = {R"({"id":"private","data":{"x":1}})"};
    user_lines("webhooks") = {R"({"id":"w1","accessId":"a","url":"https://x.example/","state":"active"})"};
    user_lines("account") = {
        R"({"passwords":[{"time":1,"hash":"$2b$10$abc","createdBy":"system"}],"storeKeyValues":[{"storeId":"local",)"
        R"("key":"k","value":1}],"accountFields":[{"field":"email","value":"a@b.c","time":1,"createdBy":"system"}]})"};
    user_lines("events/events-0000-0001") = {history("h1", "e1")};
    user_lines("events/events-0001") = {event("e1"), event("e2", attachment("f1", "hello"))};
    user_lines("audit/audit-0001") = {audit_row("q1"), audit_row("q2")};
    file(std::string{user} + "attachments/f1") = "hello";
    lines("platform/platform") = {R"({"isUnique":true,"field":"email","username":"alice","value":"a@b.c"})"};
}

std::size_t archive_builder::count(const std::string& name) const
{
    std::size_t total = 0;
    for (const auto& [path, lines] : records_)
        if (path.starts_with(std::string{user} + name)) total += lines.size();
    return total;
}

std::string archive_builder::chunk_names(const std::string& folder) const
{
    std::string names;
    for (const auto& [path, lines] : records_) {
        std::string const prefix = std::string{user} + folder + "/";
        if (path.starts_with(prefix))
            names += fmt::format("{}\"{}{}\"", names.empty() ? "" : ",", path.substr(prefix.size()),
                                 compressed ? ".jsonl.gz" : ".jsonl");
    }
    return names;
}

std::string archive_builder::user_entry() const
{
    std::size_t files = 0;
    for (const auto& [path, text] : files_) files += path.starts_with(std::string{user} + "attachments/");
    std::string const stats =
        !stats_extra.empty()
            ? stats_extra
            : fmt::format(R"("streams":{},"accesses":{},"profile":{},"webhooks":{},"events":{},"audit":{},)"
                          R"("series":0,"attachments":{})",
                          count("streams"), count("accesses"), count("profile"), count("webhooks"),
                          count("events/"), count("audit/"), files);
    return fmt::format(R"({{"userId":"cuser0001","username":"{}","backupTimestamp":1,"stats":{{{}}},)"
                       R"("chunks":{{"events":[{}],"audit":[{}]}}}})",
                       username, stats, chunk_names("events"), chunk_names("audit"));
}

std::string archive_builder::manifest() const
{
    std::string const own =
        style_ == style::ours
            ? R"(,"pryvExport":{"version":"0.1.0","source":"x","options":{"integrity":"auto"},"result":"complete","warnings":{}})"
            : "";
    return fmt::format(
        R"({{{}"formatVersion":1,"coreVersion":"{}","backupType":"full","users":[{}{}],"compressed":{}{}}})",
        manifest_extra, style_ == style::node_tool ? "1.9.x-export" : "1.9.3", user_entry(), more_users,
        compressed, own);
}

std::string archive_builder::report() const
{
    auto const tally = [&](const char* kind, std::size_t n) {
        return fmt::format(R"("{}":{{"source":{},"written":{},"changed":0,"setAside":0,"failed":0}})", kind,
                           n, n);
    };
    std::string const counts = fmt::format(
        "{{{},{},{},{},{},{}}}", tally("events", count("events/")), tally("streams", count("streams")),
        tally("accesses", count("accesses")), tally("profile", count("profile")),
        tally("webhooks", count("webhooks")), tally("audit", count("audit/")));
    return fmt::format(
        R"({{"result":"complete","counts":{},"findings":[{}],"warnings":[],"users":[{{"userId":"cuser0001",)"
        R"("username":"alice","result":"written","counts":{},"findings":[{}]}}]}})",
        counts, report_findings, counts, report_findings);
}

void archive_builder::write(const fs::path& root)
{
    std::string const suffix = compressed ? ".jsonl.gz" : ".jsonl";
    std::map<std::string, std::string> all = files_;
    for (const auto& [name, lines] : records_) {
        std::string text;
        for (const std::string& line : lines) text += line + "\n";
        all[name + suffix] = compressed ? gzip(text) : text;
    }
    for (const auto& [name, bytes] : raw_) all[name + suffix] = bytes;
    all[std::string{user} + "user-manifest.json"] = user_entry();
    all["manifest.json"] = manifest();
    if (style_ == style::ours) {
        all["report.json"] = report();
        all["RESTORE.md"] = "how to restore\n";
    }
    if (before_sums) before_sums(all);
    std::string sums;
    for (const auto& [name, bytes] : all)
        sums += fmt::format(
            "{}  {}\n", format::hex(format::digest_of(format::digest_algorithm::sha256, bytes).view()), name);
    if (style_ == style::ours) all["SHA256SUMS"] = sums;
    ::umask(077);
    for (const auto& [name, bytes] : all) {
        fs::create_directories((root / name).parent_path());
        std::ofstream{root / name, std::ios::binary} << bytes;
    }
    if (spoil) spoil(root);
}

namespace {

runtime::task<void> keep(runtime::program& program, verify::verify_options options,
                         runtime::progress& progress, verify::verify_report& report)
{
    report = co_await verify::verify_archive(program, std::move(options), progress);
}

} // namespace

verify::verify_report archive_builder::check(verify::verify_options options, std::size_t jobs)
{
    temporary_folder const folder;
    options.archive = folder.path() / "archive";
    write(options.archive);
    runtime::program_limits limits;
    limits.jobs = jobs;
    runtime::program program{limits};
    runtime::progress progress;
    verify::verify_report report;
    program.run(keep(program, std::move(options), progress, report));
    return report;
}

} // namespace verify_test
