#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/sanitized_document.hpp"
#include "pryv_export/format/stable_json.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace pryv_export::format;

namespace {

void require(bool holds, const char* what)
{
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// ±1e999 stands for an infinity.
void require_json(std::string_view text)
{
    boost::json::stream_parser parser{{}, [] {
                                          boost::json::parse_options options;
                                          options.max_depth = 2 * max_bson_depth;
                                          return options;
                                      }()};
    boost::system::error_code error;
    parser.write(text.data(), text.size(), error);
    if (!error) parser.finish(error);
    require(!error || error == boost::json::error::exponent_overflow, "the output is JSON");
}

/// Runs `write` twice behind a text that has to stay; the written text, or nothing.
template <class Write>
std::string written(Write write)
{
    std::string texts[2];
    for (auto& text : texts) {
        text_buffer out;
        out.append("kept");
        bool const done = write(out) == bson_errc::ok;
        require(out.view().starts_with("kept"), "former content stays");
        require(done || out.size() == 4, "nothing is left of a failure");
        text = out.view().substr(4);
    }
    require(texts[0] == texts[1], "equal input gives equal output");
    return texts[0];
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    bson_bytes const document{data, size};
    bool const valid = validate(document) == bson_errc::ok;
    json_notes notes = 0;
    for (auto const nul : {nul_policy::escape, nul_policy::replace}) {
        auto const json =
            written([&](text_buffer& out) { return append_document(out, document, nul, notes); });
        require(!valid || !json.empty(), "a valid document has a text");
        if (!json.empty()) require_json(json);
        for (auto const fields : {id_fields::none, id_fields::both}) {
            auto const record = written([&](text_buffer& out) {
                return append_sanitized_document(out, document, fields, nul, notes);
            });
            require(!valid || !record.empty(), "a valid document has a record");
            if (!record.empty()) require_json(record);
        }
        bson_reader reader{document};
        for (bson_element e; reader.next(e);) {
            auto const value = written([&](text_buffer& out) { return append_value(out, e, nul, notes); });
            auto const id = written([&](text_buffer& out) { return append_id(out, e, nul, notes); });
            auto const stable = written([&](text_buffer& out) { return append_stable_value(out, e, nul); });
            if (!value.empty()) require_json(value);
            if (!id.empty()) require_json(id);
            if (!stable.empty()) require_json(stable);
            require(!valid || (!value.empty() && !id.empty() && !stable.empty()), "valid values have texts");
        }
    }
    return 0;
}
