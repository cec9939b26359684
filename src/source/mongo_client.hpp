#pragma once

#include "pryv_export/source/mongo_store.hpp"

#include "mongo_command.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::source {

class mongo_connection;

/// All connections to one server or set.
class mongo_client_pool
{
public:
    /// Throws export_error{bad_config}.
    explicit mongo_client_pool(const mongo_options& options);
    ~mongo_client_pool();
    mongo_client_pool(const mongo_client_pool&) = delete;
    mongo_client_pool& operator=(const mongo_client_pool&) = delete;

    /// Blocking. One attempt to connect, without login; throws mongo_failure.
    void reach();
    const std::string& name() const noexcept { return name_; }
    bool uses_tls() const;

    /// Blocking. Where the server can (replica sets since MongoDB 5.0), all later reads show the data of this
    /// moment; throws mongo_failure when the server is away. The server keeps a moment for some minutes.
    void begin_snapshot(const std::string& database, std::string_view collection);
    /// Later reads show the data of their own time again.
    void end_snapshot();
    /// What an operator should know of the servers that were read from.
    std::vector<std::string> warnings() const;

private:
    friend class mongo_session;
    std::shared_ptr<const mongoc_uri_t> uri() const;
    std::unique_ptr<mongo_connection> take();
    void give_back(std::unique_ptr<mongo_connection> connection) noexcept;
    void note_server(const mongo_connection& connection);
    void lose_snapshot();

    struct state;
    std::unique_ptr<state> state_;
    std::string name_;
};

/// One connection for commands that belong together: the same server, the same session. Takes it out of the
/// pool (waits until one is free or may be made) and gives it back at its end, unless something failed on
/// it: then the next one is a new one. One thread at a time.
class mongo_session
{
public:
    /// Blocking; throws mongo_failure.
    explicit mongo_session(mongo_client_pool& pool);
    ~mongo_session();
    mongo_session(const mongo_session&) = delete;
    mongo_session& operator=(const mongo_session&) = delete;

    /// Blocking; throws mongo_failure.
    reply run(const std::string& database, const command& what);
    /// The same for a read, from the snapshot if there is one.
    reply read(const std::string& database, const command& what);
    /// The server can read from snapshots.
    bool has_snapshots() const noexcept;

private:
    mongo_client_pool& pool_;
    std::unique_ptr<mongo_connection> connection_;
};

} // namespace pryv_export::source
