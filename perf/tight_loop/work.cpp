#include "work.hpp"

#include "pryv_export/convert/collections.hpp"
#include "pryv_export/convert/events.hpp"
#include "pryv_export/convert/tables.hpp"
#include "pryv_export/format/gzip.hpp"
#include "pryv_export/source/sqlite_files.hpp"
#include "pryv_export/source/user_files.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace tight_loop {

using namespace pryv_export;

namespace {

constexpr std::size_t block_bytes = 1U << 20;
constexpr std::uint64_t most_copy_bytes = 64U << 20;

using batch = std::span<const convert::record>;

} // namespace

totals& totals::operator+=(const totals& other) noexcept
{
    records += other.records;
    text_bytes += other.text_bytes;
    bytes_out += other.bytes_out;
    return *this;
}

/// One thread's tools.
class worker
{
public:
    explicit worker(const settings& chosen) : settings_{chosen}, gzip_{chosen.level}, opener_{chosen.scratch}
    {
        opener_.use_memory_folder(chosen.scratch, most_copy_bytes);
    }

    const totals& sums() const noexcept { return sums_; }

    void events(batch some)
    {
        converter_.convert(some, {}, true, events_);
        sums_.records += some.size();
        compress(events_.out.lines.view());
        if (!events_.history.empty()) compress(events_.history.view());
    }

    template <class Convert>
    void small(batch some, Convert convert)
    {
        convert(some, rules_, out_);
        sums_.records += some.size();
        if (out_.lines.size() >= block_bytes) flush();
    }

    void audit(const std::filesystem::path& file)
    {
        auto const rows = source::open_event_rows(opener_, file);
        if (!rows) return;
        for (source::event_row row; (*rows)->next(row); ++sums_.records) {
            convert::append_audit_row(row.rowid, row.columns, nullptr, out_);
            if (out_.lines.size() >= block_bytes) flush();
        }
        flush();
    }

    void copy(const std::filesystem::path& file, std::size_t number)
    {
        auto const to = settings_.copies / std::to_string(number);
        sums_.bytes_out += source::copy_attachment(file, to).bytes;
        ++sums_.records;
    }

    void flush()
    {
        compress(out_.lines.view());
        out_.clear();
    }

private:
    void compress(std::string_view text)
    {
        member_.clear();
        gzip_.append_member(member_, text);
        sums_.text_bytes += text.size();
        sums_.bytes_out += member_.size();
    }

    const settings& settings_;
    convert::rules rules_;
    convert::event_converter converter_{rules_};
    convert::event_batch events_;
    convert::output out_;
    format::text_buffer member_;
    format::gzip_compressor gzip_;
    source::sqlite_opener opener_;
    totals sums_;
};

namespace {

/// `take(from, to)` for runs of about a MiB; sizes[i] are the bytes of item i.
template <class Size, class Take>
void in_blocks(std::size_t count, Size size, Take take)
{
    std::size_t begin = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
        bytes += size(i);
        if (bytes < block_bytes && i + 1 != count) continue;
        take(begin, i + 1);
        begin = i + 1;
        bytes = 0;
    }
}

void cut_events(std::vector<job>& jobs, const bson_file& file)
{
    batch const all{file.documents()};
    in_blocks(
        all.size(), [&](std::size_t i) { return all[i].bson.size(); },
        [&](std::size_t begin, std::size_t end) {
            jobs.emplace_back([some = all.subspan(begin, end - begin)](worker& w) { w.events(some); });
        });
}

/// The other collections, whose converters want a user's records at once.
template <class Convert>
void cut_by_user(std::vector<job>& jobs, const std::vector<bson_file>& files, Convert convert)
{
    for (const bson_file& file : files) {
        auto const users = file.users();
        in_blocks(
            users.size(),
            [&](std::size_t i) {
                auto const& last = users[i].back().bson;
                return static_cast<std::size_t>(last.data() + last.size() - users[i].front().bson.data());
            },
            [&](std::size_t begin, std::size_t end) {
                std::vector<batch> const some(users.begin() + static_cast<std::ptrdiff_t>(begin),
                                              users.begin() + static_cast<std::ptrdiff_t>(end));
                jobs.emplace_back([some, convert](worker& w) {
                    for (batch const each : some) w.small(each, convert);
                    w.flush();
                });
            });
    }
}

template <class Converter>
void convert_with(batch some, const convert::rules& rules, convert::output& out)
{
    Converter{rules}.convert(some, out);
}

} // namespace

std::vector<job> cut(const deployment& from)
{
    std::vector<job> jobs;
    for (const auto& file : from.attachments) {
        jobs.emplace_back([&file, number = jobs.size()](worker& w) { w.copy(file, number); });
    }
    for (const auto& file : from.audit) jobs.emplace_back([&file](worker& w) { w.audit(file); });
    for (const bson_file& file : from.events) cut_events(jobs, file);
    cut_by_user(jobs, from.streams, &convert::convert_streams);
    cut_by_user(jobs, from.accesses, &convert_with<convert::access_converter>);
    cut_by_user(jobs, from.profile, &convert_with<convert::profile_converter>);
    cut_by_user(jobs, from.webhooks, &convert_with<convert::webhook_converter>);
    return jobs;
}

totals run(const std::vector<job>& jobs, unsigned threads, const settings& chosen)
{
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    totals sums;
    std::exception_ptr failure;
    auto const work = [&] {
        worker tools{chosen};
        try {
            for (std::size_t i = next++; i < jobs.size(); i = next++) jobs[i](tools);
        } catch (...) {
            std::scoped_lock const lock{mutex};
            if (!failure) failure = std::current_exception();
            next = jobs.size();
        }
        std::scoped_lock const lock{mutex};
        sums += tools.sums();
    };
    {
        std::vector<std::jthread> crew;
        for (unsigned i = 1; i < threads; ++i) crew.emplace_back(work);
        work();
    }
    if (failure) std::rethrow_exception(failure);
    return sums;
}

} // namespace tight_loop
