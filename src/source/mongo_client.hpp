#pragma once

#include "pryv_export/format/bson.hpp"
#include "pryv_export/source/mongo_store.hpp"

#include <functional>
#include <memory>
#include <mongoc/mongoc.h>
#include <string>
#include <string_view>
#include <utility>

/// Connections and commands: the only place, with mongo_error, that knows libmongoc.
namespace pryv_export::source {

/// A BSON document that is built for a command.
class command
{
public:
    command() : bson_{bson_new()} {}
    ~command() { bson_destroy(bson_); }
    command(command&& from) noexcept : bson_{std::exchange(from.bson_, nullptr)}, items_{from.items_} {}
    command& operator=(command&& from) noexcept
    {
        std::swap(bson_, from.bson_);
        items_ = from.items_;
        return *this;
    }

    command& add(std::string_view key, std::string_view text);
    command& add(std::string_view key, std::int64_t number);
    command& add(std::string_view key, const command& document);
    command& add_flag(std::string_view key, bool value);
    command& add_array(std::string_view key, const command& array);
    /// A value as it was read from the server.
    command& add(std::string_view key, const format::bson_element& value);
    /// The next item of an array that is built.
    command& push(std::string_view text);
    command& push(const command& document);

    command copy() const
    {
        command made;
        bson_concat(made.bson_, bson_);
        return made;
    }
    const bson_t* get() const noexcept { return bson_; }
    format::bson_bytes bytes() const noexcept { return {bson_get_data(bson_), bson_->len}; }

private:
    bson_t* bson_;
    std::uint32_t items_ = 0;
};

/// {key: value}
template <class T>
command one(std::string_view key, const T& value)
{
    command made;
    made.add(key, value);
    return made;
}

/// A server's answer, with the memory that it came in.
struct reply
{
    std::shared_ptr<const std::uint8_t> owner;
    format::bson_bytes bytes;
};

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
    void reach() const;
    const std::string& name() const noexcept { return name_; }
    bool uses_tls() const;

    /// Blocking. Where the server can (replica sets since MongoDB 5.0), all later reads show the data of this
    /// moment; throws mongo_failure when the server is away. The server keeps a moment for some minutes.
    void begin_snapshot(const std::string& database, std::string_view collection);
    /// Later reads show the data of their own time again.
    void end_snapshot();
    /// The server forgot it before the end: reads went on without.
    bool lost_snapshot() const;

private:
    friend class mongo_session;
    void lose_snapshot();

    struct state;
    std::unique_ptr<state> state_;
    std::string name_;
};

/// One connection for commands that belong together: the same server, the same session. Takes a client out
/// of the pool (waits until one is free) and gives it back at its end. One thread at a time.
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
    bool has_snapshots() const noexcept { return has_snapshots_; }

private:
    mongo_client_pool& pool_;
    mongoc_client_t* client_ = nullptr;
    mongoc_client_session_t* session_ = nullptr;
    bson_t* how_ = nullptr;
    bool has_snapshots_ = false;
};

/// What of a cursor's reply is asked for: true goes on, false kills the cursor.
using batch_visitor = std::function<bool(const reply& owner, format::bson_bytes documents)>;

/// Blocking: runs a command that answers with a cursor (find, aggregate, listCollections…) and hands every
/// batch on as it comes. Throws mongo_failure, export_error{interrupted} when `stop` is set (the cursor is
/// killed then), and what `visit` throws.
void run_cursor(mongo_session& session, const std::string& database, const command& what,
                std::int64_t batch_documents, const std::atomic<bool>* stop, const batch_visitor& visit);

/// Each document of a batch (an array). Throws mongo_failure when the array is broken.
void for_each_in(format::bson_bytes array, const std::function<void(format::bson_bytes document)>& visit);

} // namespace pryv_export::source
