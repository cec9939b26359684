#include "line_writer.hpp"

#include "pryv_export/runtime/blocking.hpp"

#include "core_context.hpp"

#include <utility>

namespace pryv_export::exporting {

void line_writer::hold(std::string_view lines, std::uint64_t count)
{
    held_.append(lines);
    held_lines_ += count;
    lines_ += count;
    raw_bytes_ += lines.size();
}

void line_writer::settle()
{
    if (held_.empty()) return;
    wants_flush_ = series_.append(archive::compress(held_.view(), held_lines_, how_)) || wants_flush_;
    held_ = {};
    held_lines_ = 0;
}

bool line_writer::full() const noexcept
{
    return held_.size() >= block_bytes;
}

runtime::task<void> line_writer::relieve(runtime::program_share& program)
{
    auto compress = [this] { settle(); };
    co_await runtime::run_on(program.cpu(), std::move(compress));
    if (!wants_flush_) co_return;
    wants_flush_ = false;
    auto write = [this] { series_.flush(); };
    co_await runtime::run_on(program.blocking(), std::move(write));
}

void line_writer::finish(bool even_if_empty)
{
    if (lines_ == 0 && !even_if_empty) return;
    format::text_buffer const nothing =
        lines_ == 0 ? archive::compress({}, 0, how_).bytes : format::text_buffer{};
    series_.finish(nothing.view());
}

} // namespace pryv_export::exporting
