#pragma once

#include "pryv_export/archive/sorted_spool.hpp"
#include "pryv_export/export/register_report.hpp"
#include "pryv_export/source/register_store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// From keys and values of Redis to lines of JSON. Pure.
namespace pryv_export::exporting {

/// What a key becomes. In a spool its lines wait until all keys are there in order.
struct register_row
{
    source::register_kind kind = source::register_kind::other;
    source::register_outcome outcome = source::register_outcome::found;
    std::uint16_t findings = 0; ///< a bit per register_finding
    bool fixture = false;       ///< v1's own account, with id "0"
    std::uint32_t lines = 0;    ///< in `text`
    std::string_view key;       ///< in Redis
    std::string_view owner;     ///< the username that it belongs to; empty: to none
    std::string_view text;      ///< lines for the file of the kind, or the evidence for `other`
};

constexpr std::uint16_t bit_of(register_finding finding) noexcept
{
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(finding));
}

/// Converts all keys of a batch and puts them into the spool: users first, each before the legacy row of the
/// same name, then the other kinds, each in the order of names.
void put_rows(const source::register_batch& batch, archive::sorted_spool& spool);

/// The row as it was put. `text` is borrowed.
register_row unpack_row(std::string_view text);

/// {"key", "type", "value"} of a key that is no part of the register, one line.
std::string evidence_line(std::string_view key, std::string_view type, const source::redis_values& values,
                          std::size_t value);

} // namespace pryv_export::exporting
