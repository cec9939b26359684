#include "pryv_export/format/gzip.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

using namespace pryv_export::format;

namespace {

constexpr std::size_t enough = 1U << 22; // of output: bombs are for the caller to limit

/// How the stream ends, and how much it held, when read in pieces of `piece` bytes.
std::pair<gzip_reader::status, std::size_t> read_all(std::span<const std::uint8_t> input, std::size_t piece)
{
    gzip_reader reader;
    std::array<std::uint8_t, 4096> out;
    std::size_t total = 0;
    for (;;) {
        auto const part = input.first(std::min(piece, input.size()));
        input = input.subspan(part.size());
        reader.feed(part);
        for (;;) {
            std::size_t produced = 0;
            auto const status = reader.read(out, produced);
            if (produced > out.size()) std::abort();
            total += produced;
            if (status != gzip_reader::status::more || total > enough) return {status, total};
            if (produced == 0) break;
        }
        if (part.empty()) std::abort(); // the end of input is an ending
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto const whole = read_all({data, size}, 1U << 20);
    auto const pieces = read_all({data, size}, 3);
    if (whole.second <= enough && whole != pieces) std::abort();

    gzip_compressor compressor{static_cast<int>(size % 10)};
    text_buffer member;
    compressor.append_member(member, {reinterpret_cast<const char*>(data), size});
    auto const back =
        read_all({reinterpret_cast<const std::uint8_t*>(member.data()), member.size()}, 1U << 20);
    if (back != std::pair{gzip_reader::status::end, size}) std::abort();
    return 0;
}
