#include "server.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace load_dump {

namespace {

bool descend(const bson_document& document, const char* path, bson_iter_t& found)
{
    bson_iter_t iter;
    return bson_iter_init(&iter, &document.value) && bson_iter_find_descendant(&iter, path, &found);
}

insert_result refusal(const bson_document& reply, const bson_error_t& error)
{
    insert_result result{
        .error = error.message, .refused = -1, .code = static_cast<std::int32_t>(error.code)};
    bson_iter_t iter;
    if (descend(reply, "writeErrors.0.index", iter)) result.refused = bson_iter_as_int64(&iter);
    if (descend(reply, "writeErrors.0.code", iter))
        result.code = static_cast<std::int32_t>(bson_iter_as_int64(&iter));
    return result;
}

} // namespace

bson_document::bson_document(const std::string& json)
{
    bson_error_t error;
    if (!bson_init_from_json(&value, json.data(), static_cast<ssize_t>(json.size()), &error))
        throw std::runtime_error(fmt::format("{}: {}", json, error.message));
}

server::server(const std::string& uri)
{
    bson_error_t error;
    const std::unique_ptr<mongoc_uri_t, mongoc_delete> parsed{mongoc_uri_new_with_error(uri.c_str(), &error)};
    if (!parsed) throw std::runtime_error(fmt::format("not a MongoDB URI: {}", error.message));
    client_.reset(mongoc_client_new_from_uri(parsed.get()));
    if (!client_) throw std::runtime_error("the URI needs what this libmongoc lacks");
    mongoc_client_set_appname(client_.get(), "load-dump");
    mongoc_client_set_error_api(client_.get(), MONGOC_ERROR_API_VERSION_2);
    bson_document reply;
    if (const auto text = run("admin", bson_document{R"({"buildInfo":1})"}, &reply); !text.empty())
        throw std::runtime_error(fmt::format("no server: {}", text));
    is_ferret_ = bson_has_field(&reply.value, "ferretdbVersion");
}

std::string server::run(const std::string& database, const bson_document& command, bson_document* reply)
{
    bson_error_t error;
    bson_document unused;
    bson_t* const into = reply != nullptr ? &reply->value : &unused.value;
    // The driver initialises it anew.
    bson_destroy(into);
    if (mongoc_client_command_simple(client_.get(), database.c_str(), &command.value, nullptr, into, &error))
        return {};
    return fmt::format("{} (code {})", error.message, error.code);
}

void server::drop_database(const std::string& database)
{
    if (const auto text = run(database, bson_document{R"({"dropDatabase":1})"}); !text.empty())
        throw std::runtime_error(fmt::format("cannot drop {}: {}", database, text));
}

std::int64_t server::count(const std::string& database, const std::string& collection)
{
    bson_document command;
    BSON_APPEND_UTF8(&command.value, "count", collection.c_str());
    bson_document reply;
    const auto text = run(database, command, &reply);
    bson_iter_t n;
    if (!text.empty() || !descend(reply, "n", n))
        throw std::runtime_error(fmt::format("cannot count {}.{}: {}", database, collection, text));
    return bson_iter_as_int64(&n);
}

insert_result server::insert(const std::string& database, const std::string& collection,
                             std::span<const pryv_export::format::bson_bytes> documents)
{
    const std::unique_ptr<mongoc_collection_t, mongoc_delete> target{
        mongoc_client_get_collection(client_.get(), database.c_str(), collection.c_str())};
    const bson_document ordered{R"({"ordered":true})"};
    // The driver must neither judge nor change the documents: that is the server's part.
    const bson_document unchecked{R"({"validate":false})"};
    const std::unique_ptr<mongoc_bulk_operation_t, mongoc_delete> bulk{
        mongoc_collection_create_bulk_operation_with_opts(target.get(), &ordered.value)};
    bson_error_t error;
    for (std::size_t i = 0; i < documents.size(); ++i) {
        bson_t view;
        if (!bson_init_static(&view, documents[i].data(), documents[i].size()))
            return {.error = "not a document to libbson", .refused = static_cast<std::int64_t>(i)};
        if (!mongoc_bulk_operation_insert_with_opts(bulk.get(), &view, &unchecked.value, &error))
            return {.error = error.message, .refused = static_cast<std::int64_t>(i)};
    }
    bson_document reply;
    bson_destroy(&reply.value);
    if (mongoc_bulk_operation_execute(bulk.get(), &reply.value, &error) != 0) return {};
    return refusal(reply, error);
}

} // namespace load_dump
