#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// A bounds-checked view of BSON bytes (https://bsonspec.org/spec.html, version 1.1).
/// Pure, allocates nothing, safe on hostile bytes. All views borrow the bytes.
namespace pryv_export::format {

using bson_bytes = std::span<const std::uint8_t>;

enum class bson_type : std::uint8_t
{
    float64 = 0x01,
    string = 0x02,
    document = 0x03,
    array = 0x04,
    binary = 0x05,
    undefined = 0x06,
    object_id = 0x07,
    boolean = 0x08,
    date = 0x09,
    null = 0x0a,
    regex = 0x0b,
    db_pointer = 0x0c,
    code = 0x0d,
    symbol = 0x0e,
    code_with_scope = 0x0f,
    int32 = 0x10,
    timestamp = 0x11,
    int64 = 0x12,
    decimal128 = 0x13,
    max_key = 0x7f,
    min_key = 0xff,
};

enum class bson_errc : std::uint8_t
{
    ok,
    too_short,      ///< fewer bytes than a document or value needs
    bad_length,     ///< a length prefix that is negative or points outside its parent
    bad_terminator, ///< a missing NUL at the end of a document, string or key
    bad_type,       ///< an element type that BSON does not know
    too_deep,       ///< more than max_bson_depth levels
};

/// "length outside the document" etc., for error lines.
std::string_view describe(bson_errc error) noexcept;

/// Levels of nesting that are followed (MongoDB stops at about 200; spec json-encoding 6 asks for 1000).
inline constexpr unsigned max_bson_depth = 1200;

inline std::int32_t load_i32(const std::uint8_t* p) noexcept
{
    std::int32_t v;
    std::memcpy(&v, p, 4);
    return v;
}
inline std::int64_t load_i64(const std::uint8_t* p) noexcept
{
    std::int64_t v;
    std::memcpy(&v, p, 8);
    return v;
}
inline double load_f64(const std::uint8_t* p) noexcept
{
    double v;
    std::memcpy(&v, p, 8);
    return v;
}

/// One element. `value` is exactly the bytes of the value (for a string: length, text and NUL).
struct bson_element
{
    bson_type type{};
    std::string_view key;
    bson_bytes value;
    /// Bytes behind the value that may be read (not used), at most 16: lets strings be scanned 16 at a time.
    std::uint8_t readable_after = 0;

    bool is_null() const noexcept { return type == bson_type::null || type == bson_type::undefined; }
    bool is_string() const noexcept { return type == bson_type::string; }
    bool is_number() const noexcept
    {
        return type == bson_type::float64 || type == bson_type::int32 || type == bson_type::int64;
    }

    /// Text of a string, symbol or code element. Precondition: one of these types.
    std::string_view text() const noexcept
    {
        return {reinterpret_cast<const char*>(value.data()) + 4, value.size() - 5};
    }
    double float64() const noexcept { return load_f64(value.data()); }
    std::int32_t int32() const noexcept { return load_i32(value.data()); }
    /// Of an int64, date (milliseconds since 1970) or timestamp.
    std::int64_t int64() const noexcept { return load_i64(value.data()); }
    bool boolean() const noexcept { return value[0] != 0; }
    /// Of a document or array: the whole sub-document with its length prefix.
    bson_bytes document() const noexcept { return value; }

    /// float64, int32 and int64 as a double; nothing for other types.
    std::optional<double> number() const noexcept
    {
        switch (type) {
        case bson_type::float64: return float64();
        case bson_type::int32: return static_cast<double>(int32());
        case bson_type::int64: return static_cast<double>(int64());
        default: return std::nullopt;
        }
    }
};

/// A name to look for before a reader looks for the end of any name. One of more than 15 bytes is never
/// found.
class likely_name
{
public:
    likely_name() noexcept = default; ///< never found
    explicit likely_name(std::string_view name) noexcept
    {
        if (name.size() >= bytes_.size()) return;
        std::memcpy(bytes_.data(), name.data(), name.size());
        size_ = static_cast<std::uint32_t>(name.size());
        wanted_ = (2U << size_) - 1;
    }

    std::size_t size() const noexcept { return size_; }
    /// True when it and a NUL are at `at`, where 16 bytes can be read.
    bool is_at(const std::uint8_t* at) const noexcept
    {
#if defined(__SSE2__)
        auto const there = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        auto const mine = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes_.data()));
        auto const equal = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(there, mine)));
        return (equal & wanted_) == wanted_;
#else
        return wanted_ != never && std::memcmp(at, bytes_.data(), size_ + 1U) == 0;
#endif
    }

private:
    static constexpr std::uint32_t never = 1U << 16;

    alignas(16) std::array<std::uint8_t, 16> bytes_{};
    std::uint32_t wanted_ = never; ///< bit per byte
    std::uint32_t size_ = 0;
};

namespace detail {

/// The first NUL in [at, end), or end. `readable` >= end: bytes up to there may be read.
inline const std::uint8_t* find_nul(const std::uint8_t* at, const std::uint8_t* end,
                                    const std::uint8_t* readable) noexcept
{
#if defined(__SSE2__)
    while (at < end && readable - at >= 16) {
        auto const block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        auto const hits =
            static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_setzero_si128())));
        if (hits != 0) {
            at += __builtin_ctz(hits);
            return at < end ? at : end;
        }
        at += 16;
    }
    if (at >= end) return end;
#else
    (void)readable;
#endif
    auto const* const hit =
        static_cast<const std::uint8_t*>(std::memchr(at, 0, static_cast<std::size_t>(end - at)));
    return hit != nullptr ? hit : end;
}

inline constexpr std::uint8_t variable_size = 0xff; ///< strings, documents, …: the size is in the value
inline constexpr std::uint8_t unknown_type = 0xfe;

/// Bytes of a value by its type byte.
inline constexpr auto value_sizes = [] {
    struct
    {
        std::uint8_t of[256];
    } sizes{};
    for (auto& size : sizes.of) size = unknown_type;
    for (int type : {0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f}) sizes.of[type] = variable_size;
    for (int type : {0x06, 0x0a, 0x7f, 0xff}) sizes.of[type] = 0;
    for (int type : {0x01, 0x09, 0x11, 0x12}) sizes.of[type] = 8;
    sizes.of[0x07] = 12;
    sizes.of[0x08] = 1;
    sizes.of[0x10] = 4;
    sizes.of[0x13] = 16;
    return sizes;
}();

/// Bytes of the rare variable values: binary, regex, db_pointer, code_with_scope.
bson_errc rare_value_size(bson_type type, const std::uint8_t* at, const std::uint8_t* end,
                          std::size_t& size) noexcept;

/// Bytes of the value of `type` at `at`, checked to lie before `end`.
inline bson_errc value_size(bson_type type, const std::uint8_t* at, const std::uint8_t* end,
                            std::size_t& size) noexcept
{
    auto const left = static_cast<std::size_t>(end - at);
    std::uint8_t const fixed = value_sizes.of[static_cast<std::uint8_t>(type)];
    if (fixed < unknown_type) {
        size = fixed;
        return fixed <= left ? bson_errc::ok : bson_errc::too_short;
    }
    if (fixed == unknown_type) return bson_errc::bad_type;
    if (type == bson_type::string || type == bson_type::symbol || type == bson_type::code) {
        if (left < 5) return bson_errc::too_short;
        std::int32_t const length = load_i32(at);
        if (length < 1 || static_cast<std::size_t>(length) > left - 4) return bson_errc::bad_length;
        size = static_cast<std::size_t>(length) + 4;
        return at[size - 1] == 0 ? bson_errc::ok : bson_errc::bad_terminator;
    }
    if (type == bson_type::document || type == bson_type::array) {
        if (left < 5) return bson_errc::too_short;
        std::int32_t const length = load_i32(at);
        if (length < 5 || static_cast<std::size_t>(length) > left) return bson_errc::bad_length;
        size = static_cast<std::size_t>(length);
        return at[size - 1] == 0 ? bson_errc::ok : bson_errc::bad_terminator;
    }
    return rare_value_size(type, at, end, size);
}

} // namespace detail

/// Walks the elements of one document or array, one level, in stored order.
///     bson_reader reader{doc};
///     for (bson_element e; reader.next(e);) …
///     if (reader.error() != bson_errc::ok) …
class bson_reader
{
public:
    /// `document` begins with its length prefix and may be longer than that says.
    explicit bson_reader(bson_bytes document) noexcept
    {
        if (document.size() < 5) {
            error_ = bson_errc::too_short;
            return;
        }
        std::int32_t const length = load_i32(document.data());
        if (length < 5 || static_cast<std::size_t>(length) > document.size()) {
            error_ = bson_errc::bad_length;
            return;
        }
        begin_ = document.data();
        readable_ = begin_ + document.size();
        at_ = begin_ + 4;
        end_ = begin_ + length - 1; // the terminator
        if (*end_ != 0) {
            error_ = bson_errc::bad_terminator;
            at_ = end_;
        }
    }

    /// Reads the next element. False at the end and on an error.
    bool next(bson_element& element) noexcept
    {
        std::string_view key;
        return next_key(key) && next(element, key.size());
    }

    /// The two steps of next(). First the name, which stays the next one; false at the end and on an error.
    bool next_key(std::string_view& key) noexcept
    {
        if (at_ == end_) return false;
        const std::uint8_t* const begin = at_ + 1;
        const std::uint8_t* const nul = detail::find_nul(begin, end_, readable_);
        if (nul == end_) return fail(bson_errc::bad_terminator);
        key = {reinterpret_cast<const char*>(begin), static_cast<std::size_t>(nul - begin)};
        return true;
    }
    /// True when this is the next name; quicker than next_key(), which need not come first then.
    bool next_is(const likely_name& name) const noexcept
    {
        auto const size = static_cast<std::ptrdiff_t>(name.size());
        return end_ - at_ > size + 1 && readable_ - at_ > 16 && name.is_at(at_ + 1);
    }
    /// Then the element with a name of that size; false on an error.
    bool next(bson_element& element, std::size_t key_size) noexcept
    {
        auto const type = static_cast<bson_type>(*at_);
        const std::uint8_t* const key = at_ + 1;
        const std::uint8_t* const value = key + key_size + 1;
        std::size_t size = 0;
        bson_errc const error = detail::value_size(type, value, end_, size);
        if (error != bson_errc::ok) return fail(error);
        at_ = value + size;
        auto const after = readable_ - at_;
        element.type = type;
        element.key = {reinterpret_cast<const char*>(key), key_size};
        element.value = {value, size};
        element.readable_after = static_cast<std::uint8_t>(after < 16 ? after : 16);
        return true;
    }

    bson_errc error() const noexcept { return error_; }
    /// Bytes from the start of the document to the next element: where an error is.
    std::size_t offset() const noexcept
    {
        if (begin_ == nullptr) return 0;
        return static_cast<std::size_t>((failed_at_ != nullptr ? failed_at_ : at_) - begin_);
    }

private:
    bool fail(bson_errc error) noexcept
    {
        error_ = error;
        failed_at_ = at_;
        at_ = end_;
        return false;
    }

    const std::uint8_t* begin_ = nullptr;
    const std::uint8_t* at_ = nullptr;
    const std::uint8_t* end_ = nullptr;
    const std::uint8_t* readable_ = nullptr;
    const std::uint8_t* failed_at_ = nullptr;
    bson_errc error_ = bson_errc::ok;
};

/// Checks a whole document at every depth: lengths against their parents, terminators, types, depth.
bson_errc validate(bson_bytes document) noexcept;

/// The top-level element `key` (the last one, as a Node driver sees it); nothing when absent or the
/// document is broken before it.
std::optional<bson_element> find(bson_bytes document, std::string_view key) noexcept;

} // namespace pryv_export::format
