#include "wire_message.hpp"

#include "pryv_export/format/bson.hpp"

namespace pryv_export::source {

namespace {

using format::load_i32;

constexpr std::int32_t op_reply = 1;
constexpr std::int32_t op_compressed = 2012;
constexpr std::int32_t op_message = 2013;

constexpr std::size_t reply_prefix = wire_header_bytes + 20 + 4; ///< up to the length of the first document
constexpr std::size_t message_prefix = wire_header_bytes + 4 + 1 + 4;
constexpr std::size_t compressed_prefix = wire_header_bytes + 9;
constexpr std::int32_t checksum_flag = 1;
constexpr std::int32_t shortest_document = 5;

/// `at`: the length of a document that should have `bytes`.
bool is_document_of(const std::uint8_t* at, std::int32_t bytes) noexcept
{
    return bytes >= shortest_document && load_i32(at) == bytes;
}

std::string_view reply_problem(const std::uint8_t* at, std::int32_t length) noexcept
{
    if (load_i32(at + wire_header_bytes + 16) != 1) return "a reply of other than one document";
    if (!is_document_of(at + reply_prefix - 4, length - static_cast<std::int32_t>(reply_prefix) + 4))
        return "a document that does not fill its reply";
    return {};
}

std::string_view message_problem(const std::uint8_t* at, std::int32_t length) noexcept
{
    std::int32_t const checksum = (load_i32(at + wire_header_bytes) & checksum_flag) != 0 ? 4 : 0;
    if (at[wire_header_bytes + 4] != 0) return "a message without a body";
    if (!is_document_of(at + message_prefix - 4,
                        length - static_cast<std::int32_t>(message_prefix) + 4 - checksum))
        return "a document that does not fill its message";
    return {};
}

std::string_view compressed_problem(const std::uint8_t* at) noexcept
{
    std::int32_t const inside = load_i32(at + wire_header_bytes + 4);
    return inside < 0 || inside > most_message_bytes ? "a compressed message of impossible size"
                                                     : std::string_view{};
}

} // namespace

std::size_t wire_prefix_bytes(std::span<const std::uint8_t, wire_header_bytes> header) noexcept
{
    std::int32_t const length = load_i32(header.data());
    std::size_t bytes = 0;
    switch (load_i32(header.data() + 12)) {
    case op_reply: bytes = reply_prefix; break;
    case op_message: bytes = message_prefix; break;
    case op_compressed: bytes = compressed_prefix; break;
    default: return 0;
    }
    bool const fits = length >= static_cast<std::int32_t>(bytes) && length <= most_message_bytes;
    return fits ? bytes : 0;
}

std::string_view wire_problem(std::span<const std::uint8_t> prefix) noexcept
{
    std::int32_t const length = load_i32(prefix.data());
    switch (load_i32(prefix.data() + 12)) {
    case op_reply: return reply_problem(prefix.data(), length);
    case op_message: return message_problem(prefix.data(), length);
    default: return compressed_problem(prefix.data());
    }
}

} // namespace pryv_export::source
