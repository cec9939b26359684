#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// Writes BSON documents by hand: doc().str("_id", "c1").str("userId", "u1").bytes().
namespace test {

class doc
{
public:
    doc& str(std::string_view key, std::string_view value)
    {
        element(0x02, key);
        number(static_cast<std::int32_t>(value.size() + 1));
        body_.append(value).push_back('\0');
        return *this;
    }
    doc& int32(std::string_view key, std::int32_t value)
    {
        element(0x10, key);
        number(value);
        return *this;
    }
    doc& float64(std::string_view key, double value)
    {
        element(0x01, key);
        number(value);
        return *this;
    }
    doc& null(std::string_view key) { return element(0x0a, key); }
    doc& oid(std::string_view key, std::uint8_t last_byte)
    {
        element(0x07, key);
        body_.append(11, '\x5a').push_back(static_cast<char>(last_byte));
        return *this;
    }
    doc& sub(std::string_view key, const doc& value)
    {
        element(0x03, key);
        body_.append(value.bytes());
        return *this;
    }
    doc& raw(std::uint8_t type, std::string_view key, std::string_view value)
    {
        element(type, key);
        body_.append(value);
        return *this;
    }

    std::string bytes() const
    {
        auto const length = static_cast<std::int32_t>(body_.size() + 5);
        std::string all(4, '\0');
        std::memcpy(all.data(), &length, 4);
        all += body_;
        all.push_back('\0');
        return all;
    }

private:
    doc& element(std::uint8_t type, std::string_view key)
    {
        body_.push_back(static_cast<char>(type));
        body_.append(key).push_back('\0');
        return *this;
    }
    template <class T>
    void number(T value)
    {
        std::array<char, sizeof value> bytes{};
        std::memcpy(bytes.data(), &value, sizeof value);
        body_.append(bytes.data(), bytes.size());
    }

    std::string body_;
};

} // namespace test
