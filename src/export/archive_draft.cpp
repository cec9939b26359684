#include "archive_draft.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"

#include "archive/output_root.hpp"
#include "take_register.hpp"
#include "user_export.hpp"

#include <system_error>
#include <utility>

namespace pryv_export::exporting {

namespace {

void copy_private(const std::filesystem::path& from, const std::filesystem::path& to)
{
    unique_fd const in = open_for_reading(from);
    unique_fd out = create_private_file(to);
    std::vector<std::uint8_t> block(256U << 10);
    for (std::uint64_t offset = 0;;) {
        std::size_t const got = read_at(in.value(), offset, block, from.native());
        if (got == 0) break;
        offset += got;
        write_all(out.value(), {reinterpret_cast<const char*>(block.data()), got}, to.native());
    }
    out.close_checked(to.native());
}

std::string entry_of(const user_report& report)
{
    std::string text;
    text.reserve(4096); // of most users
    append_entry(text, report);
    return text;
}

} // namespace

archive_draft::archive_draft(runtime::program_share& program, std::filesystem::path root,
                             archive::output_folder::existing policy, archive::encoding how)
    : archive_draft{program, archive::output_folder{std::move(root), policy}, how}
{
}

archive_draft::archive_draft(runtime::program_share& program, archive::output_folder output,
                             archive::encoding how)
    : output_{std::move(output)}, how_{how}, jobs_{program.jobs()},
      publisher_{output_, program.blocking(), program.loop()},
      parts_{.manifests = archive::ordered_spool{output_.partial()},
             .reports = archive::ordered_spool{output_.partial()},
             .checksums = archive::ordered_spool{output_.partial()},
             .files = {},
             .engine = {},
             .domain = {},
             .timestamp_ms = 0,
             .compressed = how.gzip},
      platform_{output_.partial(),
                {.stem = "platform/platform",
                 .suffix = std::string{how.suffix()},
                 .chunk_bytes = 0,
                 .where = output_.where()}}
{
}

void archive_draft::begin()
{
    output_.begin();
}

void archive_draft::place_register(const std::filesystem::path& from)
{
    auto const to = output_.root() / "register";
    std::error_code error;
    if (std::filesystem::equivalent(from, to, error)) return;
    auto const beside = output_.partial() / "register";
    create_private_folder(beside);
    for (std::filesystem::directory_iterator at{from, error}, end; !error && at != end; at.increment(error)) {
        if (kind_of(at->path()) == path_kind::file) copy_private(at->path(), beside / at->path().filename());
    }
    if (error)
        throw export_error{exit_status::source_missing, from.native(), error.message(),
                           "check its permissions"};
    archive::remove_tree(to);
    output_.publish(beside, to);
}

void archive_draft::add(std::size_t number, user_export& user)
{
    if (user.report().failure) return add(number, user.report());
    std::string const report = entry_of(user.report());
    std::string manifest;
    manifest.reserve(1024); // of most users
    user.append_manifest(manifest, user_entry_indent);
    std::lock_guard const lock{mutex_};
    parts_.reports.put(number, report);
    parts_.manifests.put(number, manifest);
    parts_.checksums.put(number, user.checksums());
}

void archive_draft::add(std::size_t number, const user_report& report)
{
    std::string const text = entry_of(report);
    std::lock_guard const lock{mutex_};
    parts_.reports.put(number, text);
}

void archive_draft::append_platform(const convert::output& rows)
{
    if (platform_.append(archive::compress(rows.lines.view(), rows.line_count, how_))) platform_.flush();
}

void archive_draft::add_files(const std::vector<archive::file_record>& files)
{
    parts_.files.insert(parts_.files.end(), files.begin(), files.end());
}

void archive_draft::publish(std::string_view name)
{
    if (kind_of(output_.partial() / name) == path_kind::folder)
        output_.publish(output_.partial() / name, output_.root() / name);
}

std::uint64_t archive_draft::finish(run_report& report, const archive_facts& facts)
{
    platform_.finish();
    add_files(platform_.files());
    if (output_.where() == archive::medium::disk) add_files(take_register(output_, how_, report));
    publish("platform");
    publish("extra");
    parts_.engine = facts.engine;
    parts_.domain = facts.domain;
    parts_.timestamp_ms = facts.timestamp_ms;
    for (const auto& file : parts_.files) report.archive_bytes += file.bytes;
    report.archive_files += parts_.files.size();
    return finish_archive(output_, parts_, report, jobs_);
}

} // namespace pryv_export::exporting
