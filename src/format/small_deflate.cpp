#if defined(PRYV_EXPORT_HAS_ISAL)

#include "small_deflate.hpp"

#include "small_deflate_sample.hpp"

#include <isa-l.h>

#include <stdexcept>

namespace pryv_export::format {

namespace {

isal_hufftables make_code()
{
    isal_huff_histogram histogram{};
    auto* const bytes = reinterpret_cast<std::uint8_t*>(const_cast<char*>(small_deflate_sample.data()));
    isal_update_histogram(bytes, static_cast<int>(small_deflate_sample.size()), &histogram);
    isal_hufftables code{};
    if (isal_create_hufftables(&code, &histogram) != COMP_OK) throw std::runtime_error{"ISA-L gives no code"};
    return code;
}

} // namespace

struct small_deflater::state
{
    isal_zstream stream;
};

small_deflater::small_deflater() : state_{new state} {}
small_deflater::~small_deflater() = default;

void small_deflater::append(text_buffer& out, std::string_view text)
{
    static isal_hufftables code = make_code();
    if (text.empty()) {
        out.append(std::string_view{"\3\0", 2}); // a last block with nothing in it
        return;
    }
    isal_zstream& stream = state_->stream;
    isal_deflate_stateless_init(&stream);
    stream.hist_bits = 0; // the one member that it leaves as it is
    stream.gzip_flag = IGZIP_DEFLATE;
    stream.end_of_stream = 1;
    stream.hufftables = &code;
    stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<std::uint32_t>(text.size());
    constexpr std::size_t block_bytes = 512; // the code itself, or the heads of stored blocks
    std::size_t const room = 2 * text.size() + block_bytes;
    char* const at = out.room(room);
    stream.next_out = reinterpret_cast<std::uint8_t*>(at);
    stream.avail_out = static_cast<std::uint32_t>(room);
    if (isal_deflate_stateless(&stream) != COMP_OK || stream.avail_in != 0)
        throw std::runtime_error{"ISA-L cannot compress"};
    out.advance_to(at + (room - stream.avail_out));
}

} // namespace pryv_export::format

#endif
