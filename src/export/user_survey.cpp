#include "pryv_export/export/user_survey.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/source/user_files.hpp"

#include "user_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <system_error>

namespace pryv_export::exporting {

namespace {

constexpr std::array<std::string_view, part_count> part_names{"streams", "accesses", "profile", "webhooks",
                                                              "events",  "audit",    "account", "attachments",
                                                              "extra",   "manifest"};

using convert::kind;

struct counted_collection
{
    source::collection from;
    kind as;
    part into;
};
constexpr counted_collection counted_collections[] = {
    {source::collection::streams, kind::streams, part::streams},
    {source::collection::accesses, kind::accesses, part::accesses},
    {source::collection::profile, kind::profile, part::profile},
    {source::collection::webhooks, kind::webhooks, part::webhooks},
    {source::collection::followed_slices, kind::followed_slices, part::extra},
    {source::collection::events, kind::events, part::events},
};

/// With its log; 0 when there is none.
std::uint64_t bytes_of_database(const source::place& file)
{
    std::uint64_t bytes = 0;
    for (std::string_view const suffix : {"", "-wal"}) {
        std::error_code error;
        auto const size = std::filesystem::file_size(file.with_suffix(suffix).path(), error);
        if (!error) bytes += size;
    }
    return bytes;
}

std::uint64_t bytes_of(const convert::account& account)
{
    std::uint64_t bytes = 0;
    for (const auto& row : account.passwords) bytes += row.hash.size();
    for (const auto& row : account.key_values) bytes += row.key.size() + row.value_json.size();
    return bytes;
}

} // namespace

std::string_view name_of(part which) noexcept
{
    return part_names[at(which)];
}

part part_of(std::string_view name) noexcept
{
    std::string_view const head = name.substr(0, name.find_first_of("/."));
    auto const found = std::find(part_names.begin(), part_names.end(), head);
    return found == part_names.end() ? part::manifest : static_cast<part>(found - part_names.begin());
}

std::uint64_t user_survey::bytes_to_convert() const noexcept
{
    return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0}) - bytes[at(part::attachments)];
}

user_survey user_export::survey()
{
    user_survey found;
    // What is wrong with one source says nothing of the next.
    auto const attempt = [&](auto look) {
        try {
            (this->*look)(found);
        } catch (const export_error& error) {
            found.problems.emplace_back(error.what());
            found.fails = true;
        }
    };
    attempt(&user_export::survey_collections);
    attempt(&user_export::survey_account);
    attempt(&user_export::survey_sqlite);
    attempt(&user_export::survey_attachments);
    return found;
}

void user_export::survey_collections(user_survey& found)
{
    check_id();
    for (const auto& [from, as, into] : counted_collections) {
        if (as == kind::events && core_.events_in_sqlite) continue;
        source::user_share const share = core_.documents.share_of(from, user_.id);
        found.of(as) = share.documents;
        found.bytes[at(into)] += share.bytes;
    }
    find_source_folder();
}

void user_export::survey_account(user_survey& found)
{
    const convert::account* account = &account_;
    if (!core_.mongo_accounts) {
        gather_account();
    } else if (auto const row = core_.mongo_accounts->find(user_.id); row != core_.mongo_accounts->end()) {
        account = &row->second; // stays there for the export
    }
    found.of(kind::passwords) = account->passwords.size();
    found.of(kind::key_values) = account->key_values.size();
    found.bytes[at(part::account)] = bytes_of(*account);
    found.has_password = !account->passwords.empty();
}

void user_export::survey_sqlite(user_survey& found)
{
    if (!has_source_folder()) return;
    if (auto const audit = open_audit_files()) found.of(kind::audit) = audit->count();
    for (std::string_view const name : audit_file_names)
        found.bytes[at(part::audit)] += bytes_of_database(source::place{source_folder_, name});
    if (found.of(kind::audit) == 0) found.bytes[at(part::audit)] = 0;
    if (!core_.events_in_sqlite) return;
    source::place const events{source_folder_, event_file_name};
    if (auto const rows = source::open_event_rows(core_.sqlite, events)) {
        found.of(kind::events) = (*rows)->count();
        found.bytes[at(part::events)] = found.of(kind::events) == 0 ? 0 : bytes_of_database(events);
    }
}

void user_export::survey_attachments(user_survey& found)
{
    list_attachments();
    found.of(kind::attachments) = listing_.files.size();
    std::size_t unreadable = 0;
    for (const auto& file : listing_.files) {
        found.bytes[at(part::attachments)] += file.bytes;
        if (auto line = source::why_unreadable(attachments_folder() / file.event_id / file.file_id)) {
            if (unreadable++ == 0) found.problems.push_back(std::move(*line));
        }
    }
    if (unreadable > 1) {
        found.problems.push_back(fmt::format("user {}: {} attachments cannot be read", printable(user_.id),
                                             human_count(unreadable)));
    }
}

} // namespace pryv_export::exporting
