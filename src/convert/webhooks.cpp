#include "pryv_export/convert/collections.hpp"

#include "member_text.hpp"
#include "record_writer.hpp"
#include "text_set.hpp"

namespace pryv_export::convert {

namespace {

enum member : std::size_t
{
    access_id,
    url,
    state_of_hook,
    run_count,
    fail_count,
    last_run,
    runs,
    current_retries,
    max_retries,
    min_interval_ms,
    created,
    created_by,
    modified,
    modified_by,
    deleted,
};

const schema& webhook_schema()
{
    static const schema members{kind::webhooks,
                                "_id",
                                {{"accessId", field_kind::text},
                                 {"url", field_kind::text},
                                 {"state", field_kind::text},
                                 {"runCount", field_kind::integer},
                                 {"failCount", field_kind::integer},
                                 {"lastRun", field_kind::object},
                                 {"runs", field_kind::array},
                                 {"currentRetries", field_kind::integer},
                                 {"maxRetries", field_kind::integer},
                                 {"minIntervalMs", field_kind::integer},
                                 {"created", field_kind::number},
                                 {"createdBy", field_kind::text},
                                 {"modified", field_kind::number},
                                 {"modifiedBy", field_kind::text},
                                 {"deleted", field_kind::number}}};
    return members;
}

} // namespace

struct webhook_converter::state
{
    explicit state(const rules& configuration) : limits{configuration} {}

    void convert(record_writer& writer, const record& each, output& out)
    {
        if (!writer.read(each, out)) return;
        if (ids.contains(writer.id())) return writer.set_aside(rule::duplicate_id, {}, out);
        bool const live = !is_deleted(writer, deleted, modified, created);
        auto const access = text_of_member(writer, access_id);
        auto const address = text_of_member(writer, url);
        if (access.value_or("").size() + address.value_or("").size() > limits.index_text_bytes)
            return writer.set_aside(rule::text_too_long, "accessId and url", out);
        std::string key;
        if (live && access && address) {
            append_key_part(key, *access);
            append_key_part(key, *address);
            if (addresses.contains(key)) return writer.set_aside(rule::duplicate_webhook, {}, out);
        }
        if (!writer.write(out, limits)) return;
        ids.insert(writer.id());
        if (!key.empty()) addresses.insert(key);
    }

    line_limits limits;
    text_set ids;
    text_set addresses; ///< of live webhooks
};

webhook_converter::webhook_converter(const rules& configuration)
    : state_{std::make_unique<state>(configuration)}
{
}
webhook_converter::~webhook_converter() = default;

void webhook_converter::convert(std::span<const record> records, output& out)
{
    thread_local record_writer writer{webhook_schema()};
    for (record const& each : records) state_->convert(writer, each, out);
}

} // namespace pryv_export::convert
