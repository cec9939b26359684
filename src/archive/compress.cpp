#include "pryv_export/archive/compress.hpp"

#include "pryv_export/format/gzip.hpp"
#include "pryv_export/runtime/stage.hpp"

#include <optional>

namespace pryv_export::archive {

namespace {

format::gzip_compressor& compressor_of_this_thread(int level)
{
    thread_local std::optional<format::gzip_compressor> compressor;
    if (!compressor || compressor->level() != level) compressor.emplace(level);
    return *compressor;
}

} // namespace

member compress(std::string_view lines, std::uint64_t line_count, encoding how)
{
    member piece;
    piece.raw_bytes = lines.size();
    piece.lines = line_count;
    if (!how.gzip) {
        piece.bytes.append(lines);
        return piece;
    }
    runtime::span const busy{runtime::stage::compress};
    // Working memory of the worst case stays with the thread; the member keeps just its own size.
    thread_local format::text_buffer scratch;
    scratch.clear();
    compressor_of_this_thread(how.level).append_member(scratch, lines);
    piece.bytes.append(scratch.view());
    return piece;
}

} // namespace pryv_export::archive
