#include "job_output.hpp"

#include "pryv_export/archive/json_text.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/replacing_file.hpp"
#include "pryv_export/base/text.hpp"

#include "record_lines.hpp"

#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
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
    if (job.selected) {
        throw job_refused{
            exit_status::cannot_create,
            job.output.native(),
            "is for the archive of all cores, into which single ones cannot be put afterwards",
            "run the whole job with --overwrite, or these cores alone with --layout per-core and "
            "another --output, and restore both archives",
            {}};
    }
    if (is_finished(job.output) && !job.overwrite) {
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

/// A register that another command put there is not replaced without a word; one of an earlier run of the job
/// is.
void check_register_place(const job_options& job)
{
    bool const there = job.redis && kind_of(job.output / "register" / "manifest.json") == path_kind::file;
    if (!there || job.overwrite || job.selected) return;
    bool ours = kind_of(job.output / "report.json") == path_kind::file ||
                kind_of(job.output / ".partial") == path_kind::folder;
    for (const core_job& core : job.cores)
        ours = ours || (!job.merged && kind_of(job.output / core.name) == path_kind::folder);
    if (ours) return;
    auto const folder = (job.output / "register").native();
    throw job_refused{
        exit_status::cannot_create,
        folder,
        "is there already",
        fmt::format("give --overwrite to replace it, or use it: `register: {{ dir: {} }}`", folder),
        {}};
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
    check_register_place(job);
}

std::vector<std::filesystem::path> places_of_archives(const job_options& job)
{
    if (job.merged) return {job.output};
    std::vector<std::filesystem::path> places{job.output / "register", job.output / "report.json"};
    for (const std::string& name : job.all_names) places.push_back(job.output / name);
    return places;
}

std::filesystem::path staged_register(const job_options& job)
{
    return job.output / ".register.new";
}

void publish_register(const job_options& job)
{
    auto const made = staged_register(job) / "register";
    auto const place = job.output / "register";
    if (kind_of(made) != path_kind::folder) return;
    auto const old = staged_register(job) / "old";
    if (kind_of(place) != path_kind::absent && ::rename(place.c_str(), old.c_str()) != 0)
        throw_errno(errno, "cannot move away", place.native());
    if (::rename(made.c_str(), place.c_str()) != 0)
        throw_errno(errno, "cannot move into place", place.native());
    drop_staged_register(job);
}

void drop_staged_register(const job_options& job) noexcept
{
    std::error_code ignored;
    std::filesystem::remove_all(staged_register(job), ignored);
}

earlier_report read_earlier_report(const job_options& job)
{
    earlier_report found;
    auto const file = job.output / "report.json";
    if (kind_of(file) != path_kind::file) return found;
    boost::system::error_code error;
    json::value report;
    try {
        report = json::parse(read_small_file(file, report_limit_bytes), error);
    } catch (const export_error&) {
        return found; // the archives have reports of their own
    }
    if (error || !report.is_object()) return found;
    const json::object& all = report.get_object();
    if (auto const* const part = all.if_contains("register"); part != nullptr && part->is_object())
        found.from_register = part->get_object();
    if (auto const* const lines = all.if_contains("warnings"); lines != nullptr && lines->is_array()) {
        for (const json::value& line : lines->get_array()) {
            if (line.is_string()) found.warnings.emplace_back(line.get_string());
        }
    }
    auto const* const cores = all.if_contains("cores");
    if (cores == nullptr || !cores->is_array()) return found;
    for (const json::value& core : cores->get_array()) {
        if (!core.is_object()) continue;
        std::string name = member_text(core.get_object(), "name");
        // Only an archive that is still there counts.
        if (!name.empty() && is_finished(job.output / name))
            found.cores.emplace(std::move(name), core.get_object());
    }
    return found;
}

void forget_job_report(const job_options& job)
{
    std::error_code ignored;
    std::filesystem::remove(job.output / "report.json", ignored);
}

void write_job_report(const job_options& job, const job_report& report)
{
    std::string const text = archive::pretty_json(to_json(report)) + "\n";
    replacing_file file{job.output / "report.json"};
    file.write(text);
    file.commit();
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
