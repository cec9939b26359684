#pragma once

#include "dump_files.hpp"
#include "server.hpp"

#include <cstdint>
#include <string>

namespace load_dump {

/// Inserts all documents of a collection in the order of its file; how many. Throws std::runtime_error naming
/// the collection and the document's _id when the server refuses one.
std::int64_t load_collection(const std::string& uri, server& to, const collection_file& from);

} // namespace load_dump
