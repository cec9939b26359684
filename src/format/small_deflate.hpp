#pragma once

#include "pryv_export/format/text_buffer.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace pryv_export::format {

/// Deflates short texts of records with one Huffman code for all of them, made once from a sample. A code of
/// its own takes a small text longer than all the rest (15 to 30 microseconds, against 1 to 5) and saves it 2
/// to 10 per cent. One per thread. ISA-L only.
class small_deflater
{
public:
    /// From here on a code of its own is cheap, and smaller.
    static constexpr std::size_t most_bytes = 8192;

    small_deflater();
    ~small_deflater();

    /// text: less than most_bytes. Equal texts give equal bytes. Throws runtime_error.
    void append(text_buffer& out, std::string_view text);

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace pryv_export::format
