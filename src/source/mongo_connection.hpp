#pragma once

#include "pryv_export/source/mongo_store.hpp"

#include "mongo_command.hpp"

#include <atomic>
#include <memory>
#include <mongoc/mongoc.h>

namespace pryv_export::source {

struct uri_destroy
{
    void operator()(mongoc_uri_t* uri) const noexcept { mongoc_uri_destroy(uri); }
};
using mongo_uri = std::unique_ptr<mongoc_uri_t, uri_destroy>;

/// The URI of `options` with what else they ask for. Throws export_error{bad_config}, and what reading a TLS
/// file throws.
mongo_uri make_mongo_uri(const mongo_options& options);

/// A client of libmongoc, the server that it chose and a session there. It looks for servers by itself,
/// without a monitor on a thread beside it, so that all that it reads comes through checked streams. One
/// thread at a time.
class mongo_connection
{
public:
    /// Blocking: connects, without login. Throws mongo_failure, export_error{bad_config}.
    mongo_connection(const mongoc_uri_t* uri, const std::atomic<bool>* stop);
    ~mongo_connection();
    mongo_connection(const mongo_connection&) = delete;
    mongo_connection& operator=(const mongo_connection&) = delete;

    mongoc_client_t* client() const noexcept { return client_.get(); }
    /// Options of every command.
    const bson_t* how() const noexcept { return how_.get(); }
    /// The server can read from snapshots.
    bool has_snapshots() const noexcept { return has_snapshots_; }
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

    std::unique_ptr<mongoc_client_t, destroy> client_;
    std::unique_ptr<mongoc_client_session_t, destroy> session_;
    command how_;
    bool has_snapshots_ = false;
    bool failed_ = false;
};

} // namespace pryv_export::source
