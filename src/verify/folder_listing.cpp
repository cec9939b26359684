#include "folder_listing.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include "line_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace pryv_export::verify {

namespace {

path_kind kind_of_mode(mode_t mode) noexcept
{
    if (S_ISREG(mode)) return path_kind::file;
    if (S_ISDIR(mode)) return path_kind::folder;
    return S_ISLNK(mode) ? path_kind::link : path_kind::other;
}

struct folder_closer
{
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

class lister
{
public:
    lister(const check_context& context, findings& out, const std::string& inside)
        : context_{context}, out_{out}, inside_{inside}
    {
    }

    std::vector<folder_entry> run()
    {
        std::unique_ptr<DIR, folder_closer> const folder = open();
        if (folder == nullptr) {
            if (errno != ENOENT) unreadable(inside_);
            return {};
        }
        int const fd = ::dirfd(folder.get());
        while (const dirent* const entry = ::readdir(folder.get())) {
            std::string_view const name = entry->d_name;
            if (name != "." && name != "..") take(fd, entry->d_name);
        }
        std::sort(entries_.begin(), entries_.end(),
                  [](const folder_entry& a, const folder_entry& b) { return a.name < b.name; });
        return std::move(entries_);
    }

private:
    /// The archive itself may be a link, nothing in it.
    std::unique_ptr<DIR, folder_closer> open() const
    {
        std::filesystem::path const path = context_.root / inside_;
        int const follow = inside_.empty() ? 0 : O_NOFOLLOW;
        int const fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
        if (fd < 0) return nullptr;
        DIR* const folder = ::fdopendir(fd);
        if (folder == nullptr) ::close(fd);
        return std::unique_ptr<DIR, folder_closer>{folder};
    }

    void add(rule which, const std::string& name, std::string text) const
    {
        file_scope{out_, context_.facts, name}.add(which, 0, {}, std::move(text));
    }

    void unreadable(const std::string& name) const { add(rule::file_unreadable, name, std::strerror(errno)); }

    void take(int folder, const char* name)
    {
        folder_entry entry;
        entry.name = inside_.empty() ? name : inside_ + "/" + name;
        struct stat info
        {
        };
        if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return unreadable(entry.name);
        entry.kind = kind_of_mode(info.st_mode);
        entry.bytes = static_cast<std::uint64_t>(info.st_size);
        if (!is_safe_name(name))
            return add(rule::file_odd, entry.name, "a name that no file of an archive has");
        if (entry.kind == path_kind::link || entry.kind == path_kind::other)
            return add(rule::file_odd, entry.name,
                       entry.kind == path_kind::link ? "a link" : "neither a file nor a folder");
        if ((info.st_mode & 077U) != 0) open_to_others(entry.name, info.st_mode & 0777U);
        entries_.push_back(std::move(entry));
    }

    /// Other tools leave the modes to umask.
    void open_to_others(const std::string& name, unsigned mode) const
    {
        severity const level =
            context_.facts.made_by == maker::pryv_export ? severity::warning : severity::note;
        file_scope{out_, context_.facts, name}.add(rule::file_mode, level, 0, {},
                                                   fmt::format("mode {:o}: others can read it", mode));
    }

    const check_context& context_;
    findings& out_;
    const std::string& inside_;
    std::vector<folder_entry> entries_;
};

} // namespace

std::vector<folder_entry> list_folder(const check_context& context, findings& out, const std::string& inside)
{
    return lister{context, out, inside}.run();
}

void check_listed(check_context& context, findings& out, const folder_entry& entry)
{
    if (!context.checksums || context.checksums->expects(entry.name)) return;
    file_scope{out, context.facts, entry.name}.add(rule::file_unlisted, 0, {}, "not in SHA256SUMS");
}

void check_other_file(check_context& context, findings& out, const folder_entry& entry, bool expected)
{
    file_scope const scope{out, context.facts, entry.name};
    if (entry.kind == path_kind::folder) {
        scope.add(rule::file_odd, 0, {}, "a folder where a file belongs");
        return;
    }
    if (!context.checksums) {
        if (!expected) scope.add(rule::file_foreign, 0, {}, "no part of an archive");
        return;
    }
    if (!context.checksums->expects(entry.name)) {
        scope.add(rule::file_unlisted, 0, {}, "not in SHA256SUMS");
        return;
    }
    try {
        check_digest(context, scope, digest_of_file(context, context.root / entry.name));
    } catch (const export_error& error) {
        if (error.status() == exit_status::interrupted) throw;
        scope.add(rule::file_unreadable, 0, {}, error.what());
    }
}

tree_size check_other_tree(check_context& context, findings& out, const std::string& inside, bool expected)
{
    tree_size size;
    for (const folder_entry& entry : list_folder(context, out, inside)) {
        if (entry.kind == path_kind::folder) {
            tree_size const below = check_other_tree(context, out, entry.name, expected);
            size.files += below.files;
            size.bytes += below.bytes;
        } else {
            check_other_file(context, out, entry, expected);
            ++size.files;
            size.bytes += entry.bytes;
        }
    }
    return size;
}

} // namespace pryv_export::verify
