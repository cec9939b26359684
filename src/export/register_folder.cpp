#include "register_folder.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/format/digest.hpp"

#include "record_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

namespace pryv_export::exporting {

namespace {

constexpr std::string_view prefix = "register/";
constexpr std::size_t block_bytes = 1U << 20;

std::string checksum_line(std::string_view sha256_hex, std::string_view name)
{
    return fmt::format("{}  {}\n", sha256_hex, name);
}

archive::file_record record_of(const std::filesystem::path& path, std::string name)
{
    unique_fd const fd = open_for_reading(path);
    format::digest sha256;
    archive::file_record record{.name = std::move(name), .bytes = 0, .sha256_hex = {}};
    std::vector<std::uint8_t> block(block_bytes);
    while (std::size_t const got = read_at(fd.value(), record.bytes, block, path.native())) {
        sha256.update(std::string_view{reinterpret_cast<const char*>(block.data()), got});
        record.bytes += got;
    }
    record.sha256_hex = format::hex(sha256.finish().view());
    return record;
}

void move_into_place(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (std::rename(from.c_str(), to.c_str()) != 0) throw_errno(errno, "cannot move into place", to.native());
}

void write_counterpart(const std::filesystem::path& from, const std::filesystem::path& folder,
                       const std::filesystem::path& scratch, archive::encoding how)
{
    archive::file_series file{scratch,
                              {.stem = "servers", .suffix = std::string{how.suffix()}, .chunk_bytes = 0}};
    std::string held;
    std::uint64_t lines = 0;
    auto const write = [&] {
        file.append(archive::compress(held, std::exchange(lines, 0), how));
        file.flush();
        held.clear();
    };
    for_each_line(from, [&](std::string_view line) {
        held.append(line).append("\n");
        ++lines;
        if (held.size() >= block_bytes) write();
    });
    write();
    file.finish();
    std::string const name = file.files().front().name;
    move_into_place(scratch / name, folder / name);
}

void add_counterpart(const std::filesystem::path& folder, const std::filesystem::path& scratch,
                     archive::encoding how, std::vector<std::string>& warnings)
{
    archive::encoding const other{.gzip = !how.gzip, .level = how.level};
    std::string const wanted = fmt::format("servers{}", how.suffix());
    std::string const there = fmt::format("servers{}", other.suffix());
    if (kind_of(folder / wanted) != path_kind::absent || kind_of(folder / there) != path_kind::file) return;
    write_counterpart(folder / there, folder, scratch, how);
    warnings.push_back(fmt::format(
        "register/{} was made from register/{}: v2 reads only what is compressed like the archive.", wanted,
        there));
}

std::vector<std::string> names_in(const std::filesystem::path& folder, std::vector<std::string>& warnings)
{
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
        names.push_back(at->path().filename().native());
    if (error) warnings.push_back(fmt::format("{}: {}", printable(folder.native()), error.message()));
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace

std::optional<bool> archive_is_compressed(const std::filesystem::path& root)
{
    if (kind_of(root / "manifest.json") != path_kind::file) return std::nullopt;
    // Every archive has this file; the manifest names all users, and is not small.
    if (kind_of(root / "platform" / "platform.jsonl.gz") == path_kind::file) return true;
    if (kind_of(root / "platform" / "platform.jsonl") == path_kind::file) return false;
    return std::nullopt;
}

void refresh_checksums(const std::filesystem::path& root, const std::filesystem::path& scratch,
                       const std::vector<archive::file_record>& files)
{
    auto const sums = root / "SHA256SUMS";
    if (kind_of(sums) != path_kind::file) return;
    create_private_folder(scratch);
    archive::archive_file file{scratch, "SHA256SUMS"};
    for (const auto& each : files) {
        std::string const line = checksum_line(each.sha256_hex, std::string{prefix} + each.name);
        file.write(line);
    }
    for_each_line(sums, [&](std::string_view line) {
        constexpr std::size_t digits = 64 + 2;
        if (line.size() > digits && line.substr(digits).starts_with(prefix)) return;
        std::string const kept = std::string{line} + "\n";
        file.write(kept);
    });
    file.close();
    unique_fd const made = open_for_reading(scratch / "SHA256SUMS");
    sync_fd(made.value(), sums.native());
    move_into_place(scratch / "SHA256SUMS", sums);
    std::error_code ignored;
    std::filesystem::remove(scratch, ignored);
}

std::vector<archive::file_record> adopt_register(const std::filesystem::path& root,
                                                 const std::filesystem::path& scratch, archive::encoding how,
                                                 std::vector<std::string>& warnings)
{
    auto const folder = root / "register";
    std::vector<archive::file_record> files;
    if (kind_of(folder) != path_kind::folder) return files;
    // What is wrong with the register must not cost the archive around it.
    auto const unless_unreadable = [&](const auto& action) {
        try {
            action();
        } catch (const export_error& error) {
            if (error.status() == exit_status::io_error) throw;
            warnings.push_back(fmt::format("register: {}", error.what()));
        }
    };
    unless_unreadable([&] { add_counterpart(folder, scratch, how, warnings); });
    for (const std::string& name : names_in(folder, warnings)) {
        if (is_safe_name(name) && kind_of(folder / name) == path_kind::file)
            unless_unreadable([&] { files.push_back(record_of(folder / name, std::string{prefix} + name)); });
        else
            warnings.push_back(fmt::format("register/{} is no file of a register export.", printable(name)));
    }
    return files;
}

} // namespace pryv_export::exporting
