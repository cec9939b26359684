#include "archive_end.hpp"

#include "pryv_export/archive/json_text.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/runtime/start_beside.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

/// Written in one go: small enough to stay in a core's cache.
constexpr std::size_t piece_bytes = 256U << 10;

/// Writes a JSON object whose member `list_key` is an array that never is in memory as a whole.
class streamed_object
{
public:
    streamed_object(const archive::output_folder& output, std::string name)
        : file_{output.partial(), std::move(name), output.where()}
    {
    }

    void member(std::string_view key, const json::value& value)
    {
        next_member(key);
        text_ += archive::pretty_json(value, 1);
    }

    void list(std::string_view key, const archive::ordered_spool& items)
    {
        next_member(key);
        text_ += '[';
        bool first = true;
        items.for_each([&](std::string_view item) {
            text_ += first ? "\n    " : ",\n    ";
            first = false;
            text_ += item;
            flush_when_large();
        });
        text_ += first ? "]" : "\n  ]";
    }

    archive::file_record close()
    {
        text_ += "\n}";
        file_.write(text_);
        return file_.close();
    }

private:
    void next_member(std::string_view key)
    {
        text_ += fmt::format("{}\n  \"{}\": ", first_ ? "{" : ",", key);
        first_ = false;
    }

    void flush_when_large()
    {
        if (text_.size() < piece_bytes) return;
        file_.write(text_);
        text_.clear();
    }

    archive::archive_file file_;
    std::string text_;
    bool first_ = true;
};

json::object own_section(const run_report& report)
{
    json::object warnings;
    for (std::size_t i = 0; i < convert::rule_count; ++i) {
        auto const rule = static_cast<convert::rule>(i);
        if (report.notes.count(rule) > 0) warnings[convert::name_of(rule)] = report.notes.count(rule);
    }
    return {{"version", report.tool_version},
            {"source", report.source},
            {"options", report.options},
            {"result", report.complete() ? "complete" : "partial"},
            {"warnings", std::move(warnings)}};
}

archive::file_record write_manifest(const archive::output_folder& output, const archive_parts& parts,
                                    const run_report& report)
{
    streamed_object manifest{output, "manifest.json"};
    manifest.member("formatVersion", 1);
    manifest.member("coreVersion", json::string{report.core_version});
    manifest.member("config", json::object{{"engine", parts.engine}, {"domain", parts.domain}});
    manifest.member("backupType", "full");
    manifest.member("backupTimestamp", parts.timestamp_ms);
    manifest.member("snapshotBefore", nullptr);
    manifest.list("users", parts.manifests);
    manifest.member("compressed", parts.compressed);
    manifest.member("pryvExport", own_section(report));
    return manifest.close();
}

archive::file_record write_report(const archive::output_folder& output, const archive_parts& parts,
                                  const run_report& report)
{
    streamed_object file{output, "report.json"};
    for (const auto& [key, value] : to_json(report)) file.member(key, value);
    file.list("users", parts.reports);
    return file.close();
}

/// SHA256SUMS. The users' files come first, so that it can be begun while what it ends with is written.
class checksum_list
{
public:
    checksum_list(const archive::output_folder& output, const archive_parts& parts)
        : file_{output.partial(), "SHA256SUMS", output.where()}
    {
        parts.checksums.for_each([&](std::string_view lines) {
            text_ += lines;
            if (text_.size() < piece_bytes) return;
            file_.write(text_);
            text_.clear();
        });
    }

    archive::file_record close(std::vector<archive::file_record> others)
    {
        std::sort(others.begin(), others.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
        for (const auto& other : others) text_ += fmt::format("{}  {}\n", other.sha256_hex, other.name);
        file_.write(text_);
        return file_.close();
    }

private:
    archive::archive_file file_;
    std::string text_;
};

} // namespace

std::uint64_t finish_archive(archive::output_folder& output, archive_parts& parts, const run_report& report,
                             std::size_t jobs)
{
    const std::filesystem::path& folder = output.partial();
    std::vector<archive::file_record> others = parts.files;
    std::uint64_t bytes = 0;
    auto const enter = [&](archive::file_record file) {
        bytes += file.bytes;
        others.push_back(std::move(file));
    };
    auto beside = runtime::start_beside(jobs, [&] {
        archive::file_record manifest = write_manifest(output, parts, report);
        return std::pair{std::move(manifest), checksum_list{output, parts}};
    });
    enter(write_report(output, parts, report));
    enter(archive::write_file(folder, "RESTORE.md", restore_guide(report), output.where()));
    auto [manifest, checksums] = beside.get();
    enter(std::move(manifest));
    bytes += checksums.close(std::move(others)).bytes;
    for (std::string_view const name : {"report.json", "RESTORE.md", "SHA256SUMS"}) {
        output.publish(folder / name, output.root() / name);
    }
    output.sync_all();
    output.publish(folder / "manifest.json", output.root() / "manifest.json");
    output.sync_all();
    output.finish();
    return bytes;
}

} // namespace pryv_export::exporting
