#include "pryv_export/convert/collections.hpp"

#include "record_writer.hpp"
#include "text_set.hpp"

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

    void convert(record_writer& writer, const record& each, output& out)
    {
        if (!writer.read(each, out)) return;
        if (ids.contains(writer.id())) return writer.set_aside(rule::duplicate_id, {}, out);
        if (writer.write(out, limits)) ids.insert(writer.id());
    }

    line_limits limits;
    text_set ids;
};

profile_converter::profile_converter(const rules& configuration)
    : state_{std::make_unique<state>(configuration)}
{
}
profile_converter::~profile_converter() = default;

void profile_converter::convert(std::span<const record> records, output& out)
{
    thread_local record_writer writer{profile_schema()};
    for (record const& each : records) state_->convert(writer, each, out);
}

} // namespace pryv_export::convert
