#include "pryv_export/format/bson.hpp"

#include <array>

namespace pryv_export::format {

std::string_view describe(bson_errc error) noexcept
{
    switch (error) {
    case bson_errc::ok: return "no error";
    case bson_errc::too_short: return "the bytes end inside a value";
    case bson_errc::bad_length: return "a length that points outside its document";
    case bson_errc::bad_terminator: return "a missing NUL at the end of a document, string or key";
    case bson_errc::bad_type: return "an element type that BSON does not know";
    case bson_errc::too_deep: return "more nested documents than are followed";
    }
    return "unknown error";
}

namespace {

bson_errc regex_size(const std::uint8_t* at, const std::uint8_t* end, std::size_t& size) noexcept
{
    const std::uint8_t* const pattern_end = detail::find_nul(at, end, end);
    if (pattern_end == end) return bson_errc::bad_terminator;
    const std::uint8_t* const options_end = detail::find_nul(pattern_end + 1, end, end);
    if (options_end == end) return bson_errc::bad_terminator;
    size = static_cast<std::size_t>(options_end + 1 - at);
    return bson_errc::ok;
}

bson_errc binary_size(const std::uint8_t* at, std::size_t left, std::size_t& size) noexcept
{
    std::int32_t const length = load_i32(at);
    if (length < 0 || static_cast<std::size_t>(length) > left - 5) return bson_errc::bad_length;
    size = static_cast<std::size_t>(length) + 5;
    return bson_errc::ok;
}

bson_errc scoped_code_size(const std::uint8_t* at, std::size_t left, std::size_t& size) noexcept
{
    constexpr std::int32_t smallest = 4 + 5 + 5; // total, empty string, empty document
    std::int32_t const total = load_i32(at);
    if (total < smallest || static_cast<std::size_t>(total) > left) return bson_errc::bad_length;
    const std::uint8_t* const end = at + total;
    std::size_t code = 0;
    if (auto const error = detail::value_size(bson_type::code, at + 4, end, code); error != bson_errc::ok) {
        return error;
    }
    std::size_t scope = 0;
    auto const error = detail::value_size(bson_type::document, at + 4 + code, end, scope);
    if (error != bson_errc::ok) return error;
    size = static_cast<std::size_t>(total);
    return 4 + code + scope == size ? bson_errc::ok : bson_errc::bad_length;
}

} // namespace

bson_errc detail::rare_value_size(bson_type type, const std::uint8_t* at, const std::uint8_t* end,
                                  std::size_t& size) noexcept
{
    auto const left = static_cast<std::size_t>(end - at);
    switch (type) {
    case bson_type::regex: return regex_size(at, end, size);
    case bson_type::binary: return left < 5 ? bson_errc::too_short : binary_size(at, left, size);
    case bson_type::code_with_scope:
        return left < 5 ? bson_errc::too_short : scoped_code_size(at, left, size);
    case bson_type::db_pointer: {
        auto const error = value_size(bson_type::string, at, end, size);
        if (error != bson_errc::ok) return error;
        if (left - size < 12) return bson_errc::too_short;
        size += 12;
        return bson_errc::ok;
    }
    default: return bson_errc::bad_type;
    }
}

bson_errc validate(bson_bytes document) noexcept
{
    bson_reader const header{document};
    if (header.error() != bson_errc::ok) return header.error();
    const std::uint8_t* at = document.data() + 4;
    const std::uint8_t* end = document.data() + load_i32(document.data()) - 1;
    const std::uint8_t* const readable = document.data() + document.size();
    std::array<const std::uint8_t*, max_bson_depth - 1> outer; // terminators of the documents around
    std::size_t depth = 0;
    for (;;) {
        if (at == end) {
            if (depth == 0) return bson_errc::ok;
            ++at; // the terminator
            end = outer[--depth];
            continue;
        }
        auto const type = static_cast<bson_type>(*at);
        const std::uint8_t* const nul = detail::find_nul(at + 1, end, readable);
        if (nul == end) return bson_errc::bad_terminator;
        const std::uint8_t* value = nul + 1;
        std::size_t size = 0;
        auto const error = detail::value_size(type, value, end, size);
        if (error != bson_errc::ok) return error;
        at = value + size;
        if (type == bson_type::code_with_scope)
            value += 4 + 4 + load_i32(value + 4);
        else if (type != bson_type::document && type != bson_type::array)
            continue;
        if (depth == outer.size()) return bson_errc::too_deep;
        outer[depth++] = end;
        end = at - 1;
        at = value + 4;
    }
}

std::optional<bson_element> find(bson_bytes document, std::string_view key) noexcept
{
    std::optional<bson_element> found;
    bson_reader reader{document};
    for (bson_element element; reader.next(element);) {
        if (element.key == key) found = element;
    }
    return found;
}

} // namespace pryv_export::format
