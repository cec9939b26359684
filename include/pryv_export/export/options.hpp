#pragma once

#include "pryv_export/archive/compress.hpp"
#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/config/secret.hpp"
#include "pryv_export/convert/rules.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::exporting {

/// How to reach a live MongoDB, where that is not as v1's configuration says.
struct mongo_source_options
{
    config::secret uri; ///< empty: from v1's configuration
    std::string user;   ///< empty: as in the URI or the configuration
    config::secret password;
    std::optional<std::filesystem::path> tls_ca_file;
    std::optional<std::filesystem::path> tls_client_file;
    bool tls_insecure = false;
    std::size_t connections = 4;
    std::uint32_t give_up_after_seconds = 120;
};

/// What the operator asked for. Defaults are the program's.
struct export_options
{
    std::filesystem::path output;
    archive::output_folder::existing if_exists = archive::output_folder::existing::refuse;
    std::filesystem::path mongodump; ///< folder of the dump; empty: a live MongoDB
    mongo_source_options mongo;
    std::optional<std::filesystem::path> register_dir; ///< folder with users.jsonl[.gz]; else OUTPUT/register
    std::string register_name;      ///< how the register calls this core; empty: where most of its users are
    std::vector<std::string> users; ///< ids or names; empty: all
    std::uint64_t target_file_bytes = 50ULL << 20; ///< raw bytes after which a chunk closes
    archive::encoding encoding;
    convert::integrity_mode integrity = convert::integrity_mode::automatic;
    std::size_t jobs = 1;
    std::size_t users_in_flight = 0; ///< 0: chosen from jobs
    std::uint64_t memory_bytes = 256ULL << 20;
    std::optional<std::filesystem::path>
        spool_dir; ///< for unpacked and regrouped dumps and SQLite copies; else OUTPUT/.partial
    bool fail_fast = false;
    bool allow_empty = false; ///< zero users is an error without
    bool force_version = false;
    std::vector<std::filesystem::path> report_files; ///< *.html: as a page; others: copies of report.json
};

} // namespace pryv_export::exporting
