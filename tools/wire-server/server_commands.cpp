#include "command_error.hpp"
#include "command_handlers.hpp"

#include <chrono>
#include <stdexcept>

namespace wire {

namespace {

std::int64_t now()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// A primary is its set's first host; a secondary says who it is, and shows older data.
void add_replica_set(const service& s, bson_writer& out)
{
    bool const secondary = !s.opt.primary.empty();
    bson_writer hosts;
    hosts.text(hosts.next(), secondary ? s.opt.primary : s.address);
    if (secondary) hosts.text(hosts.next(), s.address);
    for (const auto& member : s.opt.members) hosts.text(hosts.next(), member);
    out.array("hosts", hosts.finish());
    out.text("setName", s.opt.replica_set).int32("setVersion", 1).boolean("secondary", secondary);
    out.text("primary", secondary ? s.opt.primary : s.address).text("me", s.address);
    if (!secondary) out.object_id("electionId", 0x7f);
    bson_writer when;
    when.timestamp("ts", cluster_time).int64("t", 1);
    bson_writer last;
    constexpr std::int64_t last_write = 1'700'000'000;
    last.document("opTime", when.finish()).date("lastWriteDate", (last_write - s.opt.behind_seconds) * 1000);
    out.document("lastWrite", last.finish());
}

void add_mechanisms(const service& s, const request& r, bson_writer& out)
{
    auto const asked = text(r.get("saslSupportedMechs"));
    if (asked.empty() || !s.known || !asked.ends_with("." + s.known->user)) return;
    bson_writer list;
    list.text("0", "SCRAM-SHA-256");
    out.array("saslSupportedMechs", list.finish());
}

} // namespace

reply hello(service& s, client& c, const request& r)
{
    bson_writer out;
    out.boolean("helloOk", true);
    out.boolean(r.command_key == "hello" ? "isWritablePrimary" : "ismaster", s.opt.primary.empty());
    if (!s.opt.replica_set.empty()) add_replica_set(s, out);
    if (s.opt.router) out.text("msg", "isdbgrid");
    out.int32("maxBsonObjectSize", 16 << 20)
        .int32("maxMessageSizeBytes", max_message_size)
        .int32("maxWriteBatchSize", 100'000)
        .date("localTime", now());
    if (!s.opt.no_sessions) out.int32("logicalSessionTimeoutMinutes", 30);
    out.int32("connectionId", c.number)
        .int32("minWireVersion", 0)
        .int32("maxWireVersion", s.opt.max_wire_version)
        .boolean("readOnly", true);
    add_mechanisms(s, r, out);
    if (auto const start = r.get("speculativeAuthenticate"); start && s.known)
        if (auto const answer = speculative_sasl(s, c, nested(start)))
            out.document("speculativeAuthenticate", *answer);
    return succeed(s, out);
}

reply ping(service& s, client& /*c*/, const request& /*r*/)
{
    bson_writer out;
    return succeed(s, out);
}

reply build_info(service& s, client& /*c*/, const request& /*r*/)
{
    bson_writer version;
    version.int32("0", 6).int32("1", 0).int32("2", 0).int32("3", 0);
    bson_writer out;
    out.text("version", "6.0.0").array("versionArray", version.finish());
    out.int32("bits", 64).int32("maxBsonObjectSize", 16 << 20);
    return succeed(s, out);
}

reply wire_stats(service& s, client& /*c*/, const request& /*r*/)
{
    bson_writer out;
    auto const counts = s.stats.document(s.cursors);
    bson_reader reader{counts};
    for (bson_element e; reader.next(e);) out.element(e.key, e);
    return succeed(s, out);
}

reply wire_fault(service& s, client& /*c*/, const request& r)
{
    auto const spec = r.target();
    try {
        if (spec == "none")
            s.faults.clear();
        else
            s.faults.add(parse_fault(spec));
    } catch (const std::invalid_argument& e) {
        throw command_error(codes::bad_value, e.what());
    }
    bson_writer out;
    return succeed(s, out);
}

} // namespace wire
