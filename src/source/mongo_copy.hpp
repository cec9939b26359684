#pragma once

#include "mongo_fetch.hpp"

#include <filesystem>
#include <string>

namespace pryv_export::source {

/// Blocking: copies a collection of the main database in the order of `_id` into `folder`, as mongodump
/// would: `<collection>.bson`. One pass, on one connection. Throws export_error.
void copy_collection(mongo_context& context, const std::string& collection,
                     const std::filesystem::path& folder);

} // namespace pryv_export::source
