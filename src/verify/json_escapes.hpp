#pragma once

/// What the parser and its values need of \u escapes.
namespace pryv_export::verify {

inline bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// Four hex digits, or -1.
inline int hex4(const char* at, const char* end) noexcept
{
    if (end - at < 4) return -1;
    int code = 0;
    for (int i = 0; i < 4; ++i) {
        int const c = at[i] | 0x20;
        bool const digit = is_digit(at[i]);
        if (!digit && (c < 'a' || c > 'f')) return -1;
        code = code * 16 + (digit ? at[i] - '0' : c - 'a' + 10);
    }
    return code;
}

inline bool is_high(int code) noexcept
{
    return (code & 0xfc00) == 0xd800;
}
inline bool is_low(int code) noexcept
{
    return (code & 0xfc00) == 0xdc00;
}

} // namespace pryv_export::verify
