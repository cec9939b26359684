#include "checksums.hpp"

#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

namespace pryv_export::verify {

namespace {

constexpr std::size_t digest_digits = 64;
constexpr std::size_t longest_line = 16'384;

struct sum_line
{
    sha256_bytes digest;
    std::string_view path;
};

int nibble(char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// A path that stays inside the archive, written the one way that sha256sum is given.
bool is_inner_path(std::string_view path)
{
    while (true) {
        std::size_t const slash = path.find('/');
        if (!is_safe_name(path.substr(0, slash))) return false;
        if (slash == path.npos) return true;
        path.remove_prefix(slash + 1);
    }
}

std::optional<sum_line> parse(std::string_view line)
{
    if (line.size() <= digest_digits + 2 || line.substr(digest_digits, 2) != "  ") return std::nullopt;
    sum_line out{{}, line.substr(digest_digits + 2)};
    for (std::size_t i = 0; i < out.digest.size(); ++i) {
        int const high = nibble(line[2 * i]);
        int const low = nibble(line[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.digest[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    if (!is_inner_path(out.path)) return std::nullopt;
    return out;
}

/// Lines of any length, cut at longest_line. line(text, number, whether its newline was there)
template <class F>
void each_line(const std::filesystem::path& path, F line)
{
    unique_fd const fd = open_for_reading(path);
    std::string text;
    std::vector<std::uint8_t> block(1U << 18);
    std::uint64_t number = 0;
    std::uint64_t offset = 0;
    while (std::size_t const size = read_at(fd.value(), offset, block, path.string())) {
        offset += size;
        std::string_view rest{reinterpret_cast<const char*>(block.data()), size};
        for (std::size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
            text.append(rest.substr(0, std::min(end, longest_line)));
            line(std::string_view{text}, ++number, true);
            text.clear();
            rest.remove_prefix(end + 1);
        }
        if (text.size() < longest_line) text.append(rest.substr(0, longest_line));
    }
    if (!text.empty()) line(std::string_view{text}, ++number, false);
}

} // namespace

std::uint64_t hash_of(std::string_view text) noexcept
{
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
    std::uint64_t hash = text.size() * factor;
    auto const mix = [&](std::uint64_t word) {
        hash = (hash ^ word) * factor;
        hash ^= hash >> 29;
    };
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        mix(word);
    }
    std::uint64_t word = 0;
    if (left > 0) std::memcpy(&word, at, left);
    mix(word);
    mix(hash >> 32);
    return hash;
}

checksum_list checksum_list::read(const std::filesystem::path& file, findings& out)
{
    checksum_list list;
    auto const complain = [&](std::uint64_t line, std::string text) {
        out.add(rule::checksum_list, {"SHA256SUMS", line, {}, std::move(text)});
    };
    each_line(file, [&](std::string_view line, std::uint64_t number, bool ended) {
        auto const parsed = parse(line);
        if (!ended) complain(number, "the last line has no end");
        if (!parsed)
            return complain(number, fmt::format("no line of sha256sum: {}", printable(line.substr(0, 80))));
        list.entries_.push_back({hash_of(parsed->path), parsed->digest});
    });
    std::sort(list.entries_.begin(), list.entries_.end(),
              [](const entry& a, const entry& b) { return a.path < b.path; });
    auto const twice = std::adjacent_find(list.entries_.begin(), list.entries_.end(),
                                          [](const entry& a, const entry& b) { return a.path == b.path; });
    if (twice != list.entries_.end()) complain(0, "names a file twice");
    list.seen_ = std::make_unique<std::atomic<bool>[]>(list.entries_.size());
    return list;
}

const checksum_list::entry* checksum_list::find(std::string_view path) const
{
    std::uint64_t const wanted = hash_of(path);
    auto const at = std::lower_bound(entries_.begin(), entries_.end(), wanted,
                                     [](const entry& e, std::uint64_t hash) { return e.path < hash; });
    return at != entries_.end() && at->path == wanted ? &*at : nullptr;
}

bool checksum_list::expects(std::string_view path)
{
    const entry* const found = find(path);
    if (found == nullptr) return false;
    seen_[static_cast<std::size_t>(found - entries_.data())].store(true, std::memory_order_relaxed);
    return true;
}

bool checksum_list::matches(std::string_view path, const sha256_bytes& digest) const
{
    const entry* const found = find(path);
    return found != nullptr && found->digest == digest;
}

std::vector<std::string> checksum_list::unticked(const std::filesystem::path& file) const
{
    std::vector<std::string> paths;
    each_line(file, [&](std::string_view line, std::uint64_t, bool) {
        auto const parsed = parse(line);
        const entry* const found = parsed ? find(parsed->path) : nullptr;
        if (found != nullptr && !seen_[static_cast<std::size_t>(found - entries_.data())])
            paths.emplace_back(parsed->path);
    });
    return paths;
}

} // namespace pryv_export::verify
