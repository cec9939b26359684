#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace sample {

using object_id = std::array<std::uint8_t, 12>;

/// A 25-character id as v1 makes them: `c`, time, counter, fingerprint, random,
/// all in base 36. Ids of a later millisecond sort later.
std::string cuid(std::uint64_t time_ms, std::uint64_t counter, std::uint64_t fingerprint,
                 std::uint64_t random);

/// The same with the fields taken from one key; time_ms still decides the order.
std::string cuid(std::uint64_t time_ms, std::uint64_t key);

object_id make_object_id(std::uint64_t time_ms, std::uint64_t process, std::uint64_t counter);
std::string hex(const object_id& id);

/// Something that looks like a bcrypt hash; no password has it.
std::string fake_bcrypt(std::uint64_t key);

/// <c1>/<c2>/<c3>/<userId>: the last three characters, last first, as directories.
std::filesystem::path user_directory(std::string_view user_id);

} // namespace sample
