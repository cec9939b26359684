#include "pryv_export/convert/tables.hpp"
#include "pryv_export/runtime/stage.hpp"

#include "user_export.hpp"

#include <string_view>

namespace pryv_export::exporting {

void audit_reader::add(std::unique_ptr<source::event_rows> rows)
{
    count_ += rows->count();
    files_.push_back(std::move(rows));
}

bool audit_reader::next(source::event_row& row)
{
    while (at_ < files_.size()) {
        if (files_[at_]->next(row)) {
            ++rows_read_;
            return true;
        }
        files_[at_++].reset();
    }
    return false;
}

/// Null when there are no rows.
std::unique_ptr<audit_reader> user_export::open_audit_files() const
{
    if (!has_source_folder()) return nullptr;
    auto reader = std::make_unique<audit_reader>();
    for (std::string_view const name : audit_file_names) {
        if (auto rows = source::open_event_rows(core_.sqlite, source::place{source_folder_, name}))
            reader->add(std::move(*rows));
    }
    return reader->count() > 0 ? std::move(reader) : nullptr;
}

void user_export::open_audit()
{
    audit_ = open_audit_files();
    has_first_audit_ = audit_ && read_audit(first_audit_);
}

/// SQLite's rows are good until the next step, so they become lines where they are read.
bool user_export::read_audit(audit_block& block)
{
    runtime::span const busy{runtime::stage::fetch, user_.id};
    source::event_row row;
    while (block.out.lines.size() + block.out.extra.size() < block_bytes && audit_->next(row))
        convert::append_audit_row(row.rowid, row.columns, audit_->seen_ids(), block.out);
    return block.out.counts.source > 0;
}

runtime::task<void> user_export::export_audit()
{
    if (!audit_ || audit_->done()) co_return;
    runtime::bounded_queue<runtime::pending<audit_block>> queue{core_.program.loop(),
                                                                core_.program.jobs() + 1};
    std::vector<runtime::task<void>> stages;
    stages.push_back(read_audit_blocks(queue));
    stages.push_back(write_audit_blocks(queue));
    co_await runtime::run_all(std::move(stages));
}

runtime::task<void>
user_export::read_audit_blocks(runtime::bounded_queue<runtime::pending<audit_block>>& queue)
{
    std::uint64_t bytes = 0;
    for (;;) {
        if (bytes >= core_.most_user_bytes) {
            audit_read_ = static_cast<double>(audit_->rows_read()) / static_cast<double>(audit_->count());
            break;
        }
        auto memory = co_await core_.program.memory().acquire(cost_of_block(block_bytes));
        audit_block block;
        auto read = [this, &block] { return read_audit(block); };
        bool const any = co_await runtime::run_on(core_.program.blocking(), std::move(read));
        if (!any) break;
        bytes += block.out.lines.size();
        auto compress = [block = std::move(block), memory = std::move(memory),
                         how = core_.options.encoding]() mutable {
            block.lines = archive::compress(block.out.lines.view(), block.out.line_count, how);
            block.out.lines = {};
            return std::move(block);
        };
        auto running = runtime::pending<audit_block>::start(core_.program.cpu(), core_.program.loop(),
                                                            std::move(compress));
        co_await queue.push(std::move(running));
    }
    queue.close();
}

runtime::task<void>
user_export::write_audit_blocks(runtime::bounded_queue<runtime::pending<audit_block>>& queue)
{
    for (;;) {
        auto running = co_await queue.pop();
        if (!running) co_return;
        audit_block block = co_await running->get();
        settle_audit(block);
        co_await relieve_writers();
    }
}

void user_export::settle_audit(audit_block& block)
{
    book(convert::kind::audit, block.out);
    core_.progress.records_done += block.out.counts.source;
    if (block.lines.lines > 0 && audit_files_.append(std::move(block.lines))) wants_flush_ = true;
}

} // namespace pryv_export::exporting
