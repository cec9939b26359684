#include "archive_files.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"

#include "folder_listing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::verify {

namespace {

constexpr std::string_view whole_hint = "pryv-export verify says what is wrong";

std::filesystem::path checked_root(std::filesystem::path root)
{
    if (kind_of(root / "encryption.json") != path_kind::absent) {
        throw export_error{exit_status::source_missing, root.string(), "the archive is encrypted",
                           "decrypt it first: node decrypt-backup.mjs in the archive"};
    }
    if (kind_of(root / "manifest.json") != path_kind::file) {
        throw export_error{exit_status::source_missing, root.string(),
                           "is no archive: it has no manifest.json",
                           "name the folder of an archive whose export has ended"};
    }
    return root;
}

} // namespace

archive_files::archive_files(std::filesystem::path root)
    : context_{checked_root(std::move(root)), {}, std::nullopt, stopping_, progress_, {}}
{
    findings found;
    auto manifest = read_manifest(context_.root, found);
    if (!manifest) throw_if_broken(found);
    manifest_ = std::move(*manifest);
    context_.facts = manifest_.facts;
}

void archive_files::throw_if_broken(const findings& found) const
{
    for (std::size_t i = 0; i < rule_count; ++i) {
        auto const& examples = found.examples(static_cast<rule>(i), severity::error);
        if (examples.empty()) continue;
        const finding& first = examples.front();
        std::string const place = first.line > 0 ? fmt::format("{}:{}", first.file, first.line) : first.file;
        throw export_error{exit_status::io_error, (context_.root / place).string(), first.text, whole_hint};
    }
}

const manifest_user& archive_files::user(std::string_view id_or_name) const
{
    auto const& users = manifest_.users;
    auto const at = std::find_if(users.begin(), users.end(), [&](const manifest_user& user) {
        return user.user_id == id_or_name || user.username == id_or_name;
    });
    if (at == users.end())
        throw export_error{exit_status::source_missing, id_or_name,
                           "no user of the archive has this id or name"};
    return *at;
}

std::pair<std::uint64_t, std::uint64_t> archive_files::size_of(const std::string& inside) const
{
    findings ignored;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    for (const folder_entry& entry : list_folder(context_, ignored, inside)) {
        if (entry.kind == path_kind::folder) {
            auto const [more_files, more_bytes] = size_of(entry.name);
            files += more_files;
            bytes += more_bytes;
        } else {
            ++files;
            bytes += entry.bytes;
        }
    }
    return {files, bytes};
}

std::optional<archive_report> archive_files::report() const
{
    findings ignored;
    if (kind_of(context_.root / "report.json") != path_kind::file) return std::nullopt;
    return read_report(context_.root, ignored);
}

std::vector<std::string> archive_files::record_files(std::string_view kind, const manifest_user* user) const
{
    std::string const base = user == nullptr ? std::string{} : "users/" + user->user_id + "/";
    std::string const suffix{context_.facts.suffix()};
    std::vector<std::string> names;
    if (kind == "platform") {
        names.push_back("platform/platform" + suffix);
    } else if (kind == "events" || kind == "audit" || kind == "extra" || kind == "series") {
        findings ignored;
        for (const folder_entry& entry : list_folder(context_, ignored, base + std::string{kind}))
            if (entry.kind == path_kind::file && entry.name.ends_with(suffix)) names.push_back(entry.name);
    } else {
        names.push_back(base + std::string{kind} + suffix);
    }
    std::erase_if(
        names, [&](const std::string& name) { return kind_of(context_.root / name) == path_kind::absent; });
    return names;
}

void archive_files::read_lines(const std::string& name, line_listener& lines)
{
    findings found;
    file_scope const scope{found, context_.facts, name};
    line_reader reader{context_};
    reader.read(scope, context_.facts.compressed, lines);
    throw_if_broken(found);
}

void archive_files::read_records(const std::string& name, record_checker& records)
{
    findings found;
    file_scope const scope{found, context_.facts, name};
    record_reader reader{context_};
    reader.read(scope, records, true);
    throw_if_broken(found);
}

} // namespace pryv_export::verify
