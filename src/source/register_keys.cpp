#include "pryv_export/source/register_keys.hpp"

#include <array>
#include <utility>

namespace pryv_export::source {

namespace {

constexpr std::string_view inactive_mark = ":inactive:";
constexpr std::string_view reservation_mark = "-reservations";

constexpr std::array<std::pair<std::string_view, register_kind>, 6> suffixes{{
    {"users", register_kind::user},
    {"infos", register_kind::legacy_user},
    {"server", register_kind::server},
    {"email", register_kind::email},
    {"invitation", register_kind::invitation},
    {"access", register_kind::access},
}};

} // namespace

std::string_view name_of(register_kind kind) noexcept
{
    constexpr std::array<std::string_view, register_kind_count> names{
        "users",    "legacy users", "servers",  "emails",       "unique values", "invitations",
        "inactive", "reserved",     "accesses", "reservations", "versions",      "others"};
    return names[static_cast<std::size_t>(kind)];
}

register_key classify(std::string_view key, bool may_reserve) noexcept
{
    if (key == "dbversion" || key == "reservedwords:version") return {register_kind::version, key, {}};
    if (key == "reservedwords:list") return {register_kind::reserved, key, {}};
    std::size_t const last = key.rfind(':');
    if (last == key.npos || last == 0 || last + 1 == key.size()) return {register_kind::other, key, {}};
    // A reserved value can end like any key.
    if (may_reserve && key.substr(0, key.find(':')).ends_with(reservation_mark))
        return {register_kind::reservation, key, {}};
    // Before the suffixes: the field may be called like one of them.
    if (std::size_t const at = key.find(inactive_mark); at != key.npos && at > 0)
        return {register_kind::inactive, key.substr(0, at), key.substr(at + inactive_mark.size())};
    std::string_view const suffix = key.substr(last + 1);
    for (auto const& [text, kind] : suffixes) {
        if (suffix == text) return {kind, key.substr(0, last), suffix};
    }
    return {register_kind::unique, key.substr(0, last), suffix};
}

bool is_reservation(const redis_values& values, std::size_t hash) noexcept
{
    if (values.at(hash).kind != redis_kind::array || values.at(hash).size != 4) return false;
    std::string_view const first = values.text_of(hash + 1);
    std::string_view const second = values.text_of(hash + 3);
    return (first == "core" && second == "time") || (first == "time" && second == "core");
}

} // namespace pryv_export::source
