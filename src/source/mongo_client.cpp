#include "mongo_client.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"

#include "mongo_error.hpp"
#include "mongo_stream.hpp"

#include <fmt/format.h>

#include <cstring>
#include <mutex>
#include <optional>

namespace pryv_export::source {

namespace {

int size_of(std::string_view text)
{
    return static_cast<int>(text.size());
}

/// libmongoc is set up once a process and prints nothing of its own.
void set_up_library()
{
    static bool const done = [] {
        mongoc_log_set_handler(nullptr, nullptr);
        mongoc_init();
        return true;
    }();
    static_cast<void>(done);
}

} // namespace

command& command::add(std::string_view key, std::string_view text)
{
    // libbson takes no address for null, even where there is nothing to read.
    const char* const data = text.empty() ? "" : text.data();
    bson_append_utf8(bson_, key.data(), size_of(key), data, size_of(text));
    return *this;
}

command& command::add(std::string_view key, std::int64_t number)
{
    if (number >= INT32_MIN && number <= INT32_MAX)
        bson_append_int32(bson_, key.data(), size_of(key), static_cast<std::int32_t>(number));
    else
        bson_append_int64(bson_, key.data(), size_of(key), number);
    return *this;
}

command& command::add(std::string_view key, const command& document)
{
    bson_append_document(bson_, key.data(), size_of(key), document.get());
    return *this;
}

command& command::add_flag(std::string_view key, bool value)
{
    bson_append_bool(bson_, key.data(), size_of(key), value);
    return *this;
}

command& command::add_array(std::string_view key, const command& array)
{
    bson_append_array(bson_, key.data(), size_of(key), array.get());
    return *this;
}

command& command::add(std::string_view key, const format::bson_element& value)
{
    // The element as a document of its own, so that libbson copies a value of any type.
    std::string whole(4, '\0');
    whole.push_back(static_cast<char>(value.type));
    whole.push_back('\0');
    whole.append(reinterpret_cast<const char*>(value.value.data()), value.value.size());
    whole.push_back('\0');
    auto const size = static_cast<std::int32_t>(whole.size());
    std::memcpy(whole.data(), &size, sizeof size);
    bson_t document;
    bson_iter_t at;
    if (!bson_init_static(&document, reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size()) ||
        !bson_iter_init(&at, &document) || !bson_iter_next(&at))
        throw mongo_failure{"a value of the server's reply cannot be read"};
    bson_append_iter(bson_, key.data(), size_of(key), &at);
    return *this;
}

command& command::push(std::string_view text)
{
    return add(std::to_string(items_++), text);
}

command& command::push(const command& document)
{
    return add(std::to_string(items_++), document);
}

struct mongo_client_pool::state
{
    struct uri_destroy
    {
        void operator()(mongoc_uri_t* uri) const noexcept { mongoc_uri_destroy(uri); }
    };
    struct pool_destroy
    {
        void operator()(mongoc_client_pool_t* pool) const noexcept { mongoc_client_pool_destroy(pool); }
    };
    std::unique_ptr<mongoc_uri_t, uri_destroy> uri;
    std::unique_ptr<mongoc_client_pool_t, pool_destroy> pool;
    const std::atomic<bool>* stop = nullptr;
    std::mutex mutex;              ///< of what follows
    std::optional<command> moment; ///< readConcern of the snapshot
    bool snapshot_lost = false;
};

namespace {

export_error bad_uri(std::string_view cause)
{
    return {exit_status::bad_config, "--mongo-uri", cause, "write it as mongodb://HOST:PORT/?OPTIONS"};
}

/// A password with an '@' in it that is not encoded would put its rest into the host's name, and that into
/// messages and name look-ups.
bool splits_password(std::string_view uri)
{
    std::size_t const scheme = uri.find("://");
    if (scheme == uri.npos) return false;
    std::string_view const rest = uri.substr(scheme + 3);
    std::string_view const authority = rest.substr(0, rest.find_first_of("/?"));
    return authority.find('@') != authority.rfind('@');
}

void set_default(mongoc_uri_t* uri, const char* option, std::int64_t value)
{
    if (!mongoc_uri_has_option(uri, option))
        mongoc_uri_set_option_as_int32(uri, option, static_cast<std::int32_t>(value));
}

/// libmongoc says no more of a file that it cannot read than that TLS failed.
void set_file(mongoc_uri_t* uri, const char* option, const std::optional<std::filesystem::path>& file)
{
    if (!file) return;
    static_cast<void>(read_small_file(*file, 4U << 20));
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLS, true);
    mongoc_uri_set_option_as_utf8(uri, option, file->c_str());
}

std::string hosts_of(const mongoc_uri_t* uri)
{
    if (const char* const service = mongoc_uri_get_srv_hostname(uri)) return service;
    std::string hosts;
    for (auto const* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next)
        hosts += (hosts.empty() ? "" : ",") + std::string{host->host_and_port};
    return hosts;
}

} // namespace

mongo_client_pool::mongo_client_pool(const mongo_options& options) : state_{std::make_unique<state>()}
{
    set_up_library();
    state_->stop = options.stop;
    bson_error_t error{};
    if (!splits_password(options.uri))
        state_->uri.reset(mongoc_uri_new_with_error(options.uri.c_str(), &error));
    auto* const uri = state_->uri.get();
    // The library's message can quote the URI, and with it a password.
    if (uri == nullptr)
        throw bad_uri("is no MongoDB URI (special characters of a password must be %-encoded)");
    if (!options.user.empty() && !mongoc_uri_set_username(uri, options.user.c_str()))
        throw bad_uri("the user's name is no UTF-8");
    if (!options.password.empty() && !mongoc_uri_set_password(uri, options.password.c_str()))
        throw bad_uri("the password is no UTF-8");
    set_default(uri, MONGOC_URI_CONNECTTIMEOUTMS, options.connect_timeout.count());
    set_default(uri, MONGOC_URI_SOCKETTIMEOUTMS, options.answer_timeout.count());
    set_default(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, options.connect_timeout.count());
    set_file(uri, MONGOC_URI_TLSCAFILE, options.tls_ca_file);
    set_file(uri, MONGOC_URI_TLSCERTIFICATEKEYFILE, options.tls_client_file);
    if (options.tls_insecure) {
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLS, true);
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLSINSECURE, true);
    }
    mongoc_uri_set_appname(uri, "pryv-export");
    state_->pool.reset(mongoc_client_pool_new_with_error(uri, &error));
    if (!state_->pool) throw bad_uri("its options do not fit together, or its SRV record is not found");
    mongoc_client_pool_set_error_api(state_->pool.get(), MONGOC_ERROR_API_VERSION_2);
    mongoc_client_pool_max_size(state_->pool.get(), static_cast<std::uint32_t>(options.connections));
    name_ = options.shown_as.empty() ? "MongoDB " + printable(hosts_of(uri)) : options.shown_as;
}

mongo_client_pool::~mongo_client_pool() = default;

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

bool mongo_client_pool::lost_snapshot() const
{
    std::lock_guard const lock{state_->mutex};
    return state_->snapshot_lost;
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
    return mongoc_uri_get_tls(state_->uri.get());
}

/// A client outside of the pool gives up at the first refusal, where one of a pool waits for the server to
/// appear.
void mongo_client_pool::reach() const
{
    bson_error_t error{};
    std::unique_ptr<mongoc_client_t, void (*)(mongoc_client_t*)> const client{
        mongoc_client_new_from_uri_with_error(state_->uri.get(), &error), mongoc_client_destroy};
    if (!client) throw mongo_failure{error};
    auto* const server = mongoc_client_select_server(client.get(), false,
                                                     mongoc_uri_get_read_prefs_t(state_->uri.get()), &error);
    if (server == nullptr) throw mongo_failure{error};
    mongoc_server_description_destroy(server);
}

namespace {

bool takes_read_concern(const command& what)
{
    format::bson_reader members{what.bytes()};
    format::bson_element name;
    return members.next(name) && (name.key == "find" || name.key == "aggregate");
}

/// MongoDB 5.0 and later, as a member of a replica set.
bool can_read_snapshots(const mongoc_server_description_t* server)
{
    constexpr double wire_version_of_5_0 = 13;
    auto const* const hello = mongoc_server_description_hello_response(server);
    format::bson_bytes const answer{bson_get_data(hello), hello->len};
    auto const version = format::find(answer, "maxWireVersion");
    return format::find(answer, "setName") && version && version->number().value_or(0) >= wire_version_of_5_0;
}

} // namespace

mongo_session::mongo_session(mongo_client_pool& pool)
    : pool_{pool}, client_{mongoc_client_pool_pop(pool.state_->pool.get())}
{
    mongoc_client_set_stream_initiator(client_, open_checked_stream,
                                       const_cast<std::atomic<bool>*>(pool.state_->stop));
    bson_error_t error{};
    auto* const server = mongoc_client_select_server(
        client_, false, mongoc_uri_get_read_prefs_t(pool.state_->uri.get()), &error);
    if (server == nullptr) {
        mongoc_client_pool_push(pool_.state_->pool.get(), client_);
        throw mongo_failure{error};
    }
    has_snapshots_ = can_read_snapshots(server);
    how_ = bson_new();
    BSON_APPEND_INT32(how_, "serverId", static_cast<std::int32_t>(mongoc_server_description_id(server)));
    mongoc_server_description_destroy(server);
    // A cursor belongs to the session of its find. Servers without sessions (FerretDB) do without.
    auto* const options = mongoc_session_opts_new();
    mongoc_session_opts_set_causal_consistency(options, false);
    session_ = mongoc_client_start_session(client_, options, &error);
    mongoc_session_opts_destroy(options);
    if (session_ != nullptr && !mongoc_client_session_append(session_, how_, &error)) {
        mongoc_client_session_destroy(session_);
        session_ = nullptr;
    }
}

mongo_session::~mongo_session()
{
    bson_destroy(how_);
    if (session_ != nullptr) mongoc_client_session_destroy(session_);
    mongoc_client_pool_push(pool_.state_->pool.get(), client_);
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
    bson_error_t error{};
    bson_t received;
    bool const ok = mongoc_client_command_with_opts(client_, database.c_str(), what.get(),
                                                    mongoc_uri_get_read_prefs_t(pool_.state_->uri.get()),
                                                    how_, &received, &error);
    if (!ok) {
        bson_destroy(&received);
        throw mongo_failure{error};
    }
    std::uint32_t size = 0;
    std::uint8_t* const bytes = bson_destroy_with_steal(&received, true, &size);
    if (bytes == nullptr) throw mongo_failure{"the server's reply is empty"};
    return {{bytes, [](const std::uint8_t* p) { bson_free(const_cast<std::uint8_t*>(p)); }}, {bytes, size}};
}

namespace {

struct cursor_reply
{
    std::int64_t id = 0;
    format::bson_bytes documents;
};

cursor_reply cursor_in(const reply& from)
{
    auto const cursor = format::find(from.bytes, "cursor");
    if (!cursor || cursor->type != format::bson_type::document)
        throw mongo_failure{"the server's reply holds no cursor"};
    cursor_reply found;
    auto batch = format::find(cursor->document(), "firstBatch");
    if (!batch) batch = format::find(cursor->document(), "nextBatch");
    auto const id = format::find(cursor->document(), "id");
    if (!batch || batch->type != format::bson_type::array || !id || !id->number())
        throw mongo_failure{"the server's reply holds no batch of documents"};
    found.documents = batch->document();
    found.id = id->type == format::bson_type::int64 ? id->int64() : static_cast<std::int64_t>(*id->number());
    return found;
}

/// The collection that getMore and killCursors name: "pryv-node.events" → "events".
std::string collection_in(const reply& from)
{
    auto const cursor = format::find(from.bytes, "cursor");
    auto const name = format::find(cursor->document(), "ns");
    if (!name || !name->is_string()) return {};
    std::string_view const text = name->text();
    return std::string{text.substr(text.find('.') + 1)};
}

void kill(mongo_session& session, const std::string& database, const std::string& collection,
          std::int64_t cursor) noexcept
{
    try {
        // Always as int64: servers refuse shorter ones.
        std::uint8_t bytes[8];
        std::memcpy(bytes, &cursor, sizeof bytes);
        format::bson_element const id{format::bson_type::int64, "0", {bytes, sizeof bytes}, 0};
        command ids;
        ids.add("0", id);
        command what = one("killCursors", std::string_view{collection});
        what.add_array("cursors", ids);
        session.run(database, what);
    } catch (const std::exception&) {
        // The server ends it by itself, with its connection or after ten minutes.
    }
}

constexpr std::size_t empty_array_bytes = 5;
constexpr unsigned most_empty_batches = 1000;

/// A server that answers with an error can keep the cursor; one that does not answer is not asked again.
reply next_batch(mongo_session& session, const std::string& database, const std::string& collection,
                 std::int64_t cursor, const command& get_more)
{
    constexpr int cursor_not_found = 43;
    try {
        return session.run(database, get_more);
    } catch (const mongo_failure& failure) {
        if (failure.code() != 0 && failure.code() != cursor_not_found)
            kill(session, database, collection, cursor);
        throw;
    }
}

} // namespace

void run_cursor(mongo_session& session, const std::string& database, const command& what,
                std::int64_t batch_documents, const std::atomic<bool>* stop, const batch_visitor& visit)
{
    auto const stopped = [stop] { return stop != nullptr && stop->load(std::memory_order_relaxed); };
    reply answer = session.read(database, what);
    cursor_reply cursor = cursor_in(answer);
    std::string const collection = collection_in(answer);
    unsigned empty_batches = 0;
    for (;;) {
        bool more = false;
        empty_batches = cursor.documents.size() > empty_array_bytes ? 0 : empty_batches + 1;
        if (empty_batches > most_empty_batches)
            throw mongo_failure{"the server sends empty batches without end"};
        try {
            more = !stopped() && visit(answer, cursor.documents);
        } catch (...) {
            if (cursor.id != 0) kill(session, database, collection, cursor.id);
            throw;
        }
        if (cursor.id == 0 && more) return;
        if (!more) {
            if (cursor.id != 0) kill(session, database, collection, cursor.id);
            if (stopped())
                throw export_error{exit_status::interrupted, collection,
                                   "stopped while reading from MongoDB"};
            return;
        }
        std::uint8_t bytes[8];
        std::memcpy(bytes, &cursor.id, sizeof bytes);
        format::bson_element const id{format::bson_type::int64, "", {bytes, sizeof bytes}, 0};
        command next;
        next.add("getMore", id);
        next.add("collection", std::string_view{collection});
        if (batch_documents > 0) next.add("batchSize", batch_documents);
        answer = next_batch(session, database, collection, cursor.id, next);
        cursor = cursor_in(answer);
    }
}

void for_each_in(format::bson_bytes array, const std::function<void(format::bson_bytes document)>& visit)
{
    format::bson_reader reader{array};
    format::bson_element item;
    while (reader.next(item)) {
        if (item.type != format::bson_type::document)
            throw mongo_failure{"the server's reply holds something else than documents"};
        visit(item.document());
    }
    if (reader.error() != format::bson_errc::ok)
        throw mongo_failure{
            fmt::format("the server's reply is broken: {}", format::describe(reader.error()))};
}

} // namespace pryv_export::source
