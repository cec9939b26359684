// Speed of the format layer on synthetic Pryv events held in memory. One JSON line per measurement:
// MB/s of BSON (10^6 bytes), the median of the rounds, and their extremes; and the median per second of
// processor time, for machines that others use too.
#include "pryv_export/format/bson.hpp"
#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/gzip.hpp"
#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/stable_json.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace pryv_export::format;

namespace {

constexpr std::size_t data_bytes = 64U << 20;
constexpr std::size_t block_bytes = 1U << 20;
constexpr int rounds = 7;

/// Appends elements to one document.
class builder
{
public:
    explicit builder(std::vector<std::uint8_t>& out) : out_{out}, start_{out.size()}
    {
        out.resize(start_ + 4);
    }
    ~builder()
    {
        out_.push_back(0);
        auto const size = static_cast<std::int32_t>(out_.size() - start_);
        std::memcpy(out_.data() + start_, &size, 4);
    }
    void text(std::string_view key, std::string_view value)
    {
        begin(0x02, key);
        number(static_cast<std::int32_t>(value.size() + 1));
        bytes(value);
        out_.push_back(0);
    }
    void f64(std::string_view key, double value)
    {
        begin(0x01, key);
        number(value);
    }
    void i32(std::string_view key, std::int32_t value)
    {
        begin(0x10, key);
        number(value);
    }
    void boolean(std::string_view key, bool value)
    {
        begin(0x08, key);
        out_.push_back(value ? 1 : 0);
    }
    void null(std::string_view key) { begin(0x0a, key); }
    builder nested(std::uint8_t type, std::string_view key)
    {
        begin(type, key);
        return builder{out_};
    }

private:
    void begin(std::uint8_t type, std::string_view key)
    {
        out_.push_back(type);
        bytes(key);
        out_.push_back(0);
    }
    void bytes(std::string_view value)
    {
        for (char const c : value) out_.push_back(static_cast<std::uint8_t>(c));
    }
    template <class Number>
    void number(Number value)
    {
        std::size_t const at = out_.size();
        out_.resize(at + sizeof value);
        std::memcpy(out_.data() + at, &value, sizeof value);
    }

    std::vector<std::uint8_t>& out_;
    std::size_t start_;
};

class event_maker
{
public:
    void add(std::vector<std::uint8_t>& out)
    {
        static const char* const types[] = {"mass/kg", "note/txt", "temperature/c", "count/steps",
                                            "position/wgs84"};
        unsigned const kind = below(5);
        time_ += static_cast<double>(below(3600000)) / 1000;
        double const time = static_cast<double>(static_cast<std::int64_t>(time_ * 1000)) / 1000;
        auto const author = id();
        builder event{out};
        event.text("_id", id());
        {
            auto streams = event.nested(0x04, "streamIds");
            streams.text("0", "stream-" + std::to_string(below(40)));
            if (below(3) == 0) streams.text("1", "tag-migrated-" + std::to_string(below(9)));
        }
        event.text("type", types[kind]);
        content(event, kind);
        for (auto const* const key : {"time", "created", "modified"}) event.f64(key, time);
        for (auto const* const key : {"createdBy", "modifiedBy"}) event.text(key, author);
        if (below(20) == 0) attachment(event);
        event.text("integrity", "EVENT:0:sha256-" + base64_noise(43) + "=");
        event.f64("endTime", time);
        event.boolean("trashed", false);
        for (auto const* const key : {"deleted", "description", "clientData"}) event.null(key);
        event.text("userId", "cjx0000000000000000000001");
    }

private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    std::string id()
    {
        std::string text = "c";
        while (text.size() < 25) text += "0123456789abcdefghijklmnopqrstuvwxyz"[below(36)];
        return text;
    }
    std::string base64_noise(std::size_t size)
    {
        std::string text;
        while (text.size() < size) {
            text += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[below(64)];
        }
        return text;
    }
    void content(builder& event, unsigned kind)
    {
        static const char* const words[] = {"slept",  "well", "felt \"fine\"", "caf\xc3\xa9", "walked\n",
                                            "to the", "lake", "again",         "today,",      "and"};
        switch (kind) {
        case 0: event.f64("content", static_cast<double>(below(120000)) / 1000); break;
        case 1: {
            std::string note;
            for (unsigned n = 3 + below(20); n > 0; --n) note += std::string{words[below(10)]} + ' ';
            event.text("content", note);
            break;
        }
        case 2: event.f64("content", 36 + static_cast<double>(below(30)) / 10); break;
        case 3: event.i32("content", static_cast<std::int32_t>(below(20000))); break;
        default: {
            auto position = event.nested(0x03, "content");
            position.f64("latitude", 46 + static_cast<double>(random_()) / 1.9e19);
            position.f64("longitude", 6 + static_cast<double>(random_()) / 1.9e19);
            position.i32("altitude", static_cast<std::int32_t>(below(3000)));
        }
        }
    }
    void attachment(builder& event)
    {
        auto list = event.nested(0x04, "attachments");
        auto file = list.nested(0x03, "0");
        file.text("id", id());
        file.text("fileName", "photo.jpg");
        file.text("type", "image/jpeg");
        file.i32("size", static_cast<std::int32_t>(below(5000000)));
    }

    std::mt19937_64 random_{1};
    double time_ = 1.5e9;
};

/// Documents one behind the other, in blocks of about 1 MiB.
struct data_set
{
    std::vector<std::uint8_t> bytes;
    std::vector<bson_bytes> blocks;
    std::size_t documents = 0;
};

data_set make_data()
{
    data_set data;
    data.bytes.reserve(data_bytes + 65536);
    event_maker events;
    std::vector<std::size_t> borders{0};
    while (data.bytes.size() < data_bytes) {
        events.add(data.bytes);
        ++data.documents;
        if (data.bytes.size() - borders.back() >= block_bytes) borders.push_back(data.bytes.size());
    }
    if (borders.back() != data.bytes.size()) borders.push_back(data.bytes.size());
    for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
        data.blocks.emplace_back(data.bytes.data() + borders[i], borders[i + 1] - borders[i]);
    }
    return data;
}

[[noreturn]] void stop(const char* why)
{
    std::fprintf(stderr, "format-speed: %s\n", why);
    std::exit(1);
}

template <class Use>
void for_each_document(bson_bytes block, Use use)
{
    while (!block.empty()) {
        auto const size = static_cast<std::size_t>(load_i32(block.data()));
        use(block.first(size), block);
        block = block.subspan(size);
    }
}

/// One thread's tools.
struct worker
{
    text_buffer json, stable, packed;
    gzip_compressor gzip{1};
    std::uint64_t sum = 0;

    void walk(bson_bytes block)
    {
        for_each_document(block, [&](bson_bytes, bson_bytes rest) {
            bson_reader reader{rest};
            for (bson_element e; reader.next(e);) sum += e.key.size() + e.value.size();
        });
    }
    void check(bson_bytes block)
    {
        for_each_document(
            block, [&](bson_bytes document, bson_bytes) { sum += validate(document) == bson_errc::ok; });
    }
    void write_json(bson_bytes block)
    {
        json.clear();
        json_notes notes = 0;
        for_each_document(block, [&](bson_bytes document, bson_bytes) {
            if (append_document(json, document, nul_policy::replace, notes) != bson_errc::ok)
                stop("bad BSON");
            json.append('\n');
        });
        sum += json.size();
    }
    void write_stable(bson_bytes block)
    {
        for_each_document(block, [&](bson_bytes document, bson_bytes) {
            stable.clear();
            append_stable_value(stable, {bson_type::document, "", document, 0}, nul_policy::replace);
            sum += stable.size();
        });
    }
    void hash(bson_bytes block)
    {
        for_each_document(block, [&](bson_bytes document, bson_bytes) {
            stable.clear();
            append_stable_value(stable, {bson_type::document, "", document, 0}, nul_policy::replace);
            sum += digest_of(digest_algorithm::sha256, stable.view()).bytes[0];
        });
    }
    void fused(bson_bytes block)
    {
        write_json(block);
        hash(block);
        packed.clear();
        gzip.append_member(packed, json.view());
        sum += packed.size();
    }
    void json_and_gzip(bson_bytes block)
    {
        write_json(block);
        packed.clear();
        gzip.append_member(packed, json.view());
        sum += packed.size();
    }
};

using work = std::function<void(worker&, bson_bytes)>;

void measure(const data_set& data, const char* name, unsigned threads, const work& job)
{
    std::vector<worker> workers(threads);
    std::vector<double> speeds, cpu_speeds;
    for (int round = 0; round <= rounds; ++round) {
        auto const begin = std::chrono::steady_clock::now();
        auto const cpu_begin = std::clock();
        {
            std::vector<std::jthread> crew;
            for (unsigned t = 0; t < threads; ++t) {
                crew.emplace_back([&, t] {
                    for (std::size_t i = t; i < data.blocks.size(); i += threads)
                        job(workers[t], data.blocks[i]);
                });
            }
        }
        std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - begin;
        auto const cpu_taken = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
        cpu_speeds.push_back(static_cast<double>(data.bytes.size()) / cpu_taken / 1e6);
        if (round > 0)
            speeds.push_back(static_cast<double>(data.bytes.size()) / taken.count() / 1e6); // first: warm-up
    }
    std::sort(speeds.begin(), speeds.end());
    std::sort(cpu_speeds.begin(), cpu_speeds.end());
    double const median = speeds[speeds.size() / 2];
    std::printf(
        R"({"workload":"%s","threads":%u,"bson_MB_per_s":%.0f,"min":%.0f,"max":%.0f,"MB_per_cpu_s":%.0f,"documents_per_s":%.0f,)"
        R"("rounds":%d,"compiler":"%s"})"
        "\n",
        name, threads, median, speeds.front(), speeds.back(), cpu_speeds[cpu_speeds.size() / 2],
        median * 1e6 * static_cast<double>(data.documents) / static_cast<double>(data.bytes.size()), rounds,
        __VERSION__);
    std::fflush(stdout);
}

/// The same JSON the plain way: a byte at a time, std::to_chars for every number.
void slow_value(std::string& out, const bson_element& e);

void slow_string(std::string& out, std::string_view text)
{
    out += '"';
    for (char const c : text) {
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    out += '"';
}

void slow_document(std::string& out, bson_bytes document, bool named)
{
    out += named ? '{' : '[';
    bson_reader reader{document};
    bool first = true;
    for (bson_element e; reader.next(e); first = false) {
        if (!first) out += ',';
        if (named) {
            slow_string(out, e.key);
            out += ':';
        }
        slow_value(out, e);
    }
    out += named ? '}' : ']';
}

void slow_value(std::string& out, const bson_element& e)
{
    char text[64];
    switch (e.type) {
    case bson_type::string: return slow_string(out, e.text());
    case bson_type::document: return slow_document(out, e.document(), true);
    case bson_type::array: return slow_document(out, e.document(), false);
    case bson_type::null: out += "null"; return;
    case bson_type::boolean: out += e.boolean() ? "true" : "false"; return;
    case bson_type::int32: out += std::to_string(e.int32()); return;
    default: out.append(text, std::to_chars(text, text + 64, e.float64(), std::chars_format::fixed).ptr);
    }
}

void check_output(const data_set& data)
{
    worker w;
    std::string slow;
    for (auto const block : data.blocks) {
        w.write_json(block);
        slow.clear();
        for_each_document(block, [&](bson_bytes document, bson_bytes) {
            slow_document(slow, document, true);
            slow += '\n';
        });
        if (slow != w.json.view()) stop("the JSON differs from the slow path's");
    }
}

} // namespace

int main()
{
    auto const data = make_data();
    check_output(data);
    for (unsigned const threads : {1U, 2U}) {
        measure(data, "walk", threads, &worker::walk);
        measure(data, "validate", threads, &worker::check);
        measure(data, "json", threads, &worker::write_json);
        measure(data, "stable", threads, &worker::write_stable);
        measure(data, "stable+sha256", threads, &worker::hash);
        measure(data, "json+gzip1", threads, &worker::json_and_gzip);
        measure(data, "json+stable+sha256+gzip1", threads, &worker::fused);
    }

    // gzip alone, on the JSON of one block; the rate is of JSON.
    worker w;
    w.write_json(data.blocks[0]);
    for (int const level : {0, 1, 2, 3, 4, 6, 9}) {
        gzip_compressor gzip{level};
        double best = 0;
        for (int round = 0; round < rounds; ++round) {
            auto const begin = std::chrono::steady_clock::now();
            w.packed.clear();
            gzip.append_member(w.packed, w.json.view());
            std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - begin;
            best = std::max(best, static_cast<double>(w.json.size()) / taken.count() / 1e6);
        }
        std::printf(R"({"workload":"gzip","level":%d,"threads":1,"json_MB_per_s":%.0f,"ratio":%.3f})"
                    "\n",
                    level, best, static_cast<double>(w.json.size()) / static_cast<double>(w.packed.size()));
    }

    std::string const text(340, 'x');
    auto const begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 200000; ++i) w.sum += digest_of(digest_algorithm::sha256, text).bytes[0];
    std::chrono::duration<double, std::nano> const taken = std::chrono::steady_clock::now() - begin;
    std::printf(R"({"workload":"sha256 of 340 bytes","threads":1,"ns":%.0f,"checksum":%llu})"
                "\n",
                taken.count() / 200000, static_cast<unsigned long long>(w.sum % 1000));
}
