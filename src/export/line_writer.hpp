#pragma once

#include "pryv_export/archive/compress.hpp"
#include "pryv_export/archive/file_series.hpp"
#include "pryv_export/runtime/program_share.hpp"

#include <cstdint>
#include <string_view>

namespace pryv_export::exporting {

/// Lines in, files out, one block after the other: for everything but the head events. What is held until
/// relieve() is about a block; small content stays until settle() and finish(), which take several writers in
/// one go.
class line_writer
{
public:
    line_writer(archive::file_series series, archive::encoding how) : series_{std::move(series)}, how_{how} {}

    /// Takes whole lines without compressing or writing anything.
    void hold(std::string_view lines, std::uint64_t count);
    /// True when relieve() should be called before more is held.
    bool full() const noexcept;
    /// Compresses and writes what is held. On the loop's thread.
    runtime::task<void> relieve(runtime::program_share& program);
    /// CPU work, any thread: compresses what is held.
    void settle();
    /// Blocking: writes everything; an empty single file when `even_if_empty`.
    void finish(bool even_if_empty);

    bool empty() const noexcept { return lines_ == 0; }
    std::uint64_t lines() const noexcept { return lines_; }
    std::uint64_t raw_bytes() const noexcept { return raw_bytes_; }
    std::vector<archive::file_record> take_files() noexcept { return series_.take_files(); }

private:
    archive::file_series series_;
    archive::encoding how_;
    format::text_buffer held_;
    std::uint64_t held_lines_ = 0;
    std::uint64_t lines_ = 0;
    std::uint64_t raw_bytes_ = 0;
    bool wants_flush_ = false;
};

} // namespace pryv_export::exporting
