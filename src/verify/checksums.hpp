#pragma once

#include "pryv_export/verify/finding.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// SHA256SUMS as GNU coreutils writes it: "<64 hex>  <path>" a line.
namespace pryv_export::verify {

using sha256_bytes = std::array<std::uint8_t, 32>;

/// 64 bits of a text; not for what must not collide.
std::uint64_t hash_of(std::string_view text) noexcept;

/// The list, 48 bytes a file. check() from any thread once it is read.
class checksum_list
{
public:
    /// Lines of another form, and repeated paths, are findings.
    static checksum_list read(const std::filesystem::path& file, findings& out);

    /// Whether `path` is in the list; ticks it off.
    bool expects(std::string_view path);
    /// Whether the digest is the listed one.
    bool matches(std::string_view path, const sha256_bytes& digest) const;
    std::size_t size() const noexcept { return entries_.size(); }

    /// Names what was never ticked off. wanted: whether a path is of concern.
    template <class Wanted>
    void find_missing(const std::filesystem::path& file, findings& out, Wanted wanted) const;

private:
    struct entry
    {
        std::uint64_t path;
        sha256_bytes digest;
    };
    const entry* find(std::string_view path) const;
    std::vector<std::string> unticked(const std::filesystem::path& file) const;

    std::vector<entry> entries_; ///< sorted by hash of the path
    std::unique_ptr<std::atomic<bool>[]> seen_;
};

template <class Wanted>
void checksum_list::find_missing(const std::filesystem::path& file, findings& out, Wanted wanted) const
{
    for (const std::string& path : unticked(file)) {
        if (!wanted(std::string_view{path})) continue;
        out.add(rule::checksum_missing, {path, 0, {}, "in SHA256SUMS, but not there"});
    }
}

} // namespace pryv_export::verify
