#pragma once

#include "expected.hpp"
#include "plan.hpp"
#include "records.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sample {

/// Appends to the plan the users that odd records live with; each is named for
/// its oddity (`dirty-nul`) and has a few clean records too.
void add_dirty_users(deployment& plan);

/// Odd documents, kept apart by where their `_id` sorts in a dump.
struct dirty_documents
{
    bson_out numbers_first; ///< events whose `_id` sorts before all texts
    record_buffers texts;   ///< events with the greatest text ids; all of the other collections
    bson_out objects_last;  ///< events whose `_id` sorts after all texts and ObjectIds
    std::vector<std::pair<std::string, std::string>> index;    ///< username, userId
    std::vector<std::pair<std::string, std::string>> platform; ///< key, value
};

/// Builds them and enters each into `expected`.
dirty_documents make_dirty_documents(const deployment& plan, expectation& expected);

/// Damages and adds files below var-pryv, after the clean ones are written.
void write_dirty_files(const deployment& plan, expectation& expected);

} // namespace sample
