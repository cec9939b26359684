#pragma once

#include "dirty.hpp"
#include "event_doc.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <unordered_map>

namespace sample {

/// Names of the users that add_dirty_users() makes.
std::vector<std::string> dirty_user_names();

/// Looks users up by name and keeps the books while odd records are added.
class dirty_builder
{
public:
    dirty_builder(const deployment& plan, expectation& expected, dirty_documents& documents);

    const deployment& plan() const { return plan_; }
    expectation& expected() { return expected_; }
    dirty_documents& documents() { return documents_; }
    bson_out& of(collection c) { return documents_.texts[static_cast<std::size_t>(c)]; }

    const user_plan& user(std::string_view name) const;
    counters& counts(const user_plan& user) { return expected_.users[position_.at(user.id)].counts; }

    /// A user that the plan does not have; empty username: the index lacks it.
    user_plan add_user(std::string_view id, std::string_view username);

    /// Ids greater than every clean one, ascending, in the form v1 allows.
    std::string next_id() { return fmt::format("czdirty{:018}", ++last_id_); }
    object_id next_oid();

    /// A clean live event of this user, to be spoilt.
    event_doc event(const user_plan& user);

    void note(std::string_view rule, std::string_view kind, const user_plan& user, std::string_view id,
              std::string_view outcome, std::string_view text = "");
    void note_unowned(std::string_view rule, std::string_view kind, std::string_view user,
                      std::string_view id, std::string_view outcome, std::string_view text = "");

    /// Counts one event document of the user as `kind`.
    void count_event(const user_plan& user, count kind);

    /// Appends `event` with what `body` writes as its content (and anything else
    /// top-level), counts it as a head and notes the rule.
    template <class Body>
    std::string add(std::string_view rule, const user_plan& user, event_doc event, std::string_view outcome,
                    std::string_view text, Body body)
    {
        append_event(
            of(collection::events), event,
            [&](bson_out& out) {
                body(out);
                return true;
            },
            [](bson_out&) { return false; });
        count_event(user, count::heads);
        note(rule, "events", user, record_id(event), outcome, text);
        return record_id(event);
    }

    /// Appends a document written wholly by `body` between `_id` and `userId`.
    template <class Body>
    std::string add_raw(std::string_view rule, const user_plan& user, count kind, std::string_view outcome,
                        std::string_view text, Body body)
    {
        auto& out = of(collection::events);
        const std::string id = next_id();
        out.begin();
        out.string("_id", id);
        body(out);
        out.string("userId", user.id);
        out.end();
        count_event(user, kind);
        note(rule, "events", user, id, outcome, text);
        return id;
    }

private:
    const deployment& plan_;
    expectation& expected_;
    dirty_documents& documents_;
    std::unordered_map<std::string, std::size_t> position_;
    std::uint64_t last_id_ = 0;
    std::uint64_t last_oid_ = 0;
};

/// `size` characters that do not compress.
std::string incompressible(std::uint64_t key, std::size_t size);

void add_dirty_events(dirty_builder& dirty);
void add_dirty_account_events(dirty_builder& dirty);
void add_dirty_records(dirty_builder& dirty);
void add_dirty_users_and_index(dirty_builder& dirty);

/// Events of `dirty-files` whose files are then missing, wrong or hostile.
void add_dirty_file_events(dirty_builder& dirty);

/// Users outside the plan.
inline constexpr std::string_view folder_only_id = "czfolderonly0000000000000";
inline constexpr std::string_view profile_only_id = "czprofileonly000000000000";
inline constexpr std::string_view not_in_index_id = "cznotinindex0000000000000";

} // namespace sample
