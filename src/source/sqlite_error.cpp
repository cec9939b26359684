#include "sqlite_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace pryv_export::source {

namespace {

constexpr std::string_view keep_a_copy =
    "keep a copy of the file, repair it with `sqlite3 FILE .recover` and run again";

} // namespace

export_error sqlite_error(int code, std::string_view message, std::string_view thing)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
        return {exit_status::io_error, thing, fmt::format("is damaged ({})", message), keep_a_copy};
    case SQLITE_NOTADB:
        return {exit_status::io_error, thing, "is no SQLite database, or is encrypted",
                "v1 writes plain SQLite files; restore this one from a backup"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {exit_status::io_error, thing, "is locked by another process",
                "stop v1's API, or whatever holds the file, and run again"};
    case SQLITE_PERM:
    case SQLITE_AUTH: return {exit_status::denied, thing, fmt::format("may not be read ({})", message)};
    case SQLITE_TOOBIG:
        return {exit_status::io_error, thing, "holds a value larger than this program reads (256 MiB)"};
    default: return {exit_status::io_error, thing, fmt::format("cannot be read ({})", message)};
    }
}

export_error sqlite_error(sqlite3* handle, int code, std::string_view thing)
{
    return sqlite_error(code, handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code), thing);
}

} // namespace pryv_export::source
