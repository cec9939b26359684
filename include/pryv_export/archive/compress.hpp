#pragma once

#include "pryv_export/archive/file_series.hpp"

#include <cstdint>
#include <string_view>

namespace pryv_export::archive {

/// How record files are stored.
struct encoding
{
    bool gzip = true;
    int level = 1;
    std::string_view suffix() const noexcept { return gzip ? ".jsonl.gz" : ".jsonl"; }
};

/// Makes one member of whole lines; an empty text gives a valid empty member. CPU work; any thread (each
/// keeps its compressor).
member compress(std::string_view lines, std::uint64_t line_count, encoding how);

} // namespace pryv_export::archive
