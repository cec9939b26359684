#include "bson_writer.hpp"

#include <array>
#include <cstring>
#include <utility>

namespace wire {

bson_writer& bson_writer::put(bson_type type, std::string_view key, const void* value, std::size_t size)
{
    out_.push_back(static_cast<std::uint8_t>(type));
    out_.insert(out_.end(), key.begin(), key.end());
    out_.push_back(0);
    auto const* const from = static_cast<const std::uint8_t*>(value);
    out_.insert(out_.end(), from, from + size);
    ++count_;
    return *this;
}

bson_writer& bson_writer::element(std::string_view key, const bson_element& value)
{
    return put(value.type, key, value.value.data(), value.value.size());
}

bson_writer& bson_writer::text(std::string_view key, std::string_view value)
{
    auto const length = static_cast<std::int32_t>(value.size() + 1);
    put(bson_type::string, key, &length, 4);
    out_.insert(out_.end(), value.begin(), value.end());
    out_.push_back(0);
    return *this;
}

bson_writer& bson_writer::binary(std::string_view key, std::string_view value)
{
    auto const length = static_cast<std::int32_t>(value.size());
    put(bson_type::binary, key, &length, 4);
    out_.push_back(0);
    out_.insert(out_.end(), value.begin(), value.end());
    return *this;
}

bson_writer& bson_writer::int32(std::string_view key, std::int32_t value)
{
    return put(bson_type::int32, key, &value, 4);
}

bson_writer& bson_writer::int64(std::string_view key, std::int64_t value)
{
    return put(bson_type::int64, key, &value, 8);
}

bson_writer& bson_writer::float64(std::string_view key, double value)
{
    return put(bson_type::float64, key, &value, 8);
}

bson_writer& bson_writer::boolean(std::string_view key, bool value)
{
    std::uint8_t const byte = value ? 1 : 0;
    return put(bson_type::boolean, key, &byte, 1);
}

bson_writer& bson_writer::date(std::string_view key, std::int64_t milliseconds)
{
    return put(bson_type::date, key, &milliseconds, 8);
}

bson_writer& bson_writer::timestamp(std::string_view key, std::uint64_t value)
{
    return put(bson_type::timestamp, key, &value, 8);
}

bson_writer& bson_writer::null(std::string_view key)
{
    return put(bson_type::null, key, "", 0);
}

bson_writer& bson_writer::object_id(std::string_view key, std::uint8_t filler)
{
    std::array<std::uint8_t, 12> id{};
    id.fill(filler);
    return put(bson_type::object_id, key, id.data(), id.size());
}

bson_writer& bson_writer::document(std::string_view key, bson_bytes value)
{
    return put(bson_type::document, key, value.data(), value.size());
}

bson_writer& bson_writer::array(std::string_view key, bson_bytes value)
{
    return put(bson_type::array, key, value.data(), value.size());
}

bytes bson_writer::finish()
{
    out_.push_back(0);
    auto const length = static_cast<std::int32_t>(out_.size());
    std::memcpy(out_.data(), &length, 4);
    return std::exchange(out_, bytes(4));
}

std::int64_t integer(const std::optional<bson_element>& e, std::int64_t otherwise) noexcept
{
    if (!e) return otherwise;
    if (e->type == bson_type::int64) return e->int64();
    auto const number = e->number();
    constexpr double limit = 9.2e18;
    return number && *number > -limit && *number < limit ? static_cast<std::int64_t>(*number) : otherwise;
}

bool truth(const std::optional<bson_element>& e, bool otherwise) noexcept
{
    if (!e) return otherwise;
    if (e->type == bson_type::boolean) return e->boolean();
    return e->number().value_or(otherwise ? 1 : 0) != 0;
}

std::string_view text(const std::optional<bson_element>& e, std::string_view otherwise) noexcept
{
    return e && e->is_string() ? e->text() : otherwise;
}

bson_bytes nested(const std::optional<bson_element>& e) noexcept
{
    static constexpr std::array<std::uint8_t, 5> empty{5, 0, 0, 0, 0};
    return e && (e->type == bson_type::document || e->type == bson_type::array) ? e->value
                                                                                : bson_bytes{empty};
}

} // namespace wire
