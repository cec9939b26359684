#include "archive_scan.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include "other_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::verify {

namespace {

constexpr std::string_view encrypted_magic = "PRYVBKE1";

bool has_any(const std::filesystem::path& root)
{
    for (std::string_view const name : {"manifest.json", "users", "platform", ".partial", "encryption.json"})
        if (kind_of(root / name) != path_kind::absent) return true;
    return false;
}

std::filesystem::path checked_root(std::filesystem::path root)
{
    path_kind const kind = kind_of(root);
    if (kind == path_kind::absent)
        throw export_error{exit_status::source_missing, root.string(), "is not there",
                           "name the folder of an archive"};
    if (kind == path_kind::unreadable)
        throw export_error{exit_status::denied, root.string(), "cannot be read", "run as its owner"};
    if (!has_any(root)) {
        throw export_error{exit_status::source_missing, root.string(),
                           "is no archive: it has no manifest.json", "name the folder of an archive"};
    }
    return root;
}

} // namespace

archive_scan::archive_scan(std::filesystem::path root, const std::atomic<bool>& stopping,
                           runtime::progress& progress)
    : context_{checked_root(std::move(root)), {}, std::nullopt, stopping, progress, {}}
{
}

bool archive_scan::is_encrypted() const
{
    if (kind_of(context_.root / "encryption.json") == path_kind::file) return true;
    if (kind_of(context_.root / "manifest.json") != path_kind::file) return false;
    unique_fd const fd = open_for_reading(context_.root / "manifest.json");
    std::array<std::uint8_t, encrypted_magic.size()> begin{};
    std::size_t const size = read_at(fd.value(), 0, begin, "manifest.json");
    return std::string_view{reinterpret_cast<const char*>(begin.data()), size} == encrypted_magic;
}

bool archive_scan::open()
{
    if (is_encrypted()) {
        found_.add(rule::encrypted, {{}, 0, {}, "the archive is encrypted; nothing in it was checked"});
        return false;
    }
    if (kind_of(context_.root / "manifest.json") == path_kind::absent) {
        found_.add(rule::unfinished,
                   {"manifest.json", 0, {}, "is not there: the export did not come to its end"});
        return false;
    }
    if (kind_of(context_.root / "manifest.json") != path_kind::file) {
        found_.add(rule::manifest_broken, {"manifest.json", 0, {}, "is no file"});
        return false;
    }
    auto manifest = read_manifest(context_.root, found_);
    if (!manifest) return false;
    manifest_ = std::move(*manifest);
    context_.facts = manifest_.facts;
    bool const ours = context_.facts.made_by == maker::pryv_export;
    if (kind_of(context_.root / "SHA256SUMS") == path_kind::file)
        context_.checksums = checksum_list::read(context_.root / "SHA256SUMS", found_);
    else if (ours)
        found_.add(rule::checksum_list, {"SHA256SUMS", 0, {}, "is not there"});
    if (kind_of(context_.root / "report.json") == path_kind::file)
        report_ = read_report(context_.root, found_);
    else if (ours)
        found_.add(rule::report_mismatch, {"report.json", 0, {}, "is not there"});
    find_repeated_users();
    if (ours && report_) compare_report();
    return true;
}

void archive_scan::find_repeated_users()
{
    exact_set ids;
    exact_set names;
    for (const manifest_user& user : manifest_.users) {
        file_scope const scope{found_, context_.facts, "manifest.json"};
        if (!ids.insert(exact_hash_of({user.user_id})).second)
            scope.add(rule::user_repeated, 0, user.user_id, "the user id is there twice");
        if (!names.insert(exact_hash_of({user.username})).second)
            scope.add(rule::user_repeated, 0, user.user_id,
                      fmt::format("the name '{}' is there twice", user.username));
    }
}

const reported_user* archive_scan::report_of(const std::string& user_id) const
{
    if (!report_) return nullptr;
    auto const at = report_->users.find(printable(user_id));
    return at == report_->users.end() || !at->second.written ? nullptr : &at->second;
}

void archive_scan::compare_report()
{
    file_scope const scope{found_, context_.facts, "report.json"};
    if (report_->result != manifest_.result)
        scope.add(rule::report_mismatch, 0, {}, "another result than in manifest.json");
    for (const manifest_user& user : manifest_.users) {
        if (report_of(user.user_id) == nullptr)
            scope.add(rule::report_mismatch, 0, user.user_id,
                      "a user of the manifest who is not in the report");
    }
    auto const written = static_cast<std::size_t>(std::count_if(
        report_->users.begin(), report_->users.end(), [](const auto& each) { return each.second.written; }));
    if (written > manifest_.users.size()) {
        scope.add(rule::report_mismatch, 0, {},
                  fmt::format("{} users written, {} in the manifest", written, manifest_.users.size()));
    }
}

void archive_scan::check_user_folders(bool all)
{
    std::vector<std::string> ids;
    for (const manifest_user& user : manifest_.users) ids.push_back(user.user_id);
    std::sort(ids.begin(), ids.end());
    for (const folder_entry& entry : list_folder(context_, found_, "users")) {
        if (entry.kind != path_kind::folder) {
            check_other_file(context_, found_, entry, false);
            continue;
        }
        if (std::binary_search(ids.begin(), ids.end(), entry.file_name())) continue;
        if (all) check_other_tree(context_, found_, entry.name, true);
        file_scope{found_, context_.facts, entry.name}.add(
            rule::user_unlisted, 0, entry.file_name(), "a folder of a user whom the manifest does not name");
    }
}

void archive_scan::check_rest(record_reader& reader)
{
    for (const folder_entry& entry : list_folder(context_, found_, "")) check_root(entry, reader);
    if (!report_) return;
    for (rule const which : {rule::platform_unknown}) {
        auto const known = report_->known.find(which);
        if (known != report_->known.end() && found_.count(which) <= known->second)
            found_.regrade(which, severity::note);
    }
}

void archive_scan::check_root(const folder_entry& entry, record_reader& reader)
{
    std::string_view const name = entry.name;
    if (entry.kind == path_kind::folder) {
        if (name == "users") return;
        if (name == "platform") return check_platform(reader, entry.name);
        if (name == "register") return check_register(reader, entry.name);
        if (name == "extra") return check_extra(reader, entry.name);
        if (name == ".partial") {
            found_.add(rule::partial_left,
                       {entry.name, 0, {}, "left behind by a run that did not end, or that runs now"});
            return;
        }
        check_other_tree(context_, found_, entry.name, false);
        return;
    }
    if (name == "SHA256SUMS") return;
    check_other_file(context_, found_, entry,
                     name == "manifest.json" || name == "report.json" || name == "RESTORE.md");
}

bool archive_scan::right_suffix(const folder_entry& file)
{
    std::string_view const name = file.file_name();
    if (name.ends_with(context_.facts.suffix())) return true;
    file_scope{found_, context_.facts, file.name}.add(rule::wrong_suffix, 0, {},
                                                      "the manifest's `compressed` says otherwise");
    return false;
}

void archive_scan::check_platform(record_reader& reader, const std::string& folder)
{
    for (const folder_entry& file : list_folder(context_, found_, folder)) {
        bool const ours = file.kind == path_kind::file && file.file_name().starts_with("platform.jsonl");
        if (!ours) {
            check_other_file(context_, found_, file, false);
            continue;
        }
        check_listed(context_, found_, file);
        if (!right_suffix(file)) continue;
        file_scope const scope{found_, context_.facts, file.name};
        platform_checker checker{scope};
        reader.read(scope, checker);
    }
}

/// Register data may come from another run: SHA256SUMS need not name it.
void archive_scan::check_register(record_reader& reader, const std::string& folder)
{
    for (const folder_entry& file : list_folder(context_, found_, folder)) {
        if (file.kind == path_kind::file && file.file_name().starts_with("servers.jsonl") &&
            right_suffix(file)) {
            file_scope const scope{found_, context_.facts, file.name};
            register_checker checker{scope};
            reader.read(scope, checker);
        } else if (file.kind == path_kind::file && context_.checksums &&
                   context_.checksums->expects(file.name)) {
            check_other_file(context_, found_, file, true);
        }
    }
}

void archive_scan::check_extra(record_reader& reader, const std::string& folder)
{
    for (const folder_entry& file : list_folder(context_, found_, folder)) {
        if (file.kind != path_kind::file || !file.file_name().ends_with(context_.facts.suffix())) {
            check_other_file(context_, found_, file, false);
            continue;
        }
        check_listed(context_, found_, file);
        file_scope const scope{found_, context_.facts, file.name};
        extra_checker checker{scope};
        reader.read(scope, checker, true);
    }
}

void archive_scan::check_missing(const std::optional<std::vector<std::string>>& users)
{
    if (!context_.checksums) return;
    auto const wanted = [&](std::string_view path) {
        constexpr std::string_view folder = "users/";
        if (!path.starts_with(folder) || !users) return true;
        path.remove_prefix(folder.size());
        std::string const id{path.substr(0, path.find('/'))};
        return std::binary_search(users->begin(), users->end(), id);
    };
    context_.checksums->find_missing(context_.root / "SHA256SUMS", found_, wanted);
}

void archive_scan::check_totals(const kind_counts& counts)
{
    if (!report_ || context_.facts.made_by != maker::pryv_export) return;
    for (std::size_t i = count_streams; i <= count_audit; ++i) {
        if (report_->written_records[i] == counts[i]) continue;
        found_.add(rule::report_mismatch, {"report.json",
                                           0,
                                           {},
                                           fmt::format("{} {} are there, {} in the report", counts[i],
                                                       counted_kinds[i], report_->written_records[i])});
    }
}

} // namespace pryv_export::verify
