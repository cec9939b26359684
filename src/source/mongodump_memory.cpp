#include "mongodump_memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace pryv_export::source {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// The names of one cgroup version's files.
struct cgroup_files
{
    std::string_view limit;
    std::string_view usage;
    std::string_view file_pages; ///< line of memory.stat
};
constexpr cgroup_files v1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache"};
constexpr cgroup_files v2{"memory.max", "memory.current", "file"};

std::optional<std::uint64_t> read_number(const fs::path& path)
{
    std::ifstream in{path};
    std::uint64_t value = 0;
    return in >> value ? std::optional{value} : std::nullopt; // "max" is no number
}

/// The number behind `key` in a file of "key value" lines.
std::optional<std::uint64_t> read_line(const fs::path& path, std::string_view key)
{
    std::ifstream in{path};
    for (std::string line; std::getline(in, line);) {
        std::istringstream words{line};
        std::string name;
        std::uint64_t value = 0;
        if (words >> name >> value && name == key) return value;
    }
    return std::nullopt;
}

std::uint64_t left_in_group(const fs::path& folder, const cgroup_files& files)
{
    auto const limit = read_number(folder / files.limit);
    if (!limit) return unlimited;
    auto const usage = read_number(folder / files.usage).value_or(0);
    auto const pages = std::min(usage, read_line(folder / "memory.stat", files.file_pages).value_or(0));
    std::uint64_t const used = usage - pages;
    return *limit > used ? *limit - used : 0;
}

/// The least that is left in `group` and the groups above it.
std::uint64_t left_in_groups(const fs::path& mount, const std::string& group, const cgroup_files& files)
{
    std::uint64_t left = left_in_group(mount, files);
    fs::path at = mount;
    for (auto const& part : fs::path{group}.relative_path()) {
        if (part == "..") break; // a namespace shows groups outside of it that way
        at /= part;
        left = std::min(left, left_in_group(at, files));
    }
    return left;
}

} // namespace

std::uint64_t available_memory(const fs::path& root)
{
    std::uint64_t available = unlimited;
    if (auto const kib = read_line(root / "proc/meminfo", "MemAvailable:")) available = *kib * 1024;
    std::ifstream in{root / "proc/self/cgroup"};
    for (std::string line; std::getline(in, line);) {
        auto const second = line.find(':', line.find(':') + 1);
        if (second == std::string::npos) continue;
        auto const group = line.substr(second + 1);
        if (line.starts_with("0::")) {
            available = std::min(available, left_in_groups(root / "sys/fs/cgroup", group, v2));
        } else if (line.find(":memory:") != std::string::npos) {
            available = std::min(available, left_in_groups(root / "sys/fs/cgroup/memory", group, v1));
        }
    }
    return available;
}

} // namespace pryv_export::source
