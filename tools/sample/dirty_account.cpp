// Odd events of system streams.

#include "dirty_builder.hpp"

namespace sample {

namespace {

struct field_event
{
    std::vector<std::string> streams;
    std::string_view type = "language/iso-639-1";
    std::string_view content;
};

/// Appends an account event as v1 makes them; the caller spoils `event`.
void append_field_event(bson_out& out, event_doc event, const field_event& field)
{
    event.stream_ids = field.streams;
    event.type = field.type;
    event.account = true;
    append_event(
        out, event,
        [&](bson_out& to) {
            if (field.content.empty()) return false;
            to.string("content", field.content);
            return true;
        },
        [](bson_out&) { return false; });
}

class account_adder
{
public:
    account_adder(dirty_builder& dirty, const user_plan& user) : dirty_(dirty), user_(user) {}

    event_doc start() { return dirty_.event(user_); }

    void add(std::string_view rule, count kind, std::string_view outcome, std::string_view text,
             const event_doc& event, const field_event& field)
    {
        auto& out = event.oid ? dirty_.documents().objects_last : dirty_.of(collection::events);
        append_field_event(out, event, field);
        dirty_.count_event(user_, kind);
        dirty_.note(rule, "events", user_, record_id(event), outcome, text);
    }

private:
    dirty_builder& dirty_;
    const user_plan& user_;
};

void add_not_current(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-account");
    account_adder account(dirty, user);
    const std::vector<std::string> language{":_system:language", ":_system:active"};

    auto event = account.start();
    event.oid = dirty.next_oid();
    event.head_id = "c00000000000000000gonehead";
    event.head_id.resize(25);
    account.add("account-history", count::account_other, "setAside", "history; its head is gone", event,
                {language, "language/iso-639-1", "xx"});

    event = account.start();
    event.deleted = event.modified + 1;
    account.add("account-history", count::account_other, "setAside", "deleted, everything kept", event,
                {language, "language/iso-639-1", "yy"});

    event = account.start();
    event.trashed = true;
    account.add("account-history", count::account_other, "setAside", "trashed and marked active", event,
                {language, "language/iso-639-1", "zz"});

    // Newer than the active one that each user has, so v2 would take it as current.
    account.add("account-history", count::account_other, "setAside",
                "inactive, newer than the active email: only the older one is current", account.start(),
                {{":system:email"}, "email/string", "newer@example.com"});
}

void add_unusual_streams(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-account");
    account_adder account(dirty, user);
    account.add("account-legacy", count::account_other, "setAside", ".email of 1.6, not marked active",
                account.start(), {{".email"}, "email/string", "dot@example.com"});
    account.add(
        "username-event", count::account_other, "setAside", "left from 1.7: belongs to the index",
        account.start(),
        {{":_system:username", ":_system:active", ":_system:unique"}, "identifier/string", user.username});
    account.add("password-event", count::account_other, "setAside", "left from 1.7: belongs to the passwords",
                account.start(),
                {{":_system:passwordHash", ":_system:active"}, "password-hash/string", "$2b$10$x"});
    account.add("account-no-value", count::account_other, "setAside", "current but without content",
                account.start(), {{":_system:referer", ":_system:active"}, "identifier/string", ""});
    for (const auto* marker :
         {":_system:helpers", ":_system:active", ":_system:storageUsed", ":_system:account"}) {
        auto event = account.start();
        account.add("marker-only", count::heads, "written", fmt::format("only in {}: no field", marker),
                    event, {{marker}, "note/txt", "marker"});
    }
}

void add_two_active(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-two-active");
    account_adder account(dirty, user);
    // The user's own language event was first and is active too.
    auto event = account.start();
    event.time = 0;
    account.add("account-time", count::account_fields, "changed",
                "time 0, active: a second current value; falls back to created", event,
                {{":_system:language", ":_system:active"}, "language/iso-639-1", "it"});
}

void add_both(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-both");
    account_adder account(dirty, user);
    const auto stream = user.stream_id(0);
    account.add("account-both", count::account_fields, "changed",
                "current field and event of a user stream: two records", account.start(),
                {{stream, ":_system:invitationToken", ":_system:active"}, "token/string", "both"});
    ++dirty.counts(user)[count::heads];
    ++dirty.counts(user)[count::both];
    account.add("account-both", count::heads, "changed",
                "not current: stays an event without the system stream, original in extra", account.start(),
                {{":system:email", stream}, "email/string", "both@example.com"});
    dirty.add("none", user, dirty.event(user), "written", "a user stream whose name begins like a field",
              [](bson_out& out) { out.string("content", ":_system:language"); });
}

void add_other_system_streams(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-other");
    for (const auto* stream : {":system:visits", ":system:visit-notes"}) {
        auto event = dirty.event(user);
        event.stream_ids = {stream};
        dirty.add("none", user, event, "written", "custom:systemStreams:other is user data",
                  [](bson_out& out) { out.string("content", "a visit"); });
    }
}

} // namespace

void add_dirty_account_events(dirty_builder& dirty)
{
    add_not_current(dirty);
    add_unusual_streams(dirty);
    add_two_active(dirty);
    add_both(dirty);
    add_other_system_streams(dirty);
}

} // namespace sample
