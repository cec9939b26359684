#include "json_text.hpp"

#include "pryv_export/format/stable_json.hpp"

#include "json_escapes.hpp"

#include <array>
#include <cmath>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pryv_export::verify {

namespace {

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

} // namespace

class json_parser
{
public:
    json_parser(std::string_view text, json_text& out) noexcept
        : begin_{text.data()}, at_{text.data()}, end_{text.data() + text.size()}, out_{out}
    {
    }

    json_verdict run()
    {
        bool good = value();
        while (good && depth_ > 0) good = behind_value();
        skip_space();
        out_.offset_ = static_cast<std::size_t>(at_ - begin_);
        if (verdict_ != json_verdict::ok) return verdict_;
        return good && at_ == end_ ? json_verdict::ok : json_verdict::invalid;
    }

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

    bool fail(json_verdict why) noexcept
    {
        verdict_ = why;
        return false;
    }

    std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(at_ - begin_); }

    bool add(std::uint32_t offset, std::uint32_t length, json_kind kind, unsigned traits)
    {
        auto& nodes = out_.nodes_;
        if (nodes.size() == json_text::max_nodes) return fail(json_verdict::too_many);
        out_.traits_ |= traits & ~unsigned{json_printed};
        nodes.push_back({offset, length, static_cast<std::uint32_t>(nodes.size() + 1), kind,
                         static_cast<std::uint8_t>(traits)});
        return true;
    }

    json_node& container() noexcept { return out_.nodes_[open_[depth_ - 1]]; }

    bool push(json_kind kind)
    {
        if (depth_ == json_text::max_depth) return fail(json_verdict::too_deep);
        open_[depth_] = static_cast<std::uint32_t>(out_.nodes_.size());
        if (!add(here(), 0, kind, json_plain)) return false;
        ++depth_;
        ++at_;
        skip_space();
        return true;
    }

    bool pop() noexcept
    {
        container().next = static_cast<std::uint32_t>(out_.nodes_.size());
        --depth_;
        return true;
    }

    /// A value; of a container its beginning, up to and with the first scalar in it.
    bool value()
    {
        for (;;) {
            skip_space();
            if (at_ == end_) return false;
            switch (*at_) {
            case '{':
                out_.objects_.push_back(static_cast<std::uint32_t>(out_.nodes_.size()));
                if (!push(json_kind::object)) return false;
                if (take('}')) return pop();
                if (!member_name()) return false;
                continue;
            case '[':
                if (!push(json_kind::array)) return false;
                if (take(']')) return pop();
                ++container().length;
                continue;
            case '"': return string();
            case 't': return word("true", json_kind::yes);
            case 'f': return word("false", json_kind::no);
            case 'n': return word("null", json_kind::null);
            default: return number();
            }
        }
    }

    bool behind_value()
    {
        skip_space();
        bool const object = container().kind == json_kind::object;
        if (take(object ? '}' : ']')) return pop();
        if (!take(',')) return false;
        if (!object) {
            ++container().length;
            return value();
        }
        skip_space();
        return member_name() && value();
    }

    bool member_name()
    {
        ++container().length;
        if (at_ == end_ || *at_ != '"' || !string()) return false;
        skip_space();
        return take(':');
    }

    bool string()
    {
        const char* const text = ++at_;
        unsigned traits = json_plain;
        for (;;) {
            at_ = find_string_stop(at_, end_);
            if (at_ == end_) return false;
            if (*at_ == '"') break;
            if (*at_ != '\\' || !escape(traits)) return false;
        }
        auto const length = static_cast<std::uint32_t>(at_ - text);
        ++at_;
        return add(static_cast<std::uint32_t>(text - begin_), length, json_kind::string, traits);
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
        int const code = hex4(at_ + 2, end_);
        if (code < 0) return false;
        at_ += 6;
        if (code == 0) traits |= json_nul;
        if (is_low(code)) traits |= json_lone_surrogate;
        if (is_high(code)) {
            bool const pair =
                end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u' && is_low(hex4(at_ + 2, end_));
            if (pair)
                at_ += 6;
            else
                traits |= json_lone_surrogate;
        }
        return true;
    }

    std::size_t digits() noexcept
    {
        const char* const first = at_;
        while (at_ != end_ && is_digit(*at_)) ++at_;
        return static_cast<std::size_t>(at_ - first);
    }

    /// True when a text without exponent is what JavaScript prints for its value: up to 15 digits are, unless
    /// there are zeros to cut or an exponent to use.
    static bool is_shortest(std::string_view text, std::size_t whole, bool fraction) noexcept
    {
        bool const negative = text.front() == '-';
        if (text.size() > 15) return false;
        if (!fraction) return !(negative && text[1] == '0');
        if (text.back() == '0') return false;
        std::size_t const begin = whole + (negative ? 1 : 0);
        return text[begin - 1] != '0' || whole > 1 || !text.substr(begin + 1).starts_with("00000");
    }

    bool number()
    {
        const char* const first = at_;
        take('-');
        std::size_t whole = 1;
        if (take('0')) {
            if (at_ != end_ && is_digit(*at_)) return false;
        } else {
            whole = digits();
            if (whole == 0) return false;
        }
        bool const fraction = take('.');
        if (fraction && digits() == 0) return false;
        bool const exponent = at_ != end_ && (*at_ | 0x20) == 'e';
        if (exponent) {
            ++at_;
            if (!take('-')) take('+');
            if (digits() == 0) return false;
        }
        std::string_view const text{first, static_cast<std::size_t>(at_ - first)};
        bool const printed = !exponent && is_shortest(text, whole, fraction);
        if (!add(static_cast<std::uint32_t>(first - begin_), static_cast<std::uint32_t>(text.size()),
                 json_kind::number, printed ? json_printed : json_plain))
            return false;
        if (exponent || whole > 15) note_number(fraction || exponent);
        return true;
    }

    /// Rare: the number's value decides.
    void note_number(bool real)
    {
        json_node& node = out_.nodes_.back();
        double const value = json_value{out_, static_cast<std::uint32_t>(out_.nodes_.size() - 1)}.number();
        unsigned traits = json_plain;
        if (std::isinf(value))
            traits = json_infinite;
        else if (!real && std::fabs(value) >= 9007199254740992.0 && !is_printed(value, node))
            traits = json_wide_integer;
        node.traits = static_cast<std::uint8_t>(traits);
        out_.traits_ |= traits;
    }

    /// Whether JavaScript prints the double that way: then nothing of it was lost.
    bool is_printed(double value, const json_node& node) const
    {
        format::text_buffer text;
        format::append_stable_number(text, value);
        return text.view() == std::string_view{begin_ + node.offset, node.length};
    }

    bool word(std::string_view text, json_kind kind)
    {
        if (!std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.starts_with(text)) return false;
        std::uint32_t const offset = here();
        at_ += text.size();
        return add(offset, static_cast<std::uint32_t>(text.size()), kind, json_plain);
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    json_text& out_;
    json_verdict verdict_ = json_verdict::ok;
    unsigned depth_ = 0;
    std::array<std::uint32_t, json_text::max_depth> open_; // read only where push() has written
};

json_verdict json_text::parse(std::string_view text)
{
    constexpr std::size_t kept_nodes = 1U << 20;
    if (nodes_.capacity() > kept_nodes) {
        nodes_ = {};
        objects_ = {};
    }
    nodes_.clear();
    objects_.clear();
    text_ = text;
    traits_ = 0;
    offset_ = 0;
    if (text.size() > max_bytes) return json_verdict::too_many;
    return json_parser{text, *this}.run();
}

} // namespace pryv_export::verify
