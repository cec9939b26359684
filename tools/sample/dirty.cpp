#include "dirty.hpp"

#include "dirty_builder.hpp"
#include "ids.hpp"
#include "rng.hpp"

#include <stdexcept>

namespace sample {

namespace {

constexpr double dirty_time = 1762000000.5;

} // namespace

std::vector<std::string> dirty_user_names()
{
    return {"dirty-unknown-key", "dirty-date",           "dirty-nul",         "dirty-utf8",
            "dirty-legacy",      "dirty-numbers",        "dirty-types",       "dirty-keys",
            "dirty-deep",        "dirty-integrity",      "dirty-both",        "dirty-account",
            "dirty-other",       "dirty-streams",        "dirty-long-path",   "dirty-long-text",
            "dirty-access-dup",  "dirty-webhook-dup",    "dirty-same-id",     "dirty-incomplete",
            "dirty-files",       "dirty-key-values",     "dirty-audit",       "dirty-no-password",
            "dirty-no-account",  "dirty-bad-account",    "dirty-empty-audit", "dirty-local-store",
            "dirty-old-files",   "dirty-numeric-author", "dirty-two-active",  "12345"};
}

void add_dirty_users(deployment& plan)
{
    // They register after all others, so that the order by registration holds.
    const std::uint64_t span = plan.end_ms - plan.begin_ms;
    std::uint64_t start = plan.begin_ms + span / 10 * 9;
    for (const auto& name : dirty_user_names()) {
        auto user = make_user(plan.opt, plan.users.size(), start, 6);
        user.username = name;
        user.id = cuid(start, mix(user.key, 9));
        user.streams = 4;
        user.accesses = 3;
        user.audit_rows = 5;
        user.with_files = plan.opt.files ? 2 : 0;
        user.second_email = user.language_changed = false;
        plan.users.push_back(std::move(user));
        start += 3600000;
    }
}

dirty_builder::dirty_builder(const deployment& plan, expectation& expected, dirty_documents& documents)
    : plan_(plan), expected_(expected), documents_(documents)
{
    for (std::size_t i = 0; i < expected.users.size(); ++i) position_[expected.users[i].id] = i;
}

const user_plan& dirty_builder::user(std::string_view name) const
{
    for (auto it = plan_.users.rbegin(); it != plan_.users.rend(); ++it) {
        if (it->username == name) return *it;
    }
    throw std::logic_error(fmt::format("no dirty user {}", name));
}

user_plan dirty_builder::add_user(std::string_view id, std::string_view username)
{
    user_plan user;
    user.index = expected_.users.size();
    user.key = mix(plan_.opt.seed, user.index, 99);
    user.id = id;
    user.username = username;
    user.start_ms = plan_.end_ms - 86400000;
    user.streams = user.accesses = 1;
    position_[user.id] = expected_.users.size();
    expected_.users.push_back({user.id, user.username, {}});
    return user;
}

object_id dirty_builder::next_oid()
{
    return make_object_id(plan_.end_ms, 0xd1d1d1d1d1, ++last_oid_);
}

event_doc dirty_builder::event(const user_plan& user)
{
    event_doc event;
    event.id = next_id();
    event.user_id = user.id;
    event.stream_ids = {user.stream_id(0)};
    event.type = "note/txt";
    event.time = event.created = event.modified = dirty_time;
    event.created_by = event.modified_by = user.access_id(0);
    return event;
}

void dirty_builder::note(std::string_view rule, std::string_view kind, const user_plan& user,
                         std::string_view id, std::string_view outcome, std::string_view text)
{
    note_unowned(rule, kind, user.id, id, outcome, text);
}

void dirty_builder::note_unowned(std::string_view rule, std::string_view kind, std::string_view user,
                                 std::string_view id, std::string_view outcome, std::string_view text)
{
    expected_.dirty.push_back({std::string(rule), std::string(kind), std::string(user), std::string(id),
                               std::string(outcome), std::string(text)});
}

void dirty_builder::count_event(const user_plan& user, count kind)
{
    auto& counted = counts(user);
    ++counted[count::events];
    ++counted[kind];
}

std::string incompressible(std::uint64_t key, std::size_t size)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    rng random(key);
    std::string text;
    while (text.size() < size) text += alphabet[random.below(alphabet.size())];
    return text;
}

dirty_documents make_dirty_documents(const deployment& plan, expectation& expected)
{
    dirty_documents documents;
    dirty_builder dirty(plan, expected, documents);
    add_dirty_account_events(dirty);
    add_dirty_events(dirty);
    add_dirty_records(dirty);
    add_dirty_users_and_index(dirty);
    if (plan.opt.files) add_dirty_file_events(dirty);
    return documents;
}

} // namespace sample
