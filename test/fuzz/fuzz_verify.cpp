#include "verify/audit_checks.hpp"
#include "verify/gunzip.hpp"
#include "verify/json_keys.hpp"
#include "verify/json_text.hpp"
#include "verify/other_checks.hpp"
#include "verify/record_schema.hpp"
#include "verify/stable_text.hpp"
#include "verify/tree_checks.hpp"

#include <boost/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>

using namespace pryv_export::verify;

namespace {

void require(bool holds, const char* what)
{
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// A second parser; it gives up at numbers that are too large, and then says nothing.
std::optional<bool> is_json(std::string_view text)
{
    boost::json::parse_options options;
    options.max_depth = json_text::max_depth;
    boost::json::stream_parser parser{{}, options};
    boost::system::error_code error;
    parser.write(text.data(), text.size(), error);
    if (!error) parser.finish(error);
    if (error == boost::json::error::exponent_overflow) return std::nullopt;
    return !error;
}

void check_record(json_value record)
{
    findings found;
    archive_facts facts;
    facts.made_by = maker::node_tool;
    file_scope const scope{found, facts, "file"};
    integrity_hasher hasher;
    chunk_summary summary;
    stream_checker streams{scope};
    streams.record(record, 1);
    streams.record(record, 2);
    streams.finish();
    access_checker{scope, hasher}.record(record, 1);
    profile_checker{scope}.record(record, 1);
    webhook_checker{scope}.record(record, 1);
    event_checker{scope, hasher, summary}.record(record, 1);
    audit_checker{scope, summary}.record(record, 1);
    account_checker{scope}.record(record, 1);
    series_checker{scope}.record(record, 1);
    platform_checker{scope}.record(record, 1);
    register_checker{scope}.record(record, 1);
    extra_checker{scope}.record(record, 1);
    file_ledger ledger;
    ledger.add(summary, scope);
    ledger.finish(found, facts);
}

void inflate(const std::uint8_t* data, std::size_t size)
{
    gunzip reader;
    std::array<char, 512> out;
    reader.feed({data, size / 2});
    while (reader.read(out) > 0) {
    }
    reader.feed({data + size / 2, size - size / 2});
    while (reader.read(out) > 0) {
    }
    reader.feed({});
    while (reader.read(out) > 0) {
    }
    require(reader.status() != gunzip_status::more, "the end of input is an end");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view const text{reinterpret_cast<const char*>(data), size};
    inflate(data, size);
    json_text json;
    json_verdict const verdict = json.parse(text);
    // The other one refuses ill-formed UTF-8 and half surrogate pairs as well.
    auto const other = is_json(text);
    if (other.value_or(false)) require(verdict == json_verdict::ok, "what is JSON is taken");
    if (verdict != json_verdict::ok) return 0;
    bool const odd = !is_well_formed(text) || (json.traits() & json_lone_surrogate) != 0;
    if (!odd) require(other.value_or(true), "what is taken is JSON");
    key_checker keys;
    (void)keys.repeated(json);
    if (json.root().is(json_kind::object)) check_record(json.root());
    return 0;
}
