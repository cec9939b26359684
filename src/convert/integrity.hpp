#pragma once

#include "pryv_export/format/bson.hpp"
#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Pryv's integrity hashes: a prefix, the algorithm, and the base64 digest of a stable JSON text
/// (docs/conversion.md "Integrity").
namespace pryv_export::convert {

inline constexpr std::string_view event_prefix = "EVENT:0:";
inline constexpr std::string_view access_prefix = "ACCESS:0:";

/// "EVENT:0:sha256-…" of a stable text, which stays as it is; room behind it is taken.
std::string hash_of(std::string_view prefix, format::digest_algorithm algorithm,
                    format::text_buffer& stable_text);

/// "EVENT:0:sha256-": what comes before the digest.
std::string hash_head(std::string_view prefix, format::digest_algorithm algorithm);

/// Characters of the digest behind it.
std::size_t digest_size(format::digest_algorithm algorithm) noexcept;

/// The algorithm that a stored hash names; nothing when it has another prefix or an unknown algorithm.
std::optional<format::digest_algorithm> algorithm_of(std::string_view prefix,
                                                     std::string_view stored) noexcept;

/// A member of the object to be hashed.
struct hash_member
{
    std::string_view key;
    format::bson_element value;
};

/// Appends the stable text of an object with these members; null, undefined and non-finite ones are left out.
/// Sorts `members`. The slow, general way.
format::bson_errc append_stable_object(format::text_buffer& out, std::vector<hash_member>& members,
                                       format::nul_policy nul);

/// True when `value` as an object member takes part in a hash.
bool is_hashed(const format::bson_element& value) noexcept;

/// True when no byte is above 0x7e: then the JSON text of a string is its stable text.
bool is_plain_ascii(std::string_view text) noexcept;

} // namespace pryv_export::convert
