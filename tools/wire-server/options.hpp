#pragma once

#include "faults.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wire {

struct options
{
    std::filesystem::path dump;
    std::uint16_t port = 0;
    std::filesystem::path tls_certificate;
    std::filesystem::path tls_key;
    std::filesystem::path tls_ca;  ///< clients must show a certificate that it signed
    std::filesystem::path tls_crl; ///< certificates that it took back
    bool tls_old = false;
    std::string user;
    std::string password;
    std::set<std::string> denied;
    std::string replica_set;
    std::vector<std::string> members; ///< other hosts of the set
    std::string primary;              ///< not this one
    std::int64_t behind_seconds = 0;
    int max_wire_version = 17;
    bool no_sessions = false;
    bool no_max = false;
    std::set<std::string> omitted_indexes;
    std::set<std::string> views;
    std::set<std::string> capped;
    bool router = false;
    std::int64_t max_reply_bytes = 16 << 20;
    std::vector<fault> faults;
    std::filesystem::path stats;
    unsigned threads = 1;
};

/// Nothing when the program is to end with `status`.
std::optional<options> parse_options(int argc, char** argv, int& status);

} // namespace wire
