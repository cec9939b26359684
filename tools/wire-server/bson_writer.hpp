#pragma once

#include "bson_order.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wire {

using bytes = std::vector<std::uint8_t>;

/// Builds one document, element by element. Nested ones are built first and added.
class bson_writer
{
public:
    bson_writer& element(std::string_view key, const bson_element& value);
    bson_writer& text(std::string_view key, std::string_view value);
    bson_writer& int32(std::string_view key, std::int32_t value);
    bson_writer& int64(std::string_view key, std::int64_t value);
    bson_writer& float64(std::string_view key, double value);
    bson_writer& boolean(std::string_view key, bool value);
    bson_writer& date(std::string_view key, std::int64_t milliseconds);
    bson_writer& timestamp(std::string_view key, std::uint64_t value);
    bson_writer& null(std::string_view key);
    bson_writer& binary(std::string_view key, std::string_view value);
    bson_writer& object_id(std::string_view key, std::uint8_t filler);
    bson_writer& document(std::string_view key, bson_bytes value);
    bson_writer& array(std::string_view key, bson_bytes value);
    /// The key of the next element, when this is to become an array.
    std::string next() { return std::to_string(count_); }

    std::size_t size() const noexcept { return out_.size() + 1; }
    bytes finish();

private:
    bson_writer& put(bson_type type, std::string_view key, const void* value, std::size_t size);

    bytes out_ = bytes(4);
    std::size_t count_ = 0;
};

/// An element's value as a signed number, or `otherwise` when it is none.
std::int64_t integer(const std::optional<bson_element>& e, std::int64_t otherwise) noexcept;
/// A boolean, or a number that is not 0.
bool truth(const std::optional<bson_element>& e, bool otherwise) noexcept;
std::string_view text(const std::optional<bson_element>& e, std::string_view otherwise = {}) noexcept;
/// A document's or array's bytes; an empty document when it is none.
bson_bytes nested(const std::optional<bson_element>& e) noexcept;

} // namespace wire
