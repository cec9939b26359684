// Any bytes as what a server sends: frames are told from noise without reading past them, and what is inside
// a sound one is walked as the live source walks a batch.
#include "pryv_export/format/bson.hpp"

#include "../../src/source/wire_message.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

using namespace pryv_export::source;
using namespace pryv_export::format;

namespace {

constexpr std::int32_t op_compressed = 2012;
constexpr std::int32_t op_msg = 2013;

/// Every byte that the source looks at in the documents of a batch.
std::size_t walk_batch(bson_bytes array)
{
    std::size_t sum = 0;
    bson_reader reader{array};
    for (bson_element item; reader.next(item);) {
        if (item.type != bson_type::document) return sum;
        for (std::string_view const key : {"_id", "userId"}) {
            auto const found = find(item.document(), key);
            if (!found) continue;
            for (auto const byte : found->value) sum += byte;
            if (found->is_string()) sum += found->text().size();
        }
    }
    return sum;
}

/// As a command's answer: {cursor: {firstBatch | nextBatch: […], id}}.
std::size_t walk_answer(bson_bytes answer)
{
    auto const cursor = find(answer, "cursor");
    if (!cursor || cursor->type != bson_type::document) return 0;
    std::size_t sum = 0;
    for (std::string_view const key : {"firstBatch", "nextBatch"}) {
        auto const batch = find(cursor->document(), key);
        if (batch && batch->type == bson_type::array) sum += walk_batch(batch->document());
    }
    auto const id = find(cursor->document(), "id");
    if (id && id->type == bson_type::int64) sum += id->int64() != 0;
    return sum;
}

/// The document of a sound frame, all of whose bytes are there.
void check_inside(std::span<const std::uint8_t> whole, std::size_t prefix)
{
    bool const is_message = load_i32(whole.data() + 12) == op_msg;
    std::size_t const end = is_message && (whole[wire_header_bytes] & 1) != 0 ? 4 : 0;
    bson_bytes const document = whole.subspan(prefix - 4, whole.size() - prefix + 4 - end);
    if (document.size() < 5 || static_cast<std::size_t>(load_i32(document.data())) != document.size())
        std::abort();
    volatile std::size_t const sum = walk_answer(document);
    (void)sum;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // The same bytes without a frame, so that the walk is reached at once.
    volatile std::size_t const sum = walk_answer({data, size}) + walk_batch({data, size});
    (void)sum;
    if (size < wire_header_bytes) return 0;
    // Copies of the very size, so that a byte more that is read is seen.
    std::vector<std::uint8_t> const header(data, data + wire_header_bytes);
    std::size_t const prefix =
        wire_prefix_bytes(std::span<const std::uint8_t, wire_header_bytes>{header.data(), wire_header_bytes});
    if (prefix == 0) return 0;
    std::int32_t const length = load_i32(data);
    if (prefix < wire_header_bytes || prefix > most_prefix_bytes || length > most_message_bytes ||
        static_cast<std::size_t>(length) < prefix)
        std::abort();
    if (size < prefix) return 0;
    std::vector<std::uint8_t> const start(data, data + prefix);
    if (!wire_problem(start).empty() || static_cast<std::size_t>(length) > size) return 0;
    if (load_i32(data + 12) == op_compressed) return 0;
    std::vector<std::uint8_t> const whole(data, data + length);
    check_inside(whole, prefix);
    return 0;
}
