#include "mongo_client.hpp"

#include "pryv_export/base/text.hpp"
#include "pryv_export/runtime/stage.hpp"

#include "mongo_connection.hpp"
#include "mongo_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace pryv_export::source {

struct mongo_client_pool::state
{
    mongo_options options;
    std::size_t most_connections = 1;
    std::mutex mutex;            ///< of what follows
    mongo_uri uri;               ///< with all hosts that are known
    std::set<std::string> hosts; ///< in it
    std::condition_variable may_take;
    std::vector<std::unique_ptr<mongo_connection>> idle;
    std::size_t taken = 0;
    std::optional<command> moment; ///< readConcern of the snapshot
    bool snapshot_lost = false;
    std::chrono::milliseconds behind{0}; ///< the worst of all connections
    bool without_primary = false;
};

namespace {

/// Members of an idle set differ by less.
constexpr std::chrono::milliseconds worth_telling{2000};

std::string hosts_of(const mongoc_uri_t* uri)
{
    if (const char* const service = mongoc_uri_get_srv_hostname(uri)) return service;
    std::string hosts;
    for (auto const* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next)
        hosts += (hosts.empty() ? "" : ",") + std::string{host->host_and_port};
    return hosts;
}

bool takes_read_concern(const command& what)
{
    format::bson_reader members{what.bytes()};
    format::bson_element name;
    return members.next(name) && (name.key == "find" || name.key == "aggregate");
}

} // namespace

mongo_client_pool::mongo_client_pool(const mongo_options& options) : state_{std::make_unique<state>()}
{
    state_->options = options;
    state_->uri = make_mongo_uri(options);
    state_->hosts = hosts_in(state_->uri.get());
    state_->most_connections = std::max<std::size_t>(1, options.connections);
    state_->idle.reserve(state_->most_connections);
    name_ = options.shown_as.empty() ? "MongoDB " + printable(hosts_of(state_->uri.get())) : options.shown_as;
}

mongo_client_pool::~mongo_client_pool() = default;

std::unique_ptr<mongo_connection> mongo_client_pool::take()
{
    std::unique_lock lock{state_->mutex};
    state_->may_take.wait(lock, [this] { return state_->taken < state_->most_connections; });
    ++state_->taken;
    if (state_->idle.empty()) return nullptr;
    auto connection = std::move(state_->idle.back());
    state_->idle.pop_back();
    return connection;
}

void mongo_client_pool::give_back(std::unique_ptr<mongo_connection> connection) noexcept
{
    if (connection && connection->has_failed()) connection.reset();
    std::lock_guard const lock{state_->mutex};
    --state_->taken;
    if (connection) state_->idle.push_back(std::move(connection));
    state_->may_take.notify_one();
}

void mongo_client_pool::begin_snapshot(const std::string& database, std::string_view collection)
{
    mongo_session session{*this};
    if (!session.has_snapshots()) return;
    command find = one("find", collection);
    find.add("limit", std::int64_t{1});
    find.add("projection", one("_id", std::int64_t{1}));
    find.add("readConcern", one("level", std::string_view{"snapshot"}));
    find.add_flag("singleBatch", true);
    try {
        reply const answer = session.run(database, find);
        auto const cursor = format::find(answer.bytes, "cursor");
        auto const time = cursor ? format::find(cursor->document(), "atClusterTime") : std::nullopt;
        if (!time || time->type != format::bson_type::timestamp) return;
        command moment = one("level", std::string_view{"snapshot"});
        moment.add("atClusterTime", *time);
        std::lock_guard const lock{state_->mutex};
        state_->moment = std::move(moment);
    } catch (const mongo_failure& failure) {
        if (failure.is_transient()) throw;
    }
}

std::vector<std::string> mongo_client_pool::warnings() const
{
    std::vector<std::string> lines;
    std::lock_guard const lock{state_->mutex};
    if (state_->snapshot_lost) {
        lines.emplace_back("MongoDB did not keep its snapshot long enough (the parameter "
                           "minSnapshotHistoryWindowInSeconds): the rest was read as it was at its time.");
    }
    if (state_->without_primary) {
        lines.emplace_back(
            "MongoDB was read from a secondary of a set without primary: the last writes may be "
            "missing.");
    }
    if (state_->behind >= worth_telling) {
        lines.push_back(
            fmt::format("MongoDB was read from a secondary that was {:.0f} s behind its primary: what "
                        "was written last may be missing. Read from the primary, or export again "
                        "when the secondary has caught up.",
                        std::chrono::duration<double>{state_->behind}.count()));
    }
    return lines;
}

void mongo_client_pool::end_snapshot()
{
    std::lock_guard const lock{state_->mutex};
    state_->moment.reset();
}

void mongo_client_pool::lose_snapshot()
{
    std::lock_guard const lock{state_->mutex};
    state_->snapshot_lost = state_->snapshot_lost || state_->moment.has_value();
    state_->moment.reset();
}

bool mongo_client_pool::uses_tls() const
{
    return mongoc_uri_get_tls(uri().get());
}

mongo_uri mongo_client_pool::uri() const
{
    std::lock_guard const lock{state_->mutex};
    return state_->uri;
}

void mongo_client_pool::note_server(const mongo_connection& connection)
{
    std::lock_guard const lock{state_->mutex};
    if (auto const behind = connection.behind())
        state_->behind = std::max(state_->behind, *behind);
    else
        state_->without_primary = true;
    // When a member goes, the next connection finds the others, named by the operator or not.
    auto hosts = connection.members();
    if (state_->hosts.empty() || hosts.size() < 2) return;
    hosts.insert(state_->hosts.begin(), state_->hosts.end());
    if (hosts == state_->hosts) return;
    state_->hosts = std::move(hosts);
    state_->options.uri = with_hosts(state_->options.uri, state_->hosts);
    state_->uri = make_mongo_uri(state_->options);
}

void mongo_client_pool::reach()
{
    mongo_session const session{*this};
}

mongo_session::mongo_session(mongo_client_pool& pool) : pool_{pool}, connection_{pool.take()}
{
    if (connection_) return;
    try {
        connection_ = std::make_unique<mongo_connection>(pool.uri(), pool.state_->options.stop);
    } catch (...) {
        pool.give_back(nullptr);
        throw;
    }
    pool.note_server(*connection_);
}

mongo_session::~mongo_session()
{
    pool_.give_back(std::move(connection_));
}

bool mongo_session::has_snapshots() const noexcept
{
    return connection_->has_snapshots();
}

reply mongo_session::read(const std::string& database, const command& what)
{
    auto& state = *pool_.state_;
    std::optional<command> at_moment;
    {
        std::lock_guard const lock{state.mutex};
        if (state.moment && takes_read_concern(what)) {
            at_moment = what.copy();
            at_moment->add("readConcern", *state.moment);
        }
    }
    try {
        return run(database, at_moment ? *at_moment : what);
    } catch (const mongo_failure& failure) {
        constexpr int snapshot_too_old = 239;
        constexpr int snapshot_unavailable = 246;
        bool const forgotten = failure.code() == snapshot_too_old || failure.code() == snapshot_unavailable;
        if (!at_moment || !forgotten) throw;
        pool_.lose_snapshot();
    }
    return run(database, what);
}

reply mongo_session::run(const std::string& database, const command& what)
{
    runtime::span const busy{runtime::stage::server};
    bson_error_t error{};
    bson_t received;
    bool const ok =
        mongoc_client_command_with_opts(connection_->client(), database.c_str(), what.get(),
                                        connection_->preference(), connection_->how(), &received, &error);
    if (!ok) {
        bson_destroy(&received);
        mongo_failure const failure{error};
        if (failure.is_transient() || failure.code() == 0) connection_->mark_failed();
        throw failure;
    }
    std::uint32_t size = 0;
    std::uint8_t* const bytes = bson_destroy_with_steal(&received, true, &size);
    if (bytes == nullptr) throw mongo_failure{"the server's reply is empty"};
    return {{bytes, [](const std::uint8_t* p) { bson_free(const_cast<std::uint8_t*>(p)); }}, {bytes, size}};
}

} // namespace pryv_export::source
