#include "pryv_export/format/bson.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace pryv_export::format;

namespace {

/// Reads every byte of every value that a reader gives out.
std::size_t walk(bson_bytes document, unsigned depth)
{
    std::size_t sum = 0;
    bson_reader reader{document};
    for (bson_element e; reader.next(e);) {
        for (char const c : e.key) sum += static_cast<unsigned char>(c);
        for (auto const byte : bson_bytes{e.value.data(), e.value.size() + e.readable_after}) sum += byte;
        bool const nested = e.type == bson_type::document || e.type == bson_type::array;
        if (nested && depth < max_bson_depth) sum += walk(e.document(), depth + 1);
    }
    if (reader.offset() > document.size()) std::abort();
    return sum;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    bson_bytes const document{data, size};
    volatile std::size_t const sum = walk(document, 1);
    (void)sum;
    bool const valid = validate(document) == bson_errc::ok;
    if (valid != (validate(document) == bson_errc::ok)) std::abort();
    bson_reader reader{document};
    bson_element last;
    bool any = false;
    for (bson_element e; reader.next(e); any = true) last = e;
    if (valid && reader.error() != bson_errc::ok) std::abort();
    if (any && find(document, last.key)->value.data() != last.value.data()) std::abort();
    return 0;
}
