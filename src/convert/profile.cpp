#include "pryv_export/convert/collections.hpp"

#include "record_writer.hpp"

#include <unordered_set>

namespace pryv_export::convert {

namespace {

const schema& profile_schema()
{
    static const schema members{kind::profile, "profileId", {{"data", field_kind::object}}};
    return members;
}

} // namespace

struct profile_converter::state
{
    explicit state(const rules& configuration) : limits{configuration} {}

    void convert(const record& each, output& out)
    {
        if (!writer.read(each, out)) return;
        if (ids.contains(std::string{writer.id()})) return writer.set_aside(rule::duplicate_id, {}, out);
        if (writer.write(out, limits)) ids.emplace(writer.id());
    }

    record_writer writer{profile_schema()};
    line_limits limits;
    std::unordered_set<std::string> ids;
};

profile_converter::profile_converter(const rules& configuration)
    : state_{std::make_unique<state>(configuration)}
{
}
profile_converter::~profile_converter() = default;

void profile_converter::convert(std::span<const record> records, output& out)
{
    for (record const& each : records) state_->convert(each, out);
}

} // namespace pryv_export::convert
