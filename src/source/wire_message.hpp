#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// The frame of a message of MongoDB's wire protocol
/// (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/). Pure, safe on hostile bytes.
namespace pryv_export::source {

inline constexpr std::size_t wire_header_bytes = 16;
inline constexpr std::size_t most_prefix_bytes = 40;
/// What servers announce as maxMessageSizeBytes.
inline constexpr std::int32_t most_message_bytes = 48'000'000;

/// Bytes from the beginning of a reply that tell whether its frame is sound, by its header. 0: it is not.
std::size_t wire_prefix_bytes(std::span<const std::uint8_t, wire_header_bytes> header) noexcept;

/// What is wrong with a reply that begins with these bytes (wire_prefix_bytes() of them); empty: nothing. One
/// document that fills the message is what servers answer with, and all that is let through.
std::string_view wire_problem(std::span<const std::uint8_t> prefix) noexcept;

} // namespace pryv_export::source
