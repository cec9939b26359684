#pragma once

#include "mongo_client.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace pryv_export::source {

/// What of a cursor's reply is asked for: true goes on, false kills the cursor.
using batch_visitor = std::function<bool(const reply& owner, format::bson_bytes documents)>;

/// Blocking: runs a command that answers with a cursor (find, aggregate, listCollections…) and hands every
/// batch on as it comes. Throws mongo_failure, export_error{interrupted} when `stop` is set (the cursor is
/// killed then), and what `visit` throws.
void run_cursor(mongo_session& session, const std::string& database, const command& what,
                std::int64_t batch_documents, const std::atomic<bool>* stop, const batch_visitor& visit);

/// Each document of a batch (an array). Throws mongo_failure when the array is broken.
void for_each_in(format::bson_bytes array, const std::function<void(format::bson_bytes document)>& visit);

} // namespace pryv_export::source
