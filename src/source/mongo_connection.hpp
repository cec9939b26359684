#pragma once

#include "pryv_export/source/mongo_store.hpp"

#include "mongo_command.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mongoc/mongoc.h>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace pryv_export::source {

using mongo_uri = std::shared_ptr<const mongoc_uri_t>;

/// The URI of `options` with what else they ask for. Throws export_error{bad_config}, and what reading a TLS
/// file throws.
mongo_uri make_mongo_uri(const mongo_options& options);
/// A mongodb:// URI with these hosts instead of its own.
std::string with_hosts(std::string_view uri, const std::set<std::string>& hosts);
/// Hosts of the URI that are not found by SRV records, as HOST:PORT.
std::set<std::string> hosts_in(const mongoc_uri_t* uri);

/// A client of libmongoc, the server that it chose and a session there. It looks for servers by itself,
/// without a monitor on a thread beside it, so that all that it reads comes through checked streams. One
/// thread at a time.
class mongo_connection
{
public:
    /// Blocking: connects, without login. Throws mongo_failure, export_error{bad_config}.
    mongo_connection(mongo_uri uri, const std::atomic<bool>* stop);
    ~mongo_connection();
    mongo_connection(const mongo_connection&) = delete;
    mongo_connection& operator=(const mongo_connection&) = delete;

    mongoc_client_t* client() const noexcept { return client_.get(); }
    /// Options of every command.
    const bson_t* how() const noexcept { return how_.get(); }
    const mongoc_read_prefs_t* preference() const noexcept;
    /// HOST:PORT of all servers of the set, this one too.
    std::set<std::string> members() const;
    /// The server can read from snapshots.
    bool has_snapshots() const noexcept { return has_snapshots_; }
    /// How far the server's last write was behind the primary's when it was connected to: 0 for a primary, or
    /// a server that is alone; nothing for a secondary whose set has no primary.
    std::optional<std::chrono::milliseconds> behind() const noexcept { return behind_; }
    /// Something went wrong on it that a new one may not have.
    void mark_failed() noexcept { failed_ = true; }
    bool has_failed() const noexcept { return failed_; }

private:
    struct destroy
    {
        void operator()(mongoc_client_t* client) const noexcept { mongoc_client_destroy(client); }
        void operator()(mongoc_client_session_t* session) const noexcept
        {
            mongoc_client_session_destroy(session);
        }
    };

    mongo_uri uri_;
    std::unique_ptr<mongoc_client_t, destroy> client_;
    std::unique_ptr<mongoc_client_session_t, destroy> session_;
    command how_;
    bool has_snapshots_ = false;
    std::optional<std::chrono::milliseconds> behind_;
    bool failed_ = false;
};

} // namespace pryv_export::source
