#include "job_output.hpp"

#include "pryv_export/archive/json_text.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"

#include "record_lines.hpp"

#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>
#include <fmt/format.h>

#include <system_error>

namespace pryv_export::exporting {

namespace json = boost::json;

namespace {

constexpr std::uint64_t report_limit_bytes = 64U << 20;

bool is_finished(const std::filesystem::path& archive)
{
    return kind_of(archive / "manifest.json") == path_kind::file;
}

void check_merged(const job_options& job)
{
    if (!is_finished(job.output)) return;
    if (job.selected) {
        throw job_refused{
            exit_status::cannot_create,
            job.output.native(),
            "holds the archive of all cores, into which single ones cannot be put afterwards",
            "run the whole job with --overwrite, or these cores alone with --layout per-core and "
            "another --output, and restore both archives",
            {}};
    }
    if (!job.overwrite) {
        throw job_refused{exit_status::cannot_create,
                          job.output.native(),
                          "holds an archive",
                          "give --overwrite to replace it, or name another output",
                          {}};
    }
}

void check_per_core(const job_options& job)
{
    if (is_finished(job.output)) {
        throw job_refused{exit_status::cannot_create,
                          job.output.native(),
                          "is an archive itself, and no folder of archives",
                          "name another output",
                          {}};
    }
    if (job.overwrite) return;
    std::vector<std::string> finished;
    std::string others;
    for (const core_job& core : job.cores) {
        auto const folder = archive_folder(job, core);
        if (is_finished(folder))
            finished.push_back(
                fmt::format("core {}: {} holds an archive", core.name, printable(folder.native())));
        else
            others += " " + core.name;
    }
    if (finished.empty()) return;
    throw job_refused{
        exit_status::cannot_create, job.output.native(),
        fmt::format("holds {} finished archives", finished.size()),
        others.empty()
            ? "give --overwrite to replace them"
            : fmt::format("give --overwrite to replace them, or run the other cores only:{}", others),
        std::move(finished)};
}

std::string member_text(const json::object& row, std::string_view key)
{
    auto const* const value = row.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

} // namespace

std::filesystem::path archive_folder(const job_options& job, const core_job& core)
{
    return job.merged ? job.output : job.output / core.name;
}

void check_output(const job_options& job)
{
    job.merged ? check_merged(job) : check_per_core(job);
}

std::map<std::string, json::object> earlier_sections(const std::filesystem::path& output)
{
    std::map<std::string, json::object> sections;
    auto const file = output / "report.json";
    if (kind_of(file) != path_kind::file) return sections;
    boost::system::error_code error;
    json::value report;
    try {
        report = json::parse(read_small_file(file, report_limit_bytes), error);
    } catch (const export_error&) {
        return sections; // the archives have reports of their own
    }
    if (error || !report.is_object()) return sections;
    auto const* const cores = report.get_object().if_contains("cores");
    if (cores == nullptr || !cores->is_array()) return sections;
    for (const json::value& core : cores->get_array()) {
        if (!core.is_object()) continue;
        if (std::string name = member_text(core.get_object(), "name"); !name.empty())
            sections.emplace(std::move(name), core.get_object());
    }
    return sections;
}

void write_job_report(const job_options& job, const job_report& report)
{
    std::string const text = archive::pretty_json(to_json(report)) + "\n";
    auto const replace = [&text](const std::filesystem::path& file) {
        auto beside = file;
        beside += ".new";
        std::error_code ignored;
        std::filesystem::remove(beside, ignored);
        unique_fd fd = create_private_file(beside);
        write_all(fd.value(), text, beside.native());
        sync_fd(fd.value(), beside.native());
        fd.close_checked(beside.native());
        std::filesystem::rename(beside, file);
    };
    replace(job.output / "report.json");
    if (job.report_file) replace(*job.report_file);
}

std::map<std::string, std::size_t, std::less<>> read_placements(const std::filesystem::path& folder,
                                                                const std::vector<core_job>& cores)
{
    std::map<std::string, std::size_t, std::less<>> places;
    std::map<std::string, std::size_t, std::less<>> by_server;
    for (std::size_t i = 0; i < cores.size(); ++i) {
        if (!cores[i].register_name.empty()) by_server.emplace(cores[i].register_name, i);
    }
    if (by_server.empty()) return places;
    bool const gzip = kind_of(folder / "servers.jsonl.gz") == path_kind::file;
    auto const file = folder / (gzip ? "servers.jsonl.gz" : "servers.jsonl");
    if (kind_of(file) != path_kind::file) return places;
    for_each_line(file, [&](std::string_view line) {
        boost::system::error_code error;
        json::value const row = json::parse(line, error);
        if (error || !row.is_object()) return;
        auto const server = by_server.find(member_text(row.get_object(), "server"));
        if (server != by_server.end())
            places.emplace(member_text(row.get_object(), "username"), server->second);
    });
    return places;
}

} // namespace pryv_export::exporting
