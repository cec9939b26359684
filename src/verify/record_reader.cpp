#include "record_reader.hpp"

#include <fmt/format.h>

#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pryv_export::verify {

namespace {

/// Bytes of the character at `at`; 0 when ill-formed.
std::size_t character_size(const unsigned char* at, std::size_t left) noexcept
{
    unsigned char const lead = at[0];
    if (lead < 0xc2 || lead > 0xf4) return 0;
    std::size_t const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (left < size) return 0;
    unsigned char const low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char const high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high) return 0;
    for (std::size_t i = 2; i < size; ++i)
        if ((at[i] & 0xc0U) != 0x80) return 0;
    return size;
}

/// Skips most of what is ASCII at `at`.
const unsigned char* skip_ascii(const unsigned char* at, const unsigned char* end) noexcept
{
#if defined(__SSE2__)
    for (; end - at >= 16; at += 16) {
        auto const block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        auto const high = static_cast<unsigned>(_mm_movemask_epi8(block));
        if (high != 0) return at + __builtin_ctz(high);
    }
#endif
    return at;
}

/// White space that JavaScript's trim() takes and JSON does not, in UTF-8.
constexpr std::string_view odd_spaces[] = {"\xef\xbb\xbf", "\xc2\xa0",     "\v",
                                           "\f",           "\xe2\x80\xa8", "\xe2\x80\xa9"};

std::string_view without_spaces(std::string_view text)
{
    for (bool again = true; again;) {
        again = false;
        for (std::string_view const space : odd_spaces) {
            while (text.starts_with(space)) text.remove_prefix(space.size()), again = true;
            while (text.ends_with(space)) text.remove_suffix(space.size()), again = true;
        }
    }
    return text;
}

} // namespace

bool is_well_formed(std::string_view text) noexcept
{
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = at + text.size();
    while (at != end) {
        at = skip_ascii(at, end);
        if (at == end) break;
        if (*at < 0x80) {
            ++at;
            continue;
        }
        std::size_t const size = character_size(at, static_cast<std::size_t>(end - at));
        if (size == 0) return false;
        at += size;
    }
    return true;
}

std::uint64_t record_reader::read(const file_scope& scope, record_checker& checker, bool nul_allowed)
{
    scope_ = &scope;
    checker_ = &checker;
    nul_allowed_ = nul_allowed;
    count_ = 0;
    lines_.read(scope, scope.facts().compressed, *this);
    return count_;
}

void record_reader::line(std::string_view text, std::uint64_t number)
{
    ++count_;
    if (!is_well_formed(text)) scope_->add(rule::utf8_invalid, number, {}, "bytes that are no UTF-8");
    std::string_view const record = trimmed(text, number);
    if (record.empty() || !parse(record, number)) return;
    check_values(number);
    json_value const root = json_.root();
    if (!root.is(json_kind::object)) {
        scope_->add(rule::not_an_object, number, {},
                    fmt::format("a {} instead of an object", name_of(root.kind())));
        return;
    }
    checker_->record(root, number);
}

std::string_view record_reader::trimmed(std::string_view text, std::uint64_t number)
{
    bool const odd = text.front() != '{' || text.back() != '}';
    std::string_view const rest = odd ? without_spaces(text) : text;
    if (rest.size() != text.size())
        scope_->add(rule::line_untrimmed, number, {},
                    "white space around the record that JSON does not know");
    return rest;
}

bool record_reader::parse(std::string_view text, std::uint64_t number)
{
    switch (json_.parse(text)) {
    case json_verdict::ok: return true;
    case json_verdict::too_deep:
        scope_->add(rule::json_too_deep, number, {},
                    fmt::format("more than {} levels", json_text::max_depth));
        return false;
    case json_verdict::too_many:
        scope_->add(rule::json_too_many, number, {},
                    fmt::format("more than {} values", json_text::max_nodes));
        return false;
    case json_verdict::invalid: break;
    }
    std::size_t const at = json_.offset();
    if (at < text.size() && text[at] == '\0')
        scope_->add(rule::nul, number, {}, fmt::format("a NUL byte at column {}", at + 1));
    else
        scope_->add(rule::json_invalid, number, {}, fmt::format("no JSON at column {}", at + 1));
    return false;
}

void record_reader::check_values(std::uint64_t number)
{
    if (const std::string_view* const name = keys_.repeated(json_))
        scope_->add(rule::duplicate_key, number, {}, fmt::format("the key '{}' twice in one object", *name));
    if (json_.traits() <= json_escapes) return;
    if (!nul_allowed_) {
        explain(json_nul, rule::nul, number, "U+0000");
        explain(json_lone_surrogate, rule::lone_surrogate, number, "half of a surrogate pair");
        explain(json_infinite, rule::number_range, number, "a number beyond what a double holds");
        explain(json_wide_integer, rule::wide_integer, number, "an integer beyond 2^53");
    }
}

/// Names the first value that has the trait.
void record_reader::explain(unsigned trait, rule which, std::uint64_t number, std::string_view what)
{
    if ((json_.traits() & trait) == 0) return;
    for (std::size_t i = 0; i < json_.size(); ++i) {
        json_value const value = json_.at(i);
        if ((value.traits() & trait) == 0) continue;
        // Not the value itself: it may be a secret.
        auto const column = value.raw().data() - json_.root().raw().data() + 1;
        scope_->add(which, number, {}, fmt::format("{} in the value at column {}", what, column));
        return;
    }
}

} // namespace pryv_export::verify
