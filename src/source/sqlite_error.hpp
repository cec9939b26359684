#pragma once

#include "pryv_export/base/error.hpp"

#include <string_view>

struct sqlite3;

namespace pryv_export::source {

/// The export_error for an SQLite result code: cause "is damaged …", "is locked …", "is no SQLite database
/// …", "cannot be read …". `thing` names the file (and table and row), `message` is SQLite's own.
export_error sqlite_error(int code, std::string_view message, std::string_view thing);
/// The same with the last message of `handle`, which may be null.
export_error sqlite_error(sqlite3* handle, int code, std::string_view thing);

} // namespace pryv_export::source
