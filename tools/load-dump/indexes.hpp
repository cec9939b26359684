#pragma once

#include "server.hpp"

#include <string>
#include <vector>

namespace load_dump {

/// Creates the indexes that v1 has on a collection of this name (docs/v1-data.md 1.16), on FerretDB as v1
/// does with database:isFerret. Returns a line for each that the server refused.
std::vector<std::string> create_indexes(server& to, const std::string& database,
                                        const std::string& collection);

} // namespace load_dump
