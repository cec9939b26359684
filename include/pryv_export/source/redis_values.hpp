#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::source {

enum class redis_kind : std::uint8_t
{
    text,  ///< bulk or simple string
    error, ///< the server's complaint, its first word says which: "WRONGTYPE …"
    integer,
    nil,
    array,    ///< its elements follow, each with all that is in it
    too_large ///< beyond redis_limits: its bytes were passed over
};

struct redis_value
{
    redis_kind kind = redis_kind::nil;
    std::uint32_t size = 0;  ///< bytes of a text or error, elements of an array
    std::int64_t number = 0; ///< of an integer; where a text begins in `text`
};

/// Any number of replies in one piece of memory: values in the order in which they came, an array before its
/// elements. Reuse it: clear() keeps the memory.
class redis_values
{
public:
    const redis_value& at(std::size_t index) const { return values_.at(index); }
    std::size_t size() const noexcept { return values_.size(); }
    std::string_view text_of(std::size_t index) const
    {
        const redis_value& value = at(index);
        if (value.kind != redis_kind::text && value.kind != redis_kind::error) return {};
        return std::string_view{text_}.substr(static_cast<std::size_t>(value.number), value.size);
    }
    /// Of texts, and 24 per value.
    std::size_t bytes() const noexcept { return text_.size() + values_.size() * sizeof(redis_value); }

    void add(redis_kind kind, std::uint32_t count = 0, std::int64_t number = 0)
    {
        values_.push_back({kind, count, number});
    }
    void add_text(redis_kind kind, std::string_view text)
    {
        values_.push_back(
            {kind, static_cast<std::uint32_t>(text.size()), static_cast<std::int64_t>(text_.size())});
        text_ += text;
    }
    /// Takes back everything from value `index` on.
    void truncate(std::size_t index, std::size_t text_bytes)
    {
        values_.resize(index);
        text_.resize(text_bytes);
    }
    std::size_t text_bytes() const noexcept { return text_.size(); }
    void clear() noexcept
    {
        values_.clear();
        text_.clear();
    }

private:
    std::vector<redis_value> values_;
    std::string text_;
};

} // namespace pryv_export::source
