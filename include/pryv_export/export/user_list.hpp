#pragma once

#include "pryv_export/source/document_store.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pryv_export::exporting {

struct user_entry
{
    std::string id;
    std::string name;
    std::string name_from; ///< "index", "register", "account event", "id"
    bool in_index = false;
    bool has_folder = false;
};

/// What is known before users are put in order. Ids and names are as found: they can hold anything.
struct user_sources
{
    std::vector<std::pair<std::string, std::string>> index;         ///< (id, name) in index order
    std::map<std::string, std::string, std::less<>> register_names; ///< id → name
    std::vector<std::string> in_documents;                          ///< ids seen in the user collections
    std::vector<std::string> folders;                               ///< ids that have a folder
    std::map<std::string, std::string, std::less<>>
        event_names; ///< id → name from account events of old stores
};

struct user_list
{
    std::vector<user_entry> users; ///< index order, then those with documents by id, then folders
    std::vector<std::string> not_in_index;
    std::vector<std::string> index_only;
    std::vector<std::string> warnings;
};

/// Joins all sources of users: pure. Every id occurs once; every name occurs once (v2 refuses a second one:
/// the later user gets its id as name, with a warning).
user_list join_users(const user_sources& sources);

/// Keeps the users that `wanted` names by id or by name. Throws export_error{source_missing} for a wish that
/// nobody fulfils.
void select_users(user_list& list, const std::vector<std::string>& wanted);

/// True for names that v2's API can route: 5–60 of a-z, 0-9 and '-', no '-' at the ends (docs/v2-archive.md
/// 4).
bool is_routable_name(std::string_view name) noexcept;

/// Blocking. `users.jsonl.gz` or `users.jsonl` of a register export: id → username. nullopt when there is
/// neither. Rows without usable id, the fixture account (id "0") and ids that are not `wanted` (none: all
/// are) are skipped: a register has the users of all cores. Broken lines become warnings.
std::optional<std::map<std::string, std::string, std::less<>>>
read_register_names(const std::filesystem::path& folder, std::vector<std::string>& warnings,
                    const std::function<bool(std::string_view id)>& wanted = {});

/// Blocking. User id → name, of the users who have it in their account events (stores before 1.8).
std::map<std::string, std::string, std::less<>> names_from_events(source::document_store& documents);

} // namespace pryv_export::exporting
