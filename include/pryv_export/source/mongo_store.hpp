#pragma once

#include "pryv_export/source/document_store.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace pryv_export::source {

struct mongo_options
{
    /// mongodb:// or mongodb+srv://, with all that libmongoc takes in it (replicaSet, authSource,
    /// readPreference, compressors, tls…). Holds the password: never shown, see `shown_as`.
    std::string uri;
    /// What messages and the report call the server: "MongoDB 127.0.0.1:27017". Empty: the URI's hosts.
    std::string shown_as;
    std::string database_name = "pryv-node";
    std::string user;     ///< goes over the URI's, with `password`; empty: as in the URI
    std::string password; ///< never shown
    std::optional<std::filesystem::path> tls_ca_file;     ///< PEM; also turns TLS on
    std::optional<std::filesystem::path> tls_client_file; ///< PEM, certificate and key; also turns TLS on
    bool tls_insecure = false;                            ///< no check of the server's certificate

    /// Collections that have no index on userId are copied there, once, instead of being searched again and
    /// again (private, removed at the end).
    std::filesystem::path spool_folder;
    std::size_t connections = 4; ///< most connections that commands run on at the same time
    std::size_t batch_bytes = 1U << 20;
    /// Documents that were fetched and not asked for yet hold at most this (and one range more per user
    /// who waits).
    std::uint64_t read_ahead_bytes = 64ULL << 20;
    /// How long a server may stay away before the export ends (status 75).
    std::chrono::milliseconds give_up_after{120'000};
    std::chrono::milliseconds first_pause{
        100}; ///< between attempts; doubles up to a hundredfold, with jitter
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds answer_timeout{60'000}; ///< for one command
    /// Set from elsewhere to stop: waiting calls then throw export_error{interrupted}.
    const std::atomic<bool>* stop = nullptr;
};

/// Connects to a live MongoDB (or FerretDB) and counts what each user has there. Users are read in the order
/// of prepare(): small ones many at a time with one command, large ones in several ranges of `_id` on several
/// connections; within a user the order is that of `_id`, as in a mongodump. What was fetched ahead is
/// bounded. A range that fails half-way is fetched again as a whole before anybody sees a part of it.
///
/// Throws export_error: bad_config for a wrong URI or TLS file, unreachable (refused, unknown host, TLS,
/// timeout), denied (login or rights), source_missing when the database has no collection.
std::unique_ptr<document_store> open_mongo(mongo_options options);

} // namespace pryv_export::source
