#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace pryv_export::source {

/// How to reach a Redis server and log in.
struct redis_options
{
    std::string host = "127.0.0.1"; ///< a name or an address
    std::uint16_t port = 6379;
    std::optional<std::filesystem::path> socket; ///< a Unix socket instead of host and port; never with TLS
    std::string user;                            ///< of an ACL (Redis 6); empty: the default user
    std::string password;                        ///< empty: no login; never shown
    std::uint32_t database = 0;

    bool tls = false; ///< also on with one of the files
    std::optional<std::filesystem::path>
        tls_ca_file; ///< PEM of the authorities that are trusted; else the system's
    std::optional<std::filesystem::path> tls_client_file; ///< PEM, certificate and key without a passphrase
    bool tls_insecure = false;                            ///< no check of the server's certificate

    std::chrono::milliseconds connect_timeout{10'000}; ///< for each of resolving, connecting and TLS
    std::chrono::milliseconds answer_timeout{60'000};  ///< without a byte from the server
    /// How long a server that was reached once may stay away, or may be loading, before the export ends.
    std::chrono::milliseconds give_up_after{120'000};
    std::chrono::milliseconds first_pause{
        100}; ///< between attempts; doubles up to a hundredfold, with jitter
};

/// What messages call the server: "Redis 127.0.0.1:6379", "Redis /run/redis/redis.sock".
std::string name_of(const redis_options& options);

} // namespace pryv_export::source
