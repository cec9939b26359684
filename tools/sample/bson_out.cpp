#include "bson_out.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace sample {

template <class T>
void bson_out::put(T value)
{
    // BSON is little-endian, as is every machine this tool is for.
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof value);
}

void bson_out::head(bson_type type, std::string_view key)
{
    bytes_ += static_cast<char>(type);
    bytes_.append(key);
    bytes_ += '\0';
}

void bson_out::begin()
{
    open_.push_back(bytes_.size());
    bytes_.append(4, '\0');
}

void bson_out::end()
{
    bytes_ += '\0';
    const std::size_t start = open_.back();
    open_.pop_back();
    const auto length = static_cast<std::uint32_t>(bytes_.size() - start);
    std::memcpy(bytes_.data() + start, &length, sizeof length);
}

void bson_out::begin_document(std::string_view key)
{
    head(bson_type::document, key);
    begin();
}

void bson_out::begin_array(std::string_view key)
{
    head(bson_type::array, key);
    begin();
}

void bson_out::string(std::string_view key, std::string_view value)
{
    head(bson_type::string, key);
    put(static_cast<std::uint32_t>(value.size() + 1));
    bytes_.append(value);
    bytes_ += '\0';
}

void bson_out::number(std::string_view key, double value)
{
    const bool fits = value >= -2147483648.0 && value <= 2147483647.0 && value == std::floor(value);
    if (fits && !(value == 0.0 && std::signbit(value))) return int32(key, static_cast<std::int32_t>(value));
    real(key, value);
}

void bson_out::real(std::string_view key, double value)
{
    head(bson_type::number, key);
    put(value);
}

void bson_out::int32(std::string_view key, std::int32_t value)
{
    head(bson_type::int32, key);
    put(value);
}

void bson_out::int64(std::string_view key, std::int64_t value)
{
    head(bson_type::int64, key);
    put(value);
}

void bson_out::boolean(std::string_view key, bool value)
{
    head(bson_type::boolean, key);
    bytes_ += static_cast<char>(value ? 1 : 0);
}

void bson_out::null(std::string_view key)
{
    head(bson_type::null, key);
}

void bson_out::date(std::string_view key, std::int64_t milliseconds)
{
    head(bson_type::date, key);
    put(milliseconds);
}

void bson_out::oid(std::string_view key, const object_id& value)
{
    head(bson_type::oid, key);
    bytes_.append(reinterpret_cast<const char*>(value.data()), value.size());
}

void bson_out::raw(bson_type type, std::string_view key, std::string_view payload)
{
    head(type, key);
    bytes_.append(payload);
}

void bson_out::strings(std::string_view key, const std::vector<std::string>& values)
{
    begin_array(key);
    for (std::size_t i = 0; i < values.size(); ++i) string(index_key(i), values[i]);
    end();
}

std::string_view index_key(std::size_t index)
{
    struct table
    {
        std::array<std::array<char, 4>, 1000> text{};
        std::array<std::uint8_t, 1000> length{};
        table()
        {
            for (std::size_t i = 0; i < text.size(); ++i) {
                const auto end = std::to_chars(text[i].data(), text[i].data() + 4, i).ptr;
                length[i] = static_cast<std::uint8_t>(end - text[i].data());
            }
        }
    };
    static const table keys;
    return {keys.text.at(index).data(), keys.length[index]};
}

} // namespace sample
