#include "convert/events_schema.hpp"

namespace pryv_export::convert {

const schema& event_schema()
{
    // In the order of event_field.
    static const schema members{kind::events,
                                "_id",
                                {
                                    {"attachments", field_kind::array},
                                    {"clientData", field_kind::object},
                                    {"content", field_kind::any},
                                    {"created", field_kind::number},
                                    {"createdBy", field_kind::text},
                                    {"deleted", field_kind::number},
                                    {"description", field_kind::text},
                                    {"duration", field_kind::consumed},
                                    {"modified", field_kind::number},
                                    {"modifiedBy", field_kind::text},
                                    {"streamIds", field_kind::text_array, true},
                                    {"time", field_kind::number},
                                    {"trashed", field_kind::boolean},
                                    {"type", field_kind::text, true},
                                    {"headId", field_kind::text, true},
                                    {"endTime", field_kind::number},
                                    {"integrity", field_kind::text},
                                    {"tags", field_kind::array},
                                    {"streamId", field_kind::consumed},
                                }};
    return members;
}

} // namespace pryv_export::convert
