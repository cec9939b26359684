#pragma once

#include "pryv_export/export/report.hpp"

#include <string>

namespace pryv_export::test {

/// A run of 10,000 users where all went well, to be spoilt.
inline exporting::run_report good_run()
{
    using convert::kind;
    exporting::run_report run;
    run.tool_version = "0.1.0";
    run.source = "mongodump /dumps/co1";
    run.core_version = "1.9.3";
    run.output = "/backup/co1";
    run.started_ms = 1'795'235'100'123;
    run.finished_ms = run.started_ms + 12'300;
    run.seconds = 12.3;
    run.source_bytes = 3ULL << 30;
    run.users_written = 10'000;
    run.archive_bytes = 850ULL << 20;
    run.attachment_bytes = 4ULL << 30;
    run.archive_files = 52'310;
    run.largest_user = "cuser1";
    run.largest_user_events = 12'000;
    auto set = [&](kind which, std::uint64_t written, std::uint64_t changed = 0, std::uint64_t aside = 0) {
        run.totals[static_cast<std::size_t>(which)] = {
            written + changed + aside, written, changed, aside, 0, 0};
    };
    set(kind::streams, 200'000, 12);
    set(kind::accesses, 50'000);
    set(kind::profile, 10'000);
    set(kind::events, 6'000'000, 310'000, 1'204);
    set(kind::passwords, 10'000);
    set(kind::audit, 450'000);
    set(kind::attachments, 30'000);
    set(kind::followed_slices, 0, 0, 7);
    run.totals[static_cast<std::size_t>(kind::events)].account_fields = 80'000;
    return run;
}

/// The same with one of each trouble.
inline exporting::run_report bad_run()
{
    using convert::rule;
    exporting::run_report run = good_run();
    run.users_written = 9'998;
    run.failed_users = {
        {"cuser7",
         "user cuser7: /srv/users/7/account-1.0.0.sqlite: cannot open: Permission denied; run as the "
         "owner of the files (containers of v1 use uid 9999) or as root"},
        {"c\x1b[31mevil", "user c\x1b[31mevil: the database is damaged"}};
    run.damages = {
        {"/dumps/co1/events.bson", 123'456'789, 4096, "a document says it is 2147483647 bytes long"}};
    run.warnings = {"The dump has no collection 'webhooks'."};
    run.not_in_index = {"cuser99"};
    run.notes.add(rule::integrity_broken, "cuser1/e1", "content");
    run.notes.add(rule::integrity_added, "cuser1/e2");
    run.notes.add(rule::attachment_missing, "cuser2/e3", "file f1");
    run.notes.add(rule::account_history, "cuser3/e4", "email");
    run.notes.add(rule::attachment_orphan, "cuser4/e5\x1b[2J", std::string(200, 'x'));
    return run;
}

} // namespace pryv_export::test
