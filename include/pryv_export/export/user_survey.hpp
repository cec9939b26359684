#pragma once

#include "pryv_export/convert/outcome.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::exporting {

/// What the files of one user in the archive are about.
enum class part : std::uint8_t
{
    streams,
    accesses,
    profile,
    webhooks,
    events,
    audit,
    account,
    attachments,
    extra,
    manifest
};
inline constexpr std::size_t part_count = 10;
std::string_view name_of(part which) noexcept;
/// name: as in SHA256SUMS, below the user's folder.
part part_of(std::string_view name) noexcept;

template <class T>
using per_part = std::array<T, part_count>;

constexpr std::size_t at(part which) noexcept
{
    return static_cast<std::size_t>(which);
}

/// What v1 has of one user, by its own counts; nothing was converted.
struct user_survey
{
    std::array<std::uint64_t, convert::kind_count> records{};
    /// Documents, databases, attachments; of `account` the text of its rows. Nothing of extra and manifest.
    per_part<std::uint64_t> bytes{};
    bool has_password = false;
    std::vector<std::string> problems; ///< error lines: what cannot be exported
    bool fails = false;                ///< the whole user cannot

    std::uint64_t& of(convert::kind which) noexcept { return records[static_cast<std::size_t>(which)]; }
    std::uint64_t of(convert::kind which) const noexcept { return records[static_cast<std::size_t>(which)]; }
    /// What conversion has to work on.
    std::uint64_t bytes_to_convert() const noexcept;
};

} // namespace pryv_export::exporting
