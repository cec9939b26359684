#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// A validating scanner of JSON texts (RFC 8259) that builds nothing: whoever wants the values listens.
namespace pryv_export::convert {

/// Levels of nesting that are followed; deeper texts count as no JSON (PostgreSQL and Node run out of stack).
inline constexpr unsigned max_json_depth = 1000;

/// What a string or a whole text holds that is legal JSON but that JSONB refuses.
enum json_trait : unsigned
{
    json_plain = 0,
    json_escapes = 1U << 0,        ///< at least one backslash
    json_nul_escape = 1U << 1,     ///< U+0000 written as an escape
    json_lone_surrogate = 1U << 2, ///< half of a surrogate pair written as an escape
    json_wide_number = 1U << 3,    ///< a number of thousands of digits: beyond PostgreSQL's numeric
};

enum class json_literal : std::uint8_t
{
    null,
    no,
    yes
};

namespace detail {

/// The first '"', '\\' or control character in [at, end), or end.
inline const char* find_string_stop(const char* at, const char* end) noexcept
{
#if defined(__SSE2__)
    auto const quote = _mm_set1_epi8('"');
    auto const backslash = _mm_set1_epi8('\\');
    auto const control = _mm_set1_epi8(0x1f);
    for (; end - at >= 16; at += 16) {
        auto const block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        auto const marks = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
        auto const below = _mm_cmpeq_epi8(_mm_min_epu8(block, control), block);
        auto const hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(marks, below)));
        if (hits != 0) return at + __builtin_ctz(hits);
    }
#endif
    while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
    return at;
}

/// Four hex digits at `at`, or -1.
inline int hex4(const char* at, const char* end) noexcept
{
    if (end - at < 4) return -1;
    int code = 0;
    for (int i = 0; i < 4; ++i) {
        int const c = at[i] | 0x20;
        bool const digit = at[i] >= '0' && at[i] <= '9';
        if (!digit && (c < 'a' || c > 'f')) return -1;
        code = code * 16 + (digit ? at[i] - '0' : c - 'a' + 10);
    }
    return code;
}

inline bool is_high_surrogate(int code) noexcept
{
    return (code & 0xfc00) == 0xd800;
}
inline bool is_low_surrogate(int code) noexcept
{
    return (code & 0xfc00) == 0xdc00;
}

/// Whether `at` begins the \u escape of a low surrogate.
inline bool low_surrogate_follows(const char* at, const char* end) noexcept
{
    return end - at >= 6 && at[0] == '\\' && at[1] == 'u' && is_low_surrogate(hex4(at + 2, end));
}

inline bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

} // namespace detail

/// Walks one JSON text and tells `Listener` what it meets, in order:
///     begin(bool object); end(bool object); key(raw, traits); string(raw, traits); number(raw, traits);
///     literal(which)
/// `raw` is the text as written, without quotes; bytes above 0x7f are passed through unchecked.
template <class Listener>
class json_scanner
{
public:
    json_scanner(std::string_view text, Listener& listener) noexcept
        : begin_{text.data()}, at_{text.data()}, end_{text.data() + text.size()}, listener_{listener}
    {
    }

    /// False when the text is no JSON or too deep; offset() then says where.
    bool run()
    {
        if (!value()) return false;
        while (depth_ > 0)
            if (!(behind_value())) return false;
        skip_space();
        return at_ == end_;
    }

    std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

private:
    void skip_space() noexcept
    {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    }

    bool take(char c) noexcept
    {
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }

    bool in_object() const noexcept { return (objects_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1U) != 0; }

    bool push(bool object)
    {
        if (depth_ == max_json_depth) return false;
        auto& word = objects_[depth_ / 64];
        auto const bit = std::uint64_t{1} << (depth_ % 64);
        word = object ? word | bit : word & ~bit;
        ++depth_;
        listener_.begin(object);
        return true;
    }

    void pop()
    {
        listener_.end(in_object());
        --depth_;
    }

    /// A value; of an object or array only its beginning, up to and with the first member's scalar.
    bool value()
    {
        for (;;) {
            skip_space();
            if (at_ == end_) return false;
            switch (*at_) {
            case '{':
                if (!push(true)) return false;
                ++at_;
                skip_space();
                if (take('}')) return pop(), true;
                if (!member_name()) return false;
                continue;
            case '[':
                if (!push(false)) return false;
                ++at_;
                skip_space();
                if (take(']')) return pop(), true;
                continue;
            case '"': return string(false);
            case 't': return word("true", json_literal::yes);
            case 'f': return word("false", json_literal::no);
            case 'n': return word("null", json_literal::null);
            default: return number();
            }
        }
    }

    bool behind_value()
    {
        skip_space();
        bool const object = in_object();
        if (take(object ? '}' : ']')) return pop(), true;
        if (!take(',')) return false;
        if (object) {
            skip_space();
            if (!member_name()) return false;
        }
        return value();
    }

    bool member_name()
    {
        if (at_ == end_ || *at_ != '"' || !string(true)) return false;
        skip_space();
        return take(':');
    }

    bool string(bool name)
    {
        const char* const text = ++at_;
        unsigned traits = json_plain;
        for (;;) {
            at_ = detail::find_string_stop(at_, end_);
            if (at_ == end_) return false;
            if (*at_ == '"') break;
            if (*at_ != '\\' || !escape(traits)) return false;
        }
        std::string_view const raw{text, static_cast<std::size_t>(at_ - text)};
        ++at_;
        if (name)
            listener_.key(raw, traits);
        else
            listener_.string(raw, traits);
        return true;
    }

    bool escape(unsigned& traits) noexcept
    {
        traits |= json_escapes;
        if (end_ - at_ < 2) return false;
        char const c = at_[1];
        if (c != 'u') {
            at_ += 2;
            return c != '\0' && std::strchr("\"\\/bfnrt", c) != nullptr;
        }
        int const code = detail::hex4(at_ + 2, end_);
        if (code < 0) return false;
        at_ += 6;
        if (code == 0) traits |= json_nul_escape;
        if (detail::is_low_surrogate(code)) traits |= json_lone_surrogate;
        if (detail::is_high_surrogate(code)) {
            if (detail::low_surrogate_follows(at_, end_))
                at_ += 6;
            else
                traits |= json_lone_surrogate;
        }
        return true;
    }

    std::size_t digits() noexcept
    {
        const char* const first = at_;
        while (at_ != end_ && detail::is_digit(*at_)) ++at_;
        return static_cast<std::size_t>(at_ - first);
    }

    bool number()
    {
        const char* const first = at_;
        take('-');
        if (take('0')) {
            if (at_ != end_ && detail::is_digit(*at_)) return false;
        } else if (digits() == 0) {
            return false;
        }
        if (take('.') && digits() == 0) return false;
        std::size_t exponent_digits = 0;
        if (at_ != end_ && (*at_ | 0x20) == 'e') {
            ++at_;
            if (!take('-')) take('+');
            exponent_digits = digits();
            if (exponent_digits == 0) return false;
        }
        auto const length = static_cast<std::size_t>(at_ - first);
        listener_.number({first, length},
                         length > 4096 || exponent_digits > 4 ? json_wide_number : json_plain);
        return true;
    }

    bool word(std::string_view text, json_literal which)
    {
        if (!std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.starts_with(text)) return false;
        at_ += text.size();
        listener_.literal(which);
        return true;
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    Listener& listener_;
    unsigned depth_ = 0;
    std::array<std::uint64_t, (max_json_depth + 63) / 64> objects_; // read only where push() has written
};

struct json_verdict
{
    bool valid = false;
    unsigned traits = json_plain; ///< of all strings and numbers in it
};

/// Whether `text` is one JSON text. Allocates nothing, about 1 ns per byte.
inline json_verdict check_json(std::string_view text)
{
    struct collector
    {
        unsigned traits = json_plain;
        void begin(bool) noexcept {}
        void end(bool) noexcept {}
        void key(std::string_view, unsigned of) noexcept { traits |= of; }
        void string(std::string_view, unsigned of) noexcept { traits |= of; }
        void number(std::string_view, unsigned of) noexcept { traits |= of; }
        void literal(json_literal) noexcept {}
    } all;
    bool const valid = json_scanner<collector>{text, all}.run();
    return {valid, all.traits};
}

} // namespace pryv_export::convert
