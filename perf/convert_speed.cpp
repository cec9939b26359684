// How fast events become archive lines, alone and with gzip: the tight loop that the whole program is
// compared with. One JSON object per measurement on stdout.
//
//     convert-speed [--events N] [--rounds N] [--dump FILE.bson]

#include "pryv_export/convert/events.hpp"
#include "pryv_export/format/gzip.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace pryv_export;

constexpr std::size_t batch_bytes = 1U << 20;

struct options
{
    std::size_t events = 200000;
    int rounds = 5;
    std::string dump;
};

/// Documents one behind the other, as mongodump writes them.
struct corpus
{
    std::string name;
    std::vector<std::uint8_t> bytes;
    std::vector<convert::record> records;

    void index()
    {
        std::size_t at = 0;
        while (at + 5 <= bytes.size()) {
            std::int32_t const length = format::load_i32(bytes.data() + at);
            if (length < 5 || static_cast<std::size_t>(length) > bytes.size() - at) break;
            records.push_back({{bytes.data() + at, static_cast<std::size_t>(length)}, at});
            at += static_cast<std::size_t>(length);
        }
    }
};

/// Appends BSON; the length is filled in by close().
class bson_builder
{
public:
    explicit bson_builder(std::vector<std::uint8_t>& out) : out_{&out}, begin_{out.size()}
    {
        out.resize(begin_ + 4);
    }

    void text(std::string_view key, std::string_view value)
    {
        head(0x02, key);
        number(static_cast<std::int32_t>(value.size() + 1));
        raw(value);
        out_->push_back(0);
    }
    void real(std::string_view key, double value)
    {
        head(0x01, key);
        number(value);
    }
    void boolean(std::string_view key, bool value)
    {
        head(0x08, key);
        out_->push_back(value ? 1 : 0);
    }
    void null(std::string_view key) { head(0x0a, key); }
    bson_builder array(std::string_view key)
    {
        head(0x04, key);
        return bson_builder{*out_};
    }
    bson_builder object(std::string_view key)
    {
        head(0x03, key);
        return bson_builder{*out_};
    }
    void close()
    {
        out_->push_back(0);
        auto const length = static_cast<std::int32_t>(out_->size() - begin_);
        std::memcpy(out_->data() + begin_, &length, 4);
    }

private:
    void head(std::uint8_t type, std::string_view key)
    {
        out_->push_back(type);
        raw(key);
        out_->push_back(0);
    }
    void raw(std::string_view text) { out_->insert(out_->end(), text.begin(), text.end()); }
    template <class Number>
    void number(Number value)
    {
        auto const* const from = reinterpret_cast<const std::uint8_t*>(&value);
        out_->insert(out_->end(), from, from + sizeof value);
    }

    std::vector<std::uint8_t>* out_;
    std::size_t begin_;
};

std::string random_id(std::mt19937_64& random)
{
    static constexpr char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::string id = "c";
    for (int i = 0; i < 24; ++i) id.push_back(letters[random() % 36]);
    return id;
}

void append_event(std::vector<std::uint8_t>& out, std::mt19937_64& random, std::string_view hash)
{
    double const time = 1600000000.0 + static_cast<double>(random() % 100000000000U) / 1000.0;
    bson_builder event{out};
    event.text("_id", random_id(random));
    bson_builder streams = event.array("streamIds");
    streams.text("0", "diary");
    streams.close();
    event.text("type", random() % 3 == 0 ? "mass/kg" : "note/txt");
    if (random() % 3 == 0)
        event.real("content", static_cast<double>(random() % 10000) / 100.0);
    else
        event.text("content", "Went for a walk around the lake, 7 km, weather fine");
    event.real("time", time);
    event.real("endTime", time);
    event.null("description");
    event.null("clientData");
    event.boolean("trashed", false);
    event.null("deleted");
    event.real("created", time + 1.5);
    event.text("createdBy", "ckd0br26e00075lqvnaqmz4ow");
    event.real("modified", time + 1.5);
    event.text("modifiedBy", "ckd0br26e00075lqvnaqmz4ow");
    event.text("integrity", hash);
    event.text("userId", "ckd0br26d00065lqvsdhnc67k");
    event.close();
}

/// Synthetic events of one user whose hashes are right (made by converting them once).
corpus synthetic(std::size_t count)
{
    std::string const blank = "EVENT:0:sha256-" + std::string(43, 'A') + "=";
    corpus made{"synthetic", {}, {}};
    std::mt19937_64 random{42};
    made.bytes.reserve(count * 440);
    for (std::size_t i = 0; i < count; ++i) append_event(made.bytes, random, blank);
    made.index();

    convert::event_converter const converter{convert::rules{}};
    convert::event_batch out;
    constexpr std::string_view prefix = "EVENT:0:sha256-";
    for (convert::record const& each : made.records) {
        converter.convert({&each, 1}, {}, false, out);
        std::string_view const line = out.out.lines.view();
        std::string_view const hash = line.substr(line.find(prefix), blank.size());
        auto* const begin = const_cast<std::uint8_t*>(each.bson.data());
        std::string_view const bytes{reinterpret_cast<const char*>(begin), each.bson.size()};
        std::memcpy(begin + bytes.find(prefix), hash.data(), hash.size());
    }
    return made;
}

corpus dumped(const std::string& path)
{
    std::ifstream file{path, std::ios::binary};
    corpus read{path, {std::istreambuf_iterator<char>{file}, {}}, {}};
    read.index();
    return read;
}

using batch = std::span<const convert::record>;

std::vector<batch> cut(const corpus& from)
{
    std::vector<batch> batches;
    std::size_t begin = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < from.records.size(); ++i) {
        bytes += from.records[i].bson.size();
        if (bytes < batch_bytes && i + 1 != from.records.size()) continue;
        batches.push_back(batch{from.records}.subspan(begin, i + 1 - begin));
        begin = i + 1;
        bytes = 0;
    }
    return batches;
}

struct totals
{
    std::atomic<std::uint64_t> json_bytes{0};
    std::atomic<std::uint64_t> gzip_bytes{0};
    std::atomic<std::uint64_t> changed{0};
};

void work(const convert::event_converter& converter, const std::vector<batch>& batches,
          std::atomic<std::size_t>& next, int level, totals& sums)
{
    convert::event_batch out;
    format::text_buffer member;
    format::gzip_compressor gzip{level < 0 ? 0 : level};
    for (std::size_t i = next++; i < batches.size(); i = next++) {
        converter.convert(batches[i], {}, true, out);
        sums.json_bytes += out.out.lines.size();
        sums.changed += out.out.counts.changed;
        if (level < 0) continue;
        member.clear();
        gzip.append_member(member, out.out.lines.view());
        sums.gzip_bytes += member.size();
    }
}

struct span_of_time
{
    double wall_seconds = 0;
    double cpu_seconds = 0; ///< of all threads: what stays meaningful on a busy machine
};

/// level  -1: no compression
span_of_time run_once(const convert::event_converter& converter, const std::vector<batch>& batches,
                      unsigned threads, int level, totals& sums)
{
    std::atomic<std::size_t> next{0};
    auto const begin = std::chrono::steady_clock::now();
    std::clock_t const cpu_begin = std::clock();
    std::vector<std::thread> pool;
    for (unsigned i = 1; i < threads; ++i)
        pool.emplace_back([&] { work(converter, batches, next, level, sums); });
    work(converter, batches, next, level, sums);
    for (std::thread& each : pool) each.join();
    std::chrono::duration<double> const wall = std::chrono::steady_clock::now() - begin;
    return {wall.count(), static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC};
}

void measure(const corpus& from, const std::vector<batch>& batches, std::string_view what,
             const convert::rules& rules, unsigned threads, int level, int rounds)
{
    convert::event_converter const converter{rules};
    std::vector<double> seconds;
    std::vector<double> cpu_seconds;
    std::uint64_t json_bytes = 0;
    std::uint64_t gzip_bytes = 0;
    std::uint64_t changed = 0;
    for (int i = 0; i < rounds; ++i) {
        totals sums;
        span_of_time const took = run_once(converter, batches, threads, level, sums);
        seconds.push_back(took.wall_seconds);
        cpu_seconds.push_back(took.cpu_seconds);
        json_bytes = sums.json_bytes;
        gzip_bytes = sums.gzip_bytes;
        changed = sums.changed;
    }
    std::sort(seconds.begin(), seconds.end());
    std::sort(cpu_seconds.begin(), cpu_seconds.end());
    double const median = seconds[seconds.size() / 2];
    auto const events = static_cast<double>(from.records.size());
    auto const mega = static_cast<double>(from.bytes.size()) / 1e6;
    std::printf(
        "{\"benchmark\":\"convert-speed\",\"what\":\"%.*s\",\"input\":\"%s\",\"threads\":%u,\"gzip_level\":%"
        "d,"
        "\"events\":%zu,\"events_per_s\":%.0f,\"ns_per_event\":%.1f,\"cpu_ns_per_event\":%.1f,\"bson_mb_per_"
        "s\":%.1f,"
        "\"json_mb_per_s\":%.1f,\"spread\":%.3f,\"bson_bytes\":%zu,\"json_bytes\":%llu,\"gzip_bytes\":%llu,"
        "\"changed\":%llu}\n",
        static_cast<int>(what.size()), what.data(), from.name.c_str(), threads, level, from.records.size(),
        events / median, median * 1e9 / events, cpu_seconds[cpu_seconds.size() / 2] * 1e9 / events,
        mega / median, static_cast<double>(json_bytes) / 1e6 / median,
        (seconds.back() - seconds.front()) / median, from.bytes.size(),
        static_cast<unsigned long long>(json_bytes), static_cast<unsigned long long>(gzip_bytes),
        static_cast<unsigned long long>(changed));
    std::fflush(stdout);
}

bool parse(int argc, char** argv, options& to)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        std::string_view const name = argv[i];
        if (name == "--events")
            to.events = std::strtoull(argv[i + 1], nullptr, 10);
        else if (name == "--rounds")
            to.rounds = std::max(1, std::atoi(argv[i + 1]));
        else if (name == "--dump")
            to.dump = argv[i + 1];
        else
            return false;
    }
    return argc % 2 == 1;
}

} // namespace

int main(int argc, char** argv)
{
    options chosen;
    if (!parse(argc, argv, chosen)) {
        std::fputs("usage: convert-speed [--events N] [--rounds N] [--dump FILE.bson]\n", stderr);
        return 2;
    }
    corpus const input = chosen.dump.empty() ? synthetic(chosen.events) : dumped(chosen.dump);
    if (input.records.empty()) {
        std::fputs("convert-speed: no documents; give a BSON dump of events\n", stderr);
        return 66;
    }
    auto const batches = cut(input);
    convert::rules keep;
    keep.integrity = convert::integrity_mode::keep;
    convert::rules const automatic;
    measure(input, batches, "convert, integrity kept", keep, 1, -1, chosen.rounds);
    for (unsigned threads : {1U, 2U}) {
        measure(input, batches, "convert", automatic, threads, -1, chosen.rounds);
        measure(input, batches, "convert+gzip", automatic, threads, 1, chosen.rounds);
    }
}
