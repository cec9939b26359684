#include "commands.hpp"

#include "command_error.hpp"
#include "command_handlers.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace wire {

namespace {

const std::map<std::string_view, handler> handlers{
    {"hello", hello},
    {"ping", ping},
    {"buildInfo", build_info},
    {"buildinfo", build_info},
    {"wireStats", wire_stats},
    {"wireFault", wire_fault},
    {"saslStart", sasl_start},
    {"saslContinue", sasl_continue},
    {"listDatabases", list_databases},
    {"listCollections", list_collections},
    {"listIndexes", list_indexes},
    {"collStats", coll_stats},
    {"count", count},
    {"distinct", distinct},
    {"find", find},
    {"getMore", get_more},
    {"aggregate", aggregate},
    {"killCursors", kill_cursors},
    {"killSessions", kill_sessions},
    {"endSessions", end_sessions},
};

const std::set<std::string_view> open_to_all{"hello",     "ping",      "buildInfo", "buildinfo",
                                             "wireStats", "wireFault", "saslStart", "saslContinue"};

void check_rights(const service& s, const client& c, const request& r)
{
    if (s.known && !c.authenticated && !open_to_all.contains(r.command))
        throw command_error(codes::unauthorized,
                            fmt::format("command {} requires authentication", r.command));
    if (s.opt.denied.empty()) return;
    auto const name = std::string(r.command == "getMore" ? text(r.get("collection")) : r.target());
    if (s.opt.denied.contains(name) || s.opt.denied.contains(target_space(r)))
        throw command_error(
            codes::unauthorized,
            fmt::format("not authorized on {} to execute command {} on {}", r.database, r.command, name));
}

void add_cluster_time(const service& s, bson_writer& out)
{
    if (s.opt.replica_set.empty()) return;
    bson_writer signature;
    signature.binary("hash", std::string(20, '\0')).int64("keyId", 0);
    bson_writer gossip;
    gossip.timestamp("clusterTime", cluster_time).document("signature", signature.finish());
    out.document("$clusterTime", gossip.finish()).timestamp("operationTime", cluster_time);
}

} // namespace

reply succeed(const service& s, bson_writer& out)
{
    out.float64("ok", 1);
    add_cluster_time(s, out);
    reply made;
    made.body = out.finish();
    return made;
}

reply error_reply(const service& s, int code, const std::string& text, const std::string& name)
{
    bson_writer out;
    out.float64("ok", 0).text("errmsg", text).int32("code", code);
    out.text("codeName", name.empty() ? code_name(code) : name);
    add_cluster_time(s, out);
    reply made;
    made.body = out.finish();
    return made;
}

reply run_command(service& s, client& c, const request& r)
{
    try {
        if (r.header.opcode == op_query && r.command != "hello")
            throw command_error(codes::unsupported_op_query,
                                fmt::format("Unsupported OP_QUERY command: {}", r.command));
        auto const found = handlers.find(r.command);
        if (found == handlers.end())
            throw command_error(codes::command_not_found, fmt::format("no such command: '{}'", r.command));
        check_rights(s, c, r);
        return found->second(s, c, r);
    } catch (const command_error& e) {
        return error_reply(s, e.code(), e.what());
    }
}

const collection* target_collection(const service& s, const request& r)
{
    if (r.target().empty())
        throw command_error(codes::type_mismatch,
                            fmt::format("collection name has invalid type in {}", r.command));
    if (s.renamed.contains(r.target())) return nullptr;
    return s.image.find(r.database, r.target());
}

std::string target_space(const request& r)
{
    auto const name = r.command == "getMore" ? text(r.get("collection")) : r.target();
    return fmt::format("{}.{}", r.database, name);
}

std::optional<std::string> session_of(const request& r)
{
    auto const id = first(nested(r.get("lsid")), "id");
    if (!id || id->type != bson_type::binary) return std::nullopt;
    return std::string(id->value.begin() + 5, id->value.end());
}

bool wants_snapshot(const service& s, const request& r)
{
    auto const concern = r.get("readConcern");
    if (!concern || text(first(nested(concern), "level")) != "snapshot") return false;
    if (s.opt.replica_set.empty())
        throw command_error(codes::not_a_replica_set,
                            "node needs to be a replica set member to use readConcern: snapshot");
    constexpr int first_with_snapshots = 13;
    if (s.opt.max_wire_version < first_with_snapshots)
        throw command_error(codes::invalid_options,
                            "readConcern level snapshot is only valid in multi-statement transactions");
    return true;
}

} // namespace wire
