#include "pryv_export/convert/events.hpp"
#include "pryv_export/convert/tables.hpp"

#include "bench.hpp"
#include "events.hpp"

#include <memory>

namespace micro {

using namespace pryv_export::convert;

namespace {

constexpr std::size_t records_per_round = 2000;

round convert_events(integrity_mode mode)
{
    rules chosen;
    chosen.integrity = mode;
    auto const converter = std::make_shared<event_converter>(chosen);
    auto const data = std::make_shared<events>(make_events(records_per_round));
    auto const out = std::make_shared<event_batch>();
    return [converter, data, out] {
        converter->convert(data->records, {}, true, *out);
        return work{data->bytes.size(), data->records.size()};
    };
}

round convert_audit()
{
    using pryv_export::format::column_text;
    using pryv_export::format::column_value;
    static constexpr std::array<column_value, audit_columns> row{
        column_text{"ckd0br26e00075lqvnaqmz4ow"},
        {},
        column_text{"access-ckd0br26e00075lqvnaqmz4ow action-events.get .."},
        1600000000.125,
        {},
        1600000000.125,
        column_text{"audit-log/pryv-api"},
        column_text{
            R"({"source":{"name":"http","ip":"10.0.0.7"},"action":"events.get","query":{"limit":20}})"},
        {},
        {},
        {},
        {},
        std::int64_t{0},
        1600000000.125,
        column_text{"system"},
        1600000000.125,
        column_text{"system"}};
    auto const out = std::make_shared<output>();
    return [out] {
        out->clear();
        for (std::size_t i = 1; i <= records_per_round; ++i)
            append_audit_row(static_cast<std::int64_t>(i), row, nullptr, *out);
        return work{out->lines.size(), records_per_round};
    };
}

} // namespace

void add_convert(std::vector<bench>& to)
{
    to.push_back({"convert-events", [] { return convert_events(integrity_mode::automatic); }});
    to.push_back({"convert-events-unhashed", [] { return convert_events(integrity_mode::keep); }});
    to.push_back({"convert-audit", &convert_audit});
}

} // namespace micro
