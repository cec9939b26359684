// Any bytes as what a server sends, in pieces of any size: framing never reads past what is there, keeps no
// more than its limits allow, and whatever it lets through is a reply for hiredis too.
#include "../../src/export/register_rows.hpp"
#include "../../src/source/redis_framing.hpp"
#include "../../src/source/redis_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace pryv_export::source;

namespace {

constexpr redis_limits limits{.reply_bytes = 4096, .reply_values = 64};

/// Walks the values: every text and every array must lie within what was parsed.
std::size_t walk(const redis_values& values)
{
    std::size_t sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        sum += values.text_of(i).size();
        if (values.at(i).kind == redis_kind::array && values.at(i).size > values.size() - i - 1) std::abort();
    }
    return sum;
}

std::size_t take_replies(redis_framing& framing, redis_parser& parser, bool& garbage)
{
    std::size_t sum = 0;
    for (std::string_view reply;;) {
        switch (framing.next(reply)) {
        case redis_framing::status::more: return sum;
        case redis_framing::status::garbage: garbage = true; return sum;
        case redis_framing::status::too_large: break;
        case redis_framing::status::reply:
            if (reply.size() > limits.reply_bytes) std::abort();
            redis_values values;
            if (parser.parse(reply, values)) sum += walk(values);
            break;
        }
    }
}

/// Any text as a key with a value.
void convert(std::string_view text)
{
    using namespace pryv_export::exporting;
    std::size_t const cut = text.size() / 2;
    register_batch batch;
    batch.values.add_text(redis_kind::text, text.substr(cut));
    batch.values.add_text(redis_kind::text, text.substr(0, cut));
    bool const reads_text = [&] {
        auto const kind = classify(text.substr(0, cut)).kind;
        return kind == register_kind::server || kind == register_kind::email ||
               kind == register_kind::unique || kind == register_kind::legacy_user;
    }();
    batch.entries.push_back(
        {1, 0, reads_text ? register_outcome::found : register_outcome::unknown, "string"});
    pryv_export::archive::sorted_spool spool{"/nonexistent", 1U << 16};
    put_rows(batch, spool);
    spool.read([](std::string_view, std::string_view packed) {
        if (unpack_row(packed).key.size() > packed.size()) std::abort();
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view rest{reinterpret_cast<const char*>(data + 1), size - 1};
    convert(rest);
    std::size_t const piece = data[0] % 32 + 1;
    redis_framing framing{limits};
    redis_parser parser;
    bool garbage = false;
    while (!rest.empty() && !garbage) {
        framing.feed(rest.substr(0, piece));
        rest.remove_prefix(std::min(piece, rest.size()));
        take_replies(framing, parser, garbage);
    }
    return 0;
}
