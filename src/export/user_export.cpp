#include "user_export.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/runtime/stage.hpp"

#include "small_collection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace pryv_export::exporting {

namespace {

/// Every line begins with its id.
std::string_view id_in(std::string_view line)
{
    constexpr std::string_view prefix{"{\"id\":"};
    std::size_t end = prefix.size() + 1;
    while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
    return line.substr(prefix.size(), end + 1 - prefix.size());
}

} // namespace

void append_set_aside(convert::output& out, convert::rule why, std::string_view kind,
                      std::string_view id_json, std::string_view line)
{
    out.extra.append(
        fmt::format(R"({{"rule":"{}","kind":"{}","id":{},"record":)", convert::name_of(why), kind, id_json));
    out.extra.append(line);
    out.extra.append("}\n");
    ++out.extra_count;
}

std::vector<convert::record> records_of(const source::batch& batch)
{
    std::vector<convert::record> records;
    records.reserve(batch.documents.size());
    for (const source::document& document : batch.documents)
        records.push_back({document.bytes, document.position});
    return records;
}

user_export::user_export(core_context& core, const user_entry& user, std::size_t number)
    : core_{core}, user_{user}, staging_{std::make_shared<const archive::file_folder>(
                                    core.output.partial() / fmt::format("user-{}", number))},
      ledger_{core.events_in_sqlite
                  ? false
                  : core.documents.share_of(source::collection::events, user.id).ids_ascend},
      heads_{series("events/events-", true)},
      history_{series("events/events-0000-", true), core.options.encoding},
      audit_files_{series("audit/audit-", true)}
{
    report_.user_id = user.id;
    report_.username = user.name;
    report_.name_from = user.name_from;

    // Streams are converted all at once, by convert_streams().
    add(source::collection::streams, convert::kind::streams);
    add(source::collection::accesses, convert::kind::accesses)
        .convert_with<convert::access_converter>(core.rules);
    add(source::collection::profile, convert::kind::profile)
        .convert_with<convert::profile_converter>(core.rules);
    add(source::collection::webhooks, convert::kind::webhooks)
        .convert_with<convert::webhook_converter>(core.rules);
    add(source::collection::followed_slices, convert::kind::followed_slices).convert =
        [](auto records, auto& out) { convert::convert_followed_slices(records, out); };
}

user_export::small_collection& user_export::add(source::collection source, convert::kind kind)
{
    auto& entry = *small_.emplace_back(std::make_unique<small_collection>());
    entry.source = source;
    entry.kind = kind;
    entry.share = core_.documents.share_of(source, user_.id);
    if (kind != convert::kind::followed_slices)
        entry.writer.emplace(series(std::string{source::name_of(source)}, false), core_.options.encoding);
    return entry;
}

user_export::~user_export() = default;

archive::file_series user_export::series(std::string stem, bool chunked) const
{
    std::uint64_t const limit =
        std::min(core_.options.target_file_bytes, archive::file_series::most_text_bytes);
    archive::file_series::naming how{.stem = std::move(stem),
                                     .suffix = std::string{core_.options.encoding.suffix()},
                                     .chunk_bytes = chunked ? limit : 0,
                                     .where = core_.output.where()};
    return archive::file_series{staging_, std::move(how)};
}

void user_export::find_source_folder()
{
    source::user_place place = source::open_user_folder(core_.users_folder, user_.id);
    if (place.kind == path_kind::folder) {
        source_folder_ = std::move(place.folder);
    } else if (place.kind != path_kind::absent && !place.folder.path.empty()) {
        throw export_error{exit_status::partial, place.folder.path,
                           "is no folder, or lies behind a link: links are not followed",
                           "put the user's folder itself there"};
    }
}

line_writer& user_export::extra(convert::kind kind)
{
    auto& writer = extra_[static_cast<std::size_t>(kind)];
    if (!writer)
        writer.emplace(series("extra/" + std::string{convert::name_of(kind)}, false), core_.options.encoding);
    return *writer;
}

void user_export::check_id() const
{
    if (is_safe_name(user_.id)) return;
    throw export_error{exit_status::partial, fmt::format("user '{}'", user_.id),
                       "this id cannot be the name of a folder: its data is not in the archive",
                       "rename the user id in v1's database"};
}

std::uint64_t user_export::first_bytes(const core_context& core, const user_entry& user)
{
    std::uint64_t bytes = 0;
    for (auto const kind : source::user_collections)
        bytes += std::min<std::uint64_t>(core.documents.share_of(kind, user.id).bytes, block_bytes);
    return bytes;
}

void user_export::convert(const std::function<void()>& keep)
{
    make_staging();
    convert_first_blocks();
    settle_first_blocks();
    if (!small_.front()->more()) convert_streams();
    if (!is_read_whole()) return;
    copy_few_attachments(); // none, but some may be missing
    finish(keep);
}

runtime::task<void> user_export::run_rest(const std::function<void()>& keep)
{
    co_await relieve_writers();
    for (auto& collection : small_) co_await export_rest(*collection);
    co_await export_events();
    co_await export_audit();
    // Without all events nobody knows whose attachments these are.
    bool const few_attachments = !is_cut() && has_few_attachments();
    if (!is_cut() && !few_attachments) co_await export_attachments();
    auto end = [this, few_attachments, &keep] {
        if (few_attachments) copy_few_attachments();
        finish(keep);
    };
    co_await runtime::run_on(core_.program.blocking(), std::move(end));
}

void user_export::finish(const std::function<void()>& keep)
{
    settle_all();
    write_all_files();
    staging_->close();
    keep();
    ended_ = true;
    small_.clear(); // most of what was allocated goes where it was
}

void user_export::settle_first_blocks()
{
    for (auto& collection : small_) {
        if (collection->kind != convert::kind::streams) keep_within_limit(*collection);
    }
    if (has_first_events_) {
        convert::event_exceptions const exceptions = ledger_.exceptions_for(first_events_.converted);
        if (!exceptions.empty()) convert_again(first_events_, exceptions);
        settle_block(first_events_);
    }
    first_events_ = {};
    if (has_first_audit_) settle_audit(first_audit_);
    first_audit_ = {};
}

void user_export::make_staging()
{
    if (!is_kept()) return;
    staging_->make();
    staging_->make_folder("events");
    staging_->make_folder("audit");
}

bool user_export::is_read_whole() const
{
    bool const more =
        std::any_of(small_.begin(), small_.end(), [](const auto& each) { return each->more(); }) ||
        (event_cursor_ && !event_cursor_->done()) || (audit_ && !audit_->done());
    return !more && listing_.files.empty();
}

std::uint64_t user_export::held_bytes() const
{
    std::uint64_t const events = core_.events_in_sqlite ? first_events_.batch.bytes : 0;
    return events + first_audit_.out.lines.size() + first_audit_.out.extra.size();
}

void user_export::open()
{
    check_id();
    runtime::span const busy{runtime::stage::open, user_.id};
    for (auto& collection : small_) {
        if (collection->share.documents == 0) continue;
        collection->cursor = core_.documents.open(collection->source, user_.id);
        read_block(*collection);
    }
    find_source_folder();
    open_events();
    gather_account();
    open_audit();
    list_attachments();
    source_folder_.fd.reset();
}

void user_export::read_block(small_collection& which)
{
    runtime::span const busy{runtime::stage::fetch, user_.id};
    which.batch = {};
    if (!which.cursor->next(which.batch)) which.cursor.reset();
}

void user_export::convert_block(small_collection& which)
{
    if (which.batch.documents.empty()) return;
    if (which.kind == convert::kind::streams) {
        stream_batches_.push_back(std::move(which.batch));
        return;
    }
    which.convert(records_of(which.batch), which.out);
    which.batch = {};
}

void user_export::convert_first_blocks()
{
    runtime::span const busy{runtime::stage::convert, user_.id};
    for (auto& collection : small_) convert_block(*collection);
    if (has_first_events_) {
        convert_and_compress(first_events_, *core_.events, {}, ledger_.wants_id_hashes(),
                             core_.options.encoding);
    }
    if (has_first_audit_) {
        const auto& out = first_audit_.out;
        first_audit_.lines = archive::compress(out.lines.view(), out.line_count, core_.options.encoding);
    }
}

/// Blocks after the first one: rare for these collections.
runtime::task<void> user_export::export_rest(small_collection& which)
{
    while (which.more()) {
        auto memory = co_await core_.program.memory().acquire(cost_of_block(block_bytes));
        auto read = [this, &which] { read_block(which); };
        co_await runtime::run_on(core_.program.blocking(), std::move(read));
        auto convert = [this, &which] { convert_block(which); };
        co_await runtime::run_on(core_.program.cpu(), std::move(convert));
        if (which.kind == convert::kind::streams) continue;
        keep_within_limit(which);
        co_await relieve_writers();
    }
    if (stream_batches_.empty()) co_return;
    auto convert = [this] { convert_streams(); };
    co_await runtime::run_on(core_.program.cpu(), std::move(convert));
    co_await relieve_writers();
}

void user_export::convert_streams()
{
    small_collection& streams = *small_.front();
    runtime::span const busy{runtime::stage::convert, user_.id};
    std::vector<convert::record> all;
    for (const auto& batch : stream_batches_) {
        auto const part = records_of(batch);
        all.insert(all.end(), part.begin(), part.end());
    }
    convert::convert_streams(all, core_.rules, streams.out);
    stream_batches_.clear();
    keep_within_limit(streams);
}

/// v2 reads these files into one JavaScript string: lines beyond its limit are set aside, not shipped in the
/// hope that it works.
void user_export::keep_within_limit(small_collection& which)
{
    convert::output& out = which.out;
    if (which.writer &&
        which.writer->raw_bytes() + out.lines.size() > archive::file_series::most_text_bytes) {
        std::size_t const room =
            archive::file_series::most_text_bytes - static_cast<std::size_t>(which.writer->raw_bytes());
        std::size_t const kept = out.lines.view().rfind('\n', room - 1) + 1;
        std::string_view rest = out.lines.view().substr(kept);
        while (!rest.empty()) {
            std::string_view const line = rest.substr(0, rest.find('\n'));
            append_set_aside(out, convert::rule::line_too_long, convert::name_of(which.kind), id_in(line),
                             line);
            out.notes.add(convert::rule::line_too_long, user_.id,
                          "the file has reached the size that v2 can read");
            --out.line_count;
            ++out.counts.set_aside;
            --(out.counts.written > 0 ? out.counts.written : out.counts.changed);
            rest.remove_prefix(line.size() + 1);
        }
        out.lines.truncate(kept);
    }
    if (which.writer) which.writer->hold(out.lines.view(), out.line_count);
    book(which.kind, out);
    core_.progress.records_done += out.counts.source;
    out.clear();
}

/// Counts, findings and what is set aside.
void user_export::book(convert::kind kind, convert::output& out)
{
    report_.of(kind) += out.counts;
    report_.notes.merge(out.notes);
    if (out.extra_count > 0) extra(kind).hold(out.extra.view(), out.extra_count);
}

/// Between two blocks: what waits to be written stays about one block per file.
runtime::task<void> user_export::relieve_writers()
{
    for (auto& collection : small_) {
        if (collection->writer && collection->writer->full())
            co_await collection->writer->relieve(core_.program);
    }
    for (auto& writer : extra_) {
        if (writer && writer->full()) co_await writer->relieve(core_.program);
    }
    if (history_.full()) co_await history_.relieve(core_.program);
    if (!wants_flush_) co_return;
    wants_flush_ = false;
    auto write = [this] {
        heads_.flush();
        audit_files_.flush();
    };
    co_await runtime::run_on(core_.program.blocking(), std::move(write));
}

runtime::task<void> user_export::discard()
{
    auto remove = [this] {
        std::error_code ignored; // .partial is removed as a whole at the end
        std::filesystem::remove_all(staging_->path(), ignored);
    };
    co_await runtime::run_on(core_.program.blocking(), std::move(remove));
}

} // namespace pryv_export::exporting
