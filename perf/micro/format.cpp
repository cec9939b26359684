#include "pryv_export/format/bson.hpp"
#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/gzip.hpp"
#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/stable_json.hpp"

#include "bench.hpp"
#include "events.hpp"

#include <array>
#include <memory>
#include <random>

namespace micro {

using namespace pryv_export::format;

namespace {

constexpr std::size_t events_per_round = 2000;
constexpr std::size_t texts_per_round = 20000;

/// A round that hands each event to `use(document, buffer)`; the buffer is empty at its begin.
template <class Use>
std::function<round()> over_events(Use use)
{
    return [use] {
        auto const data = std::make_shared<events>(make_events(events_per_round));
        auto const buffer = std::make_shared<text_buffer>();
        return [data, buffer, use] {
            buffer->clear();
            for (auto const& each : data->records) use(each.bson, *buffer);
            return work{data->bytes.size(), data->records.size()};
        };
    };
}

void walk(bson_bytes document, text_buffer& out)
{
    std::size_t sum = 0;
    bson_reader reader{document};
    for (bson_element e; reader.next(e);) sum += e.key.size() + e.value.size();
    out.append(static_cast<char>(sum));
}

void write_json(bson_bytes document, text_buffer& out)
{
    json_notes notes = 0;
    append_document(out, document, nul_policy::replace, notes);
    out.append('\n');
}

void hash(bson_bytes document, text_buffer& out)
{
    out.clear();
    append_stable_value(out, {bson_type::document, "", document, 0}, nul_policy::replace);
    auto const digest = digest_of(digest_algorithm::sha256, out.view());
    out.append(static_cast<char>(digest.bytes[0]));
}

round numbers()
{
    auto const data = std::make_shared<std::vector<double>>();
    std::mt19937_64 random{1};
    for (std::size_t i = 0; i < texts_per_round; ++i) {
        auto const value = static_cast<double>(random() % 100000000);
        std::array const kinds{value, value / 1000, value / 3, 1.5e9 + value / 1000};
        data->push_back(kinds[i % kinds.size()]);
    }
    auto const out = std::make_shared<text_buffer>();
    return [data, out] {
        out->clear();
        json_notes notes = 0;
        for (double const each : *data) append_number(*out, each, notes);
        return work{out->size(), data->size()};
    };
}

round strings()
{
    static constexpr std::array<std::string_view, 4> texts{
        "stream-27", "Went for a walk around the lake, 7 km, weather fine", "a \"quoted\" word,\nand a line",
        "d\xc3\xa9"
        "but de soir\xc3\xa9"
        "e, \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"};
    auto const out = std::make_shared<text_buffer>();
    return [out] {
        out->clear();
        json_notes notes = 0;
        for (std::size_t i = 0; i < texts_per_round; ++i)
            append_string(*out, texts[i % texts.size()], nul_policy::replace, notes);
        return work{out->size(), texts_per_round};
    };
}

round gzip(int level)
{
    auto const text = std::make_shared<text_buffer>();
    auto const data = make_events(events_per_round);
    for (auto const& each : data.records) write_json(each.bson, *text);
    auto const out = std::make_shared<text_buffer>();
    auto const tool = std::make_shared<gzip_compressor>(level);
    return [text, out, tool] {
        out->clear();
        tool->append_member(*out, text->view());
        return work{text->size(), events_per_round};
    };
}

} // namespace

void add_format(std::vector<bench>& to)
{
    to.push_back({"walk", over_events(&walk)});
    to.push_back({"validate", over_events([](bson_bytes document, text_buffer& out) {
                      out.append(validate(document) == bson_errc::ok ? '1' : '0');
                  })});
    to.push_back({"json", over_events(&write_json)});
    to.push_back({"number-text", &numbers});
    to.push_back({"string-escape", &strings});
    to.push_back({"stable-hash", over_events(&hash)});
    for (int const level : {1, 6}) {
        to.push_back({"gzip-level-" + std::to_string(level), [level] { return gzip(level); }});
    }
}

} // namespace micro
