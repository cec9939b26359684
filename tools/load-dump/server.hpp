#pragma once

#include "pryv_export/format/bson.hpp"

#include <cstdint>
#include <memory>
#include <mongoc/mongoc.h>
#include <span>
#include <string>

namespace load_dump {

struct mongoc_delete
{
    void operator()(mongoc_client_t* client) const noexcept { mongoc_client_destroy(client); }
    void operator()(mongoc_collection_t* collection) const noexcept { mongoc_collection_destroy(collection); }
    void operator()(mongoc_bulk_operation_t* bulk) const noexcept { mongoc_bulk_operation_destroy(bulk); }
    void operator()(mongoc_uri_t* uri) const noexcept { mongoc_uri_destroy(uri); }
};

/// Owns a bson_t, whose alignment keeps it out of standard containers.
class bson_document
{
public:
    bson_document() noexcept { bson_init(&value); }
    /// Throws std::runtime_error when the JSON is none: a mistake of ours.
    explicit bson_document(const std::string& json);
    bson_document(const bson_document&) = delete;
    bson_document& operator=(const bson_document&) = delete;
    ~bson_document() { bson_destroy(&value); }

    bson_t value;
};

/// How an ordered bulk insert ended.
struct insert_result
{
    std::string error;         ///< empty: all are stored
    std::int64_t refused = -1; ///< place in the batch, -1 when the server named none
    std::int32_t code = 0;     ///< MongoDB's code of the refusal
};

class server
{
public:
    /// Throws std::runtime_error when the URI is none or nobody answers.
    explicit server(const std::string& uri);

    /// FerretDB knows fewer index options (v1's setting database:isFerret).
    bool is_ferret() const noexcept { return is_ferret_; }

    /// Throws std::runtime_error with the server's words.
    void drop_database(const std::string& database);
    std::int64_t count(const std::string& database, const std::string& collection);
    /// Runs one command; its error text, empty when it succeeded.
    std::string run(const std::string& database, const bson_document& command,
                    bson_document* reply = nullptr);
    insert_result insert(const std::string& database, const std::string& collection,
                         std::span<const pryv_export::format::bson_bytes> documents);

private:
    std::unique_ptr<mongoc_client_t, mongoc_delete> client_;
    bool is_ferret_ = false;
};

} // namespace load_dump
