#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/convert/tables.hpp"
#include "pryv_export/runtime/stage.hpp"

#include "user_export.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::exporting {

namespace {

/// Events of `local-1.0.0.sqlite` as the documents that v1 would keep in MongoDB.
class sqlite_event_cursor final : public source::document_cursor
{
public:
    sqlite_event_cursor(std::unique_ptr<source::event_rows> rows, std::string file)
        : rows_{std::move(rows)}, left_{rows_->count()}, file_{std::move(file)}
    {
    }

    bool next(source::batch& out) override
    {
        auto text = std::make_shared<format::text_buffer>();
        std::vector<std::size_t> ends;
        source::event_row row;
        while (text->size() < block_bytes && rows_->next(row)) {
            std::string error;
            if (!convert::append_event_document(row.columns, *text, error)) {
                throw export_error{exit_status::partial, file_, fmt::format("row {}: {}", row.rowid, error),
                                   "repair or remove this row in a copy of the file"};
            }
            ends.push_back(text->size());
        }
        std::size_t begin = 0;
        for (std::size_t const end : ends) {
            auto const* const bytes = reinterpret_cast<const std::uint8_t*>(text->data());
            out.documents.push_back({{bytes + begin, end - begin}, 0});
            begin = end;
        }
        out.bytes = text->size();
        out.owners.push_back(std::move(text));
        left_ -= ends.size();
        return !ends.empty();
    }
    bool done() const override { return left_ == 0; }

private:
    std::unique_ptr<source::event_rows> rows_;
    std::uint64_t left_;
    std::string file_;
};

} // namespace

void convert_and_compress(event_block& block, const convert::event_converter& converter,
                          const convert::event_exceptions& exceptions, bool want_id_hashes,
                          archive::encoding how)
{
    thread_local format::text_buffer warm;
    std::swap(block.converted.out.lines, warm);
    {
        runtime::span const busy{runtime::stage::convert};
        converter.convert(records_of(block.batch), exceptions, want_id_hashes, block.converted);
    }
    block.heads = archive::compress(block.converted.out.lines.view(), block.converted.out.line_count, how);
    std::swap(block.converted.out.lines, warm);
}

void user_export::open_events()
{
    if (core_.events_in_sqlite) {
        if (!has_source_folder()) return;
        source::place const file{source_folder_, event_file_name};
        auto rows = source::open_event_rows(core_.sqlite, file);
        if (!rows) return;
        sqlite_event_count_ = (*rows)->count();
        event_cursor_ = std::make_unique<sqlite_event_cursor>(std::move(*rows), file.path());
    } else {
        if (core_.documents.share_of(source::collection::events, user_.id).documents > 0)
            event_cursor_ = core_.documents.open(source::collection::events, user_.id);
    }
    runtime::span const busy{runtime::stage::fetch, user_.id};
    has_first_events_ = event_cursor_ && event_cursor_->next(first_events_.batch);
}

/// As the source counts them.
std::uint64_t user_export::event_count() const
{
    if (core_.events_in_sqlite) return sqlite_event_count_;
    return core_.documents.share_of(source::collection::events, user_.id).documents;
}

runtime::task<void> user_export::export_events()
{
    if (!event_cursor_ || event_cursor_->done()) co_return;
    runtime::bounded_queue<runtime::pending<event_block>> queue{core_.program.loop(),
                                                                core_.program.jobs() + 1};
    std::vector<runtime::task<void>> stages;
    stages.push_back(read_event_blocks(queue));
    stages.push_back(write_event_blocks(queue));
    co_await runtime::run_all(std::move(stages));
}

runtime::task<void>
user_export::read_event_blocks(runtime::bounded_queue<runtime::pending<event_block>>& queue)
{
    bool const want_id_hashes = ledger_.wants_id_hashes();
    std::uint64_t const stride = sample_stride();
    std::uint64_t converted = 0;
    std::uint64_t passed = 0;
    for (std::uint64_t number = 0;; ++number) {
        if (stride == 1 && converted >= core_.most_user_bytes) {
            passed = event_bytes() > converted ? event_bytes() - converted : 1;
            break;
        }
        event_block block;
        block.memory = co_await core_.program.memory().acquire(cost_of_block(block_bytes));
        auto read = [this, &block] {
            runtime::span const busy{runtime::stage::fetch, user_.id};
            return event_cursor_->next(block.batch);
        };
        bool const any = co_await runtime::run_on(core_.program.blocking(), std::move(read));
        if (!any) break;
        if (number % stride != 0) {
            passed += block.batch.bytes;
            continue;
        }
        converted += block.batch.bytes;
        block.memory.cover(cost_of_block(block.batch.bytes));
        auto convert = [block = std::move(block), converter = core_.events, want_id_hashes,
                        how = core_.options.encoding]() mutable {
            convert_and_compress(block, *converter, {}, want_id_hashes, how);
            return std::move(block);
        };
        auto running = runtime::pending<event_block>::start(core_.program.cpu(), core_.program.loop(),
                                                            std::move(convert));
        co_await queue.push(std::move(running));
    }
    if (passed > 0) events_read_ = static_cast<double>(converted) / static_cast<double>(converted + passed);
    queue.close();
}

/// Bytes of the documents; 0 when they are rows.
std::uint64_t user_export::event_bytes() const
{
    if (core_.events_in_sqlite) return 0;
    return core_.documents.share_of(source::collection::events, user_.id).bytes;
}

/// Of a large user in a dump every so many-th block is converted, so that a sample has something of all
/// times.
std::uint64_t user_export::sample_stride() const
{
    if (core_.options.mongodump.empty() || event_bytes() <= core_.most_user_bytes) return 1;
    return event_bytes() / core_.most_user_bytes + 1;
}

runtime::task<void>
user_export::write_event_blocks(runtime::bounded_queue<runtime::pending<event_block>>& queue)
{
    for (;;) {
        auto running = co_await queue.pop();
        if (!running) co_return;
        event_block block = co_await running->get();
        convert::event_exceptions const exceptions = ledger_.exceptions_for(block.converted);
        if (!exceptions.empty()) {
            auto again = [this, &block, &exceptions] { convert_again(block, exceptions); };
            co_await runtime::run_on(core_.program.cpu(), std::move(again));
        }
        settle_block(block);
        co_await relieve_writers();
    }
}

/// What only the whole user can tell was not known when the block was converted.
void user_export::convert_again(event_block& block, const convert::event_exceptions& exceptions)
{
    std::vector<convert::attachment_reference> references = std::move(block.converted.attachments);
    convert_and_compress(block, *core_.events, exceptions, ledger_.wants_id_hashes(), core_.options.encoding);
    // The books are kept by file ids as they are on disk, without those of set-aside duplicates.
    std::erase_if(references, [&exceptions](const auto& reference) {
        return std::binary_search(exceptions.duplicates.begin(), exceptions.duplicates.end(),
                                  reference.record);
    });
    block.converted.attachments = std::move(references);
}

/// In stored order, one block after the other: hands the lines on.
void user_export::settle_block(event_block& block)
{
    convert::event_batch& converted = block.converted;
    ledger_.enter(converted);
    history_.hold(converted.history.view(), converted.history_count);
    book(convert::kind::events, converted.out);
    keep_account_values(converted);
    report_.times += converted.times;
    core_.progress.records_done += block.batch.documents.size();
    core_.progress.bytes_done += block.batch.bytes;
    if (block.heads.lines > 0 && heads_.append(std::move(block.heads))) wants_flush_ = true;
}

void user_export::keep_account_values(convert::event_batch& converted)
{
    auto const move_all = [](auto& from, auto& to) {
        to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    };
    move_all(converted.account, account_.fields);
    move_all(converted.account_history, account_.past_fields);
    move_all(converted.password_hash, event_passwords_);
    move_all(converted.username, event_usernames_);
}

} // namespace pryv_export::exporting
