#include "command_error.hpp"
#include "command_handlers.hpp"

namespace wire {

reply kill_cursors(service& s, client& /*c*/, const request& r)
{
    bson_writer killed;
    bson_writer not_found;
    bson_reader reader{nested(r.get("cursors"))};
    for (bson_element e; reader.next(e);) {
        auto const id = integer(e, 0);
        auto& list = s.cursors.kill(id) ? killed : not_found;
        list.int64(list.next(), id);
    }
    bson_writer out;
    out.array("cursorsKilled", killed.finish()).array("cursorsNotFound", not_found.finish());
    out.array("cursorsAlive", bson_writer{}.finish()).array("cursorsUnknown", bson_writer{}.finish());
    return succeed(s, out);
}

reply kill_sessions(service& s, client& /*c*/, const request& r)
{
    bson_reader reader{nested(r.get("killSessions"))};
    for (bson_element e; reader.next(e);)
        if (auto const id = first(nested(e), "id"); id && id->type == bson_type::binary)
            s.cursors.kill_session({id->value.begin() + 5, id->value.end()});
    bson_writer out;
    return succeed(s, out);
}

/// A real server closes the cursors of an ended session minutes later: here they stay and can be counted.
reply end_sessions(service& s, client& /*c*/, const request& /*r*/)
{
    bson_writer out;
    return succeed(s, out);
}

} // namespace wire
