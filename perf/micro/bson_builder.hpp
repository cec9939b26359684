#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace micro {

/// Appends one document to `out`; its end is written when the builder ends.
class bson_builder
{
public:
    explicit bson_builder(std::vector<std::uint8_t>& out) : out_{out}, begin_{out.size()}
    {
        out.resize(begin_ + 4);
    }
    ~bson_builder()
    {
        out_.push_back(0);
        auto const size = static_cast<std::int32_t>(out_.size() - begin_);
        std::memcpy(out_.data() + begin_, &size, 4);
    }
    bson_builder(const bson_builder&) = delete;
    bson_builder& operator=(const bson_builder&) = delete;

    void text(std::string_view key, std::string_view value)
    {
        head(0x02, key);
        number(static_cast<std::int32_t>(value.size() + 1));
        out_.insert(out_.end(), value.begin(), value.end());
        out_.push_back(0);
    }
    void real(std::string_view key, double value)
    {
        head(0x01, key);
        number(value);
    }
    void int32(std::string_view key, std::int32_t value)
    {
        head(0x10, key);
        number(value);
    }
    void boolean(std::string_view key, bool value)
    {
        head(0x08, key);
        out_.push_back(value ? 1 : 0);
    }
    void null(std::string_view key) { head(0x0a, key); }
    bson_builder array(std::string_view key)
    {
        head(0x04, key);
        return bson_builder{out_};
    }
    bson_builder object(std::string_view key)
    {
        head(0x03, key);
        return bson_builder{out_};
    }

private:
    void head(std::uint8_t type, std::string_view key)
    {
        out_.push_back(type);
        out_.insert(out_.end(), key.begin(), key.end());
        out_.push_back(0);
    }
    template <class Number>
    void number(Number value)
    {
        std::size_t const at = out_.size();
        out_.resize(at + sizeof value);
        std::memcpy(out_.data() + at, &value, sizeof value);
    }

    std::vector<std::uint8_t>& out_;
    std::size_t begin_;
};

} // namespace micro
