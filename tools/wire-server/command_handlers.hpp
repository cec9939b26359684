#pragma once

#include "reply.hpp"
#include "service.hpp"

#include <optional>
#include <string>

/// The commands, by what they are about. Each throws command_error.
namespace wire {

using handler = reply (*)(service&, client&, const request&);

reply hello(service& s, client& c, const request& r);
reply ping(service& s, client& c, const request& r);
reply build_info(service& s, client& c, const request& r);
reply wire_stats(service& s, client& c, const request& r);
reply wire_fault(service& s, client& c, const request& r);

reply sasl_start(service& s, client& c, const request& r);
reply sasl_continue(service& s, client& c, const request& r);
/// The answer to `speculativeAuthenticate` in hello; nothing when it fails.
std::optional<bytes> speculative_sasl(const service& s, client& c, bson_bytes start);

reply list_databases(service& s, client& c, const request& r);
reply list_collections(service& s, client& c, const request& r);
reply list_indexes(service& s, client& c, const request& r);
reply coll_stats(service& s, client& c, const request& r);

reply count(service& s, client& c, const request& r);
reply distinct(service& s, client& c, const request& r);
reply find(service& s, client& c, const request& r);
reply get_more(service& s, client& c, const request& r);
reply aggregate(service& s, client& c, const request& r);

reply kill_cursors(service& s, client& c, const request& r);
reply kill_sessions(service& s, client& c, const request& r);
reply end_sessions(service& s, client& c, const request& r);

/// Puts ok: 1 at the end, and what a member of a replica set adds.
reply succeed(const service& s, bson_writer& out);
/// The first batch of a new cursor.
reply open_cursor(service& s, const request& r, const std::string& space,
                  std::unique_ptr<document_stream> documents, std::optional<std::int64_t> batch_size,
                  bool single_batch);
/// The size of a batch as a command asks for it.
std::optional<std::int64_t> batch_size(const std::optional<bson_element>& e);

/// Nothing for a collection that does not exist.
const collection* target_collection(const service& s, const request& r);
std::string target_space(const request& r);
std::optional<std::string> session_of(const request& r);
/// Whether the command reads a snapshot, which is the only one there is.
bool wants_snapshot(const service& s, const request& r);
/// When everything here happened: seconds in the upper half.
inline constexpr std::uint64_t cluster_time = (std::uint64_t{1700000000} << 32U) | 1U;

/// Sizes of a collection, in an own document.
void add_sizes(bson_writer& out, const collection& c);
/// What a hint asks for. Throws when there is no such index.
index_use use_of_hint(const service& s, const request& r);

} // namespace wire
