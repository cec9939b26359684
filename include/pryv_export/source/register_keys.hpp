#pragma once

#include "pryv_export/source/redis_values.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pryv_export::source {

/// What a key of the register's Redis holds (docs/v1-data.md 5).
enum class register_kind : std::uint8_t
{
    user,        ///< <username>:users, a hash
    legacy_user, ///< <username>:infos, the same as JSON text, from before :users
    server,      ///< <username>:server, a core's host name
    email,       ///< <email>:email, a username
    unique,      ///< <value>:<field> of any other unique field, a username
    invitation,  ///< <token>:invitation, a hash
    inactive,    ///< <username>:inactive:<field>, a list of values
    reserved,    ///< reservedwords:list, a set
    access,      ///< <key>:access, state of a login that is under way
    reservation, ///< <field>-reservations:<value>, void after ten minutes
    version,     ///< dbversion, reservedwords:version
    other        ///< nothing that v1 writes
};
constexpr std::size_t register_kind_count = 12;

/// "users", "legacy users", … for people and for report.json.
std::string_view name_of(register_kind kind) noexcept;

/// A key and its parts; borrowed from the key.
struct register_key
{
    register_kind kind = register_kind::other;
    std::string_view name;  ///< username, email, value, token
    std::string_view field; ///< of unique and inactive
};

/// By its form alone: the value may turn out to be of another type. `<text>-reservations:<rest>` is the form
/// of a reservation whatever its ending; what such a key is when its value is none (is_reservation), and that
/// of a user called `<text>-reservations`, is found with may_reserve = false.
register_key classify(std::string_view key, bool may_reserve = true) noexcept;

/// Fields of a hash, names and values in turn: v1 gives a reservation `core` and `time`, and nothing else has
/// just these.
bool is_reservation(const redis_values& values, std::size_t hash) noexcept;

/// Deliberately not read: nothing in it outlives v1. Reservations are not either, but it takes their value to
/// tell them apart.
constexpr bool is_excluded(register_kind kind) noexcept
{
    return kind == register_kind::access || kind == register_kind::version;
}

} // namespace pryv_export::source
