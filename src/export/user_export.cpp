#include "user_export.hpp"

#include "pryv_export/archive/json_text.hpp"
#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/runtime/stage.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

convert::password to_password(source::password_row&& row)
{
    convert::password password;
    password.time = row.time;
    password.hash = std::move(row.hash);
    password.created_by = std::move(row.created_by);
    return password;
}

convert::key_value to_key_value(source::key_value_row&& row)
{
    convert::key_value entry;
    entry.store_id = std::move(row.store_id);
    entry.key = std::move(row.key);
    entry.value_json = std::move(row.value_json);
    entry.from_sqlite_text = true;
    return entry;
}

/// The text of a JSON string value.
std::string unquoted(const std::string& value)
{
    boost::system::error_code error;
    json::value const parsed = json::parse(value, error);
    return !error && parsed.is_string() ? std::string{parsed.get_string()} : value;
}

/// A record that has to stay out of its file, as a line for extra/.
void append_set_aside(convert::output& out, convert::rule why, std::string_view kind,
                      std::string_view id_json, std::string_view line)
{
    out.extra.append(
        fmt::format(R"({{"rule":"{}","kind":"{}","id":{},"record":)", convert::name_of(why), kind, id_json));
    out.extra.append(line);
    out.extra.append("}\n");
    ++out.extra_count;
}

void append_set_aside(convert::output& out, std::string_view field, const convert::account_value& value)
{
    std::string const id = json::serialize(json::string_view{value.event_id});
    append_set_aside(out, convert::rule::account_history, "events", id,
                     fmt::format(R"({{"id":{},"field":"{}","value":{}}})", id, field, value.value_json));
}

/// Every line begins with its id.
std::string_view id_in(std::string_view line)
{
    constexpr std::string_view prefix{"{\"id\":"};
    std::size_t end = prefix.size() + 1;
    while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
    return line.substr(prefix.size(), end + 1 - prefix.size());
}

} // namespace

std::vector<convert::record> records_of(const source::batch& batch)
{
    std::vector<convert::record> records;
    records.reserve(batch.documents.size());
    for (const source::document& document : batch.documents)
        records.push_back({document.bytes, document.position});
    return records;
}

struct user_export::small_collection
{
    source::collection source;
    convert::kind kind;
    std::function<void(std::span<const convert::record>, convert::output&)> convert;
    source::user_share share{};
    std::unique_ptr<source::document_cursor> cursor;
    source::batch batch;
    convert::output out;
    std::optional<line_writer> writer; ///< none: nothing of it goes to v2

    bool more() const { return cursor && !cursor->done(); }

    template <class Converter>
    void convert_with(const convert::rules& rules)
    {
        if (share.documents == 0) return;
        convert = [converter = std::make_shared<Converter>(rules)](auto records, auto& to) {
            converter->convert(records, to);
        };
    }
};

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
    source::user_place place = source::open_user_folder(core_.users_path, user_.id);
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

std::uint64_t user_export::first_bytes() const
{
    auto const first_block = [](std::uint64_t bytes) { return std::min<std::uint64_t>(bytes, block_bytes); };
    std::uint64_t bytes = first_block(core_.documents.share_of(source::collection::events, user_.id).bytes);
    for (const auto& collection : small_) bytes += first_block(collection->share.bytes);
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

void user_export::gather_account()
{
    if (core_.mongo_accounts) {
        if (auto const found = core_.mongo_accounts->find(user_.id); found != core_.mongo_accounts->end()) {
            account_ = std::move(found->second);
        }
        return;
    }
    if (!has_source_folder()) return;
    source::place const file{source_folder_, "account-1.0.0.sqlite"};
    auto rows = source::read_account(core_.sqlite, file);
    if (!rows) {
        if (user_.in_index && core_.version.at_least(1, 8)) {
            throw export_error{
                exit_status::partial, file.path(),
                fmt::format("is missing: user {} would lose the password", printable(user_.id)),
                "restore the file from a backup, or remove the user from the index"};
        }
        return;
    }
    for (auto& row : rows->passwords) account_.passwords.push_back(to_password(std::move(row)));
    for (auto& row : rows->key_values) account_.key_values.push_back(to_key_value(std::move(row)));
}

void user_export::note_user()
{
    if (account_line_.lines == 0) report_.notes.add(convert::rule::no_password, user_.id);
    if (!is_routable_name(user_.name))
        report_.notes.add(convert::rule::unroutable_name, user_.id, user_.name);
    if (!user_.in_index)
        report_.notes.add(convert::rule::unlisted_user, user_.id,
                          fmt::format("named '{}' from {}", user_.name, user_.name_from));
}

/// Stores before 1.8 keep the password in an event; a later store can have such events as leftovers.
void user_export::add_event_passwords()
{
    bool const only_source = account_.passwords.empty();
    for (const auto& value : event_passwords_) {
        if (only_source) {
            convert::password password;
            password.time = value.time;
            password.hash = unquoted(value.value_json);
            password.created_by = value.created_by;
            account_.passwords.push_back(std::move(password));
        } else {
            append_set_aside(fields_out_, "passwordHash", value);
        }
    }
    for (const auto& value : event_usernames_) {
        if (unquoted(value.value_json) == user_.name) continue;
        append_set_aside(fields_out_, "username", value);
    }
}

/// All blocks are settled: CPU work. Throws export_error when something is missing.
void user_export::settle_all()
{
    runtime::span const busy{runtime::stage::convert, user_.id};
    add_event_passwords();
    bool const has_password = !account_.passwords.empty();
    password_count_ = account_.passwords.size();
    key_value_count_ = account_.key_values.size();
    format::text_buffer line;
    convert::append_account_line(std::move(account_), line, passwords_out_, key_values_out_, fields_out_);
    account_line_ = archive::compress(line.view(), has_password ? 1 : 0, core_.options.encoding);
    book(convert::kind::passwords, passwords_out_);
    book(convert::kind::key_values, key_values_out_);
    book(convert::kind::events, fields_out_);
    note_user();
    if (!is_cut()) check_counts();
    for (auto& collection : small_) {
        if (collection->writer) collection->writer->settle();
    }
    history_.settle();
    for (auto& writer : extra_) {
        if (writer) writer->settle();
    }
}

void user_export::write_all_files()
{
    runtime::span const busy{runtime::stage::write, user_.id};
    auto const take = [this](std::vector<archive::file_record>&& more) {
        std::move(more.begin(), more.end(), std::back_inserter(files_));
    };
    auto const write_file = [this](std::string name, std::string_view content) {
        files_.push_back(archive::write_file(*staging_, std::move(name), content, core_.output.where()));
    };

    for (auto& collection : small_) {
        if (!collection->writer) continue;
        collection->writer->finish(true);
        take(collection->writer->take_files());
    }
    write_file("account" + std::string{core_.options.encoding.suffix()}, account_line_.bytes.view());
    history_.finish(false);
    take(history_.take_files());
    heads_.finish();
    take(heads_.take_files());
    audit_files_.finish();
    take(audit_files_.take_files());
    for (auto& writer : extra_) {
        if (!writer) continue;
        writer->finish(false);
        take(writer->take_files());
    }
    attachment_file_count_ = attachment_files_.size();
    take(std::move(attachment_files_));

    auto const by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    std::sort(files_.begin(), files_.end(), by_name);
    std::string manifest;
    append_manifest(manifest, 0);
    write_file("user-manifest.json", manifest);
    std::rotate(std::upper_bound(files_.begin(), std::prev(files_.end()), files_.back(), by_name),
                std::prev(files_.end()), files_.end());
    for (const auto& file : files_) {
        report_.archive_bytes += file.bytes;
        written_bytes_[at(part_of(file.name))] += file.bytes;
        fmt::format_to(std::back_inserter(checksums_), "{}  users/{}/{}\n", file.sha256_hex, user_.id,
                       file.name);
    }
}

void user_export::append_manifest(std::string& text, std::size_t indent) const
{
    archive::pretty_object manifest{text, indent};
    manifest.member("userId", user_.id);
    manifest.member("username", user_.name);
    manifest.member("backupTimestamp", core_.timestamp_ms);
    {
        auto stats = manifest.object("stats");
        for (const auto& collection : small_) {
            if (collection->writer)
                stats.member(convert::name_of(collection->kind), collection->writer->lines());
        }
        stats.member("events", heads_.lines() + history_.lines());
        stats.member("audit", audit_files_.lines());
        stats.member("series", 0U);
        stats.member("attachments", attachments_written_);
    }
    auto chunks = manifest.object("chunks");
    for (std::string_view const kind : {"events", "audit"}) {
        auto names = chunks.list(kind);
        for (const auto& file : files_) {
            if (file.name.starts_with(kind)) names.item(std::string_view{file.name}.substr(kind.size() + 1));
        }
    }
}

/// Counted twice: what the source says it has against what was written, changed, set aside and failed.
void user_export::check_counts() const
{
    auto const check = [this](convert::kind kind, std::uint64_t source_count) {
        const convert::tally& counts = report_.of(kind);
        if (counts.source == source_count && counts.adds_up()) return;
        throw export_error{
            exit_status::partial, fmt::format("user {}, {}", printable(user_.id), convert::name_of(kind)),
            fmt::format(
                "the source has {}, but {} were read ({} written, {} changed, {} set aside, {} failed)",
                source_count, counts.source, counts.written, counts.changed, counts.set_aside, counts.failed),
            "make sure that v1 is stopped, then export this user again"};
    };
    auto const count_of = [this](source::collection which) {
        return core_.documents.share_of(which, user_.id).documents;
    };
    for (const auto& collection : small_) check(collection->kind, count_of(collection->source));
    check(convert::kind::events, event_count());
    check(convert::kind::audit, audit_ ? audit_->count() : 0);
    check(convert::kind::attachments, listing_.files.size());
    check(convert::kind::passwords, password_count_);
    check(convert::kind::key_values, key_value_count_);
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
