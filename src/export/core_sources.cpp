#include "core_sources.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/convert/collections.hpp"
#include "pryv_export/format/bson.hpp"
#include "pryv_export/runtime/start_beside.hpp"
#include "pryv_export/source/mongo_store.hpp"
#include "pryv_export/source/mongodump_store.hpp"
#include "pryv_export/source/user_files.hpp"

#include "core_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <unordered_set>

namespace pryv_export::exporting {

namespace {

constexpr std::uint64_t small_database_bytes = 4U << 20;

/// A folder in memory for copies of small databases; none where the system has no room for that.
std::optional<private_folder> folder_in_memory()
{
    std::error_code error;
    std::filesystem::path const shared_memory{"/dev/shm"};
    auto const space = std::filesystem::space(shared_memory, error);
    if (error || space.available < 16 * small_database_bytes) return std::nullopt;
    try {
        return private_folder{shared_memory};
    } catch (const export_error&) {
        return std::nullopt;
    }
}

std::string percent_encoded(std::string_view text)
{
    std::string encoded;
    for (char const c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain)
            encoded += c;
        else
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

/// As v1 builds it (docs/v1-data.md 1.1); one host, whatever names a replica set gives its members.
std::string mongo_uri_of(const config::database_config& database, const mongo_source_options& options)
{
    std::string const& user = options.user.empty() ? database.auth_user : options.user;
    std::string const& password =
        options.password.empty() ? database.auth_password.reveal() : options.password.reveal();
    std::string login;
    if (!user.empty()) login = fmt::format("{}:{}@", percent_encoded(user), percent_encoded(password));
    bool const v6 = database.host.find(':') != std::string::npos && !database.host.starts_with('[');
    std::string const host = v6 ? fmt::format("[{}]", database.host) : database.host;
    bool const plain = database.is_ferret && !user.empty();
    return fmt::format("mongodb://{}{}:{}/{}?directConnection=true{}", login, host, database.port,
                       plain ? "ferretdb" : "", plain ? "&authMechanism=PLAIN" : "");
}

std::unique_ptr<source::document_store> open_live_store(const config::v1_config& config,
                                                        const export_options& options,
                                                        const std::filesystem::path& scratch,
                                                        const std::atomic<bool>& stop)
{
    source::mongo_options mongo;
    mongo.spool_folder = scratch;
    const mongo_source_options& asked = options.mongo;
    const config::database_config& database = config.database;
    if (asked.uri.empty()) {
        mongo.uri = mongo_uri_of(database, asked);
    } else {
        mongo.uri = asked.uri.reveal();
        mongo.user = asked.user;
        mongo.password = asked.password.reveal();
    }
    mongo.database_name = database.name;
    mongo.tls_ca_file = asked.tls_ca_file;
    mongo.tls_client_file = asked.tls_client_file;
    mongo.tls_insecure = asked.tls_insecure;
    mongo.connections = asked.connections;
    mongo.batch_bytes = block_bytes;
    mongo.read_ahead_bytes = options.memory_bytes / 4;
    mongo.give_up_after = std::chrono::seconds{asked.give_up_after_seconds};
    if (database.connect_timeout_ms > 0)
        mongo.connect_timeout = std::chrono::milliseconds{std::min(database.connect_timeout_ms, 10'000U)};
    mongo.connect_timeout = std::min(mongo.connect_timeout, mongo.give_up_after);
    if (database.socket_timeout_ms > 0)
        mongo.answer_timeout = std::chrono::milliseconds{database.socket_timeout_ms};
    mongo.stop = &stop;
    return source::open_mongo(std::move(mongo));
}

std::unique_ptr<source::document_store> open_store(const config::v1_config& config,
                                                   const export_options& options,
                                                   const std::filesystem::path& scratch,
                                                   runtime::progress& progress, const std::atomic<bool>& stop)
{
    if (options.mongodump.empty()) return open_live_store(config, options, scratch, stop);
    source::mongodump_options dump;
    dump.folder = options.mongodump;
    dump.database_name = config.database.name;
    dump.spool_folder = scratch;
    dump.batch_bytes = block_bytes;
    dump.jobs = static_cast<unsigned>(options.jobs);
    dump.on_progress = [&progress](std::uint64_t done, std::uint64_t total) {
        progress.bytes_total = total;
        progress.bytes_done = done;
    };
    dump.stop = &stop;
    return source::open_mongodump(std::move(dump));
}

void for_each_document(source::document_cursor& cursor,
                       const std::function<void(const source::document&)>& visit)
{
    source::batch batch;
    while (cursor.next(batch)) {
        for (const auto& document : batch.documents) visit(document);
        batch = {};
    }
}

std::string text_of(format::bson_bytes document, std::string_view key)
{
    auto const element = format::find(document, key);
    return element && element->is_string() ? std::string{element->text()} : std::string{};
}

std::vector<std::pair<std::string, std::string>> read_mongo_index(source::document_store& documents)
{
    std::vector<std::pair<std::string, std::string>> index;
    auto cursor = documents.open_whole("id4name");
    if (!cursor) return index;
    for_each_document(**cursor, [&](const source::document& row) {
        std::string id = text_of(row.bytes, "userId");
        std::string name = text_of(row.bytes, "username");
        if (!id.empty() && !name.empty()) index.emplace_back(std::move(id), std::move(name));
    });
    return index;
}

/// In the Node tool's order: MongoDB when configured and not empty, else SQLite.
std::vector<std::pair<std::string, std::string>> read_index(const config::v1_config& config,
                                                            core_sources& sources)
{
    if (config.user_index_engine == config::engine::mongodb) {
        auto index = read_mongo_index(*sources.documents);
        if (!index.empty()) return index;
        sources.warnings.push_back("The configured user index (collection id4name) is empty or absent; "
                                   "user-index.db was read instead.");
    }
    std::vector<std::pair<std::string, std::string>> index;
    auto rows = source::read_user_index(*sources.sqlite, config.user_files_path / "user-index.db");
    if (!rows) {
        sources.warnings.push_back(
            fmt::format("There is no user index at {}: users are those with documents or folders.",
                        printable((config.user_files_path / "user-index.db").native())));
        return index;
    }
    for (auto& row : *rows) index.emplace_back(std::move(row.user_id), std::move(row.username));
    return index;
}

/// Groups the rows of a collection by user; rows of nobody go to `unattributed`.
template <class Row, class Read, class Keep>
void read_account_rows(source::document_store& documents, std::string_view collection,
                       convert::output& unattributed, Read read, Keep keep)
{
    auto cursor = documents.open_whole(collection);
    if (!cursor) return;
    for_each_document(**cursor, [&](const source::document& document) {
        std::string const user = text_of(document.bytes, "userId");
        std::optional<Row> row = user.empty() ? std::nullopt : read(document.bytes);
        if (row)
            keep(user, std::move(*row));
        else
            convert::set_aside({document.bytes, document.position}, collection, convert::rule::unattributable,
                               unattributed);
    });
}

void read_mongo_accounts(core_sources& sources)
{
    auto& accounts = sources.mongo_accounts.emplace();
    read_account_rows<convert::password>(
        *sources.documents, "passwords", sources.unattributed, convert::read_password,
        [&](const std::string& user, auto row) { accounts[user].passwords.push_back(std::move(row)); });
    read_account_rows<convert::key_value>(
        *sources.documents, "stores-key-value", sources.unattributed, convert::read_key_value,
        [&](const std::string& user, auto row) { accounts[user].key_values.push_back(std::move(row)); });
}

/// Names that only the register can tell: of users who have data, but no place in the index.
void read_names(const export_options& options, user_sources& found, std::vector<std::string>& warnings)
{
    std::unordered_set<std::string_view> nameless;
    for (const auto* const ids : {&found.in_documents, &found.folders})
        nameless.insert(ids->begin(), ids->end());
    for (const auto& [id, _] : found.index) nameless.erase(id);
    auto const folder = options.register_dir.value_or(options.output / "register");
    auto names =
        read_register_names(folder, warnings, [&](std::string_view id) { return nameless.contains(id); });
    if (names) {
        found.register_names = std::move(*names);
    } else if (options.register_dir) {
        throw export_error{exit_status::source_missing, options.register_dir->native(),
                           "holds no users.jsonl.gz or users.jsonl",
                           "name the folder that `pryv-export register` or export-register wrote"};
    }
}

struct folder_listing
{
    std::vector<std::string> users;
    std::vector<std::string> strangers;
};

std::future<folder_listing> start_listing(const config::v1_config& config, const export_options& options)
{
    return runtime::start_beside(options.jobs, [&config] {
        folder_listing found;
        found.users = source::list_user_folders(config.user_files_path, found.strangers);
        return found;
    });
}

/// The folders were listed before the index was read: a running v1 may have registered users in between.
void add_late_folders(const config::v1_config& config,
                      const std::vector<std::pair<std::string, std::string>>& index,
                      std::vector<std::string>& folders)
{
    std::size_t const listed = folders.size();
    auto const base = source::open_users_folder(config.user_files_path);
    for (const auto& [id, name] : index) {
        bool const known =
            std::binary_search(folders.begin(), folders.begin() + static_cast<std::ptrdiff_t>(listed), id);
        if (!known && source::open_user_folder(base, id).kind == path_kind::folder) folders.push_back(id);
    }
    std::sort(folders.begin(), folders.end());
}

user_sources find_users(const config::v1_config& config, const export_options& options, core_sources& sources,
                        std::future<folder_listing> listing)
{
    user_sources found;
    found.index = read_index(config, sources);
    found.in_documents = sources.documents->user_ids();
    auto folders = listing.get();
    add_late_folders(config, found.index, folders.users);
    found.folders = std::move(folders.users);
    sources.strangers = std::move(folders.strangers);
    read_names(options, found, sources.warnings);
    if (!sources.version.text.empty() && !sources.version.at_least(1, 8))
        found.event_names = names_from_events(*sources.documents);
    return found;
}

} // namespace

void refuse_output_in_sources(const config::v1_config& config, const export_options& options)
{
    std::error_code error;
    auto const output = std::filesystem::weakly_canonical(options.output, error);
    for (const auto& source : {config.user_files_path, config.attachments_path, options.mongodump}) {
        if (source.empty()) continue;
        auto const folder = std::filesystem::weakly_canonical(source, error);
        auto const parts = std::mismatch(folder.begin(), folder.end(), output.begin(), output.end());
        if (parts.first != folder.end()) continue;
        throw export_error{exit_status::cannot_create, options.output.native(),
                           fmt::format("lies in {}, which is read", printable(source.native())),
                           "name an output outside of v1's data"};
    }
}

core_sources open_core_sources(const config::v1_config& config, const export_options& options,
                               const std::filesystem::path& scratch_parent, runtime::progress& progress,
                               const std::atomic<bool>& stop)
{
    core_sources sources{.scratch = private_folder{scratch_parent},
                         .memory_scratch = folder_in_memory(),
                         .sqlite = {},
                         .documents = {},
                         .version = {},
                         .users = {},
                         .strangers = {},
                         .mongo_accounts = {},
                         .unattributed = {},
                         .warnings = {}};
    sources.sqlite = std::make_unique<source::sqlite_opener>(sources.scratch.path());
    if (sources.memory_scratch)
        sources.sqlite->use_memory_folder(sources.memory_scratch->path(), small_database_bytes);
    progress.begin(options.mongodump.empty() ? "counting" : "reading the dump");
    auto listing = start_listing(config, options);
    sources.documents = open_store(config, options, sources.scratch.path(), progress, stop);
    sources.version = read_version(*sources.documents);
    if (auto note = check_version(sources.version, options.force_version); !note.empty())
        sources.warnings.push_back(std::move(note));
    if (config.account_engine == config::engine::mongodb) read_mongo_accounts(sources);

    sources.users = join_users(find_users(config, options, sources, std::move(listing)));
    if (sources.users.users.empty() && !options.allow_empty) {
        throw export_error{exit_status::source_missing, config.user_files_path.native(),
                           "no user was found, neither there nor in MongoDB",
                           "check the paths, or give --allow-empty when this core has no users"};
    }
    select_users(sources.users, options.users);
    return sources;
}

void prepare_sources(core_sources& sources, runtime::progress& progress)
{
    progress.begin("regrouping");
    std::vector<std::string> order;
    order.reserve(sources.users.users.size());
    for (const auto& user : sources.users.users) order.push_back(user.id);
    sources.documents->prepare(order);
}

} // namespace pryv_export::exporting
