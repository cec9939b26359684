#include "pryv_export/base/text.hpp"
#include "pryv_export/export/report.hpp"
#include "pryv_export/page/restore_commands.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::exporting {

using convert::kind;
using convert::rule;

namespace {

std::uint64_t source_count(const run_report& run, kind which)
{
    return run.totals[static_cast<std::size_t>(which)].source;
}

std::string restore_command(const run_report& run, std::string_view more)
{
    return page::restore_command(run.largest_user_events, "\"$ARCHIVE\"", more);
}

class guide
{
public:
    explicit guide(const run_report& run) : run_{run} {}

    std::string text()
    {
        head();
        before();
        restore();
        again();
        after();
        concerns();
        absent();
        return std::move(out_);
    }

private:
    void line(std::string_view text = {}) { out_ += std::string{text} + "\n"; }
    void code(std::string_view text) { out_ += fmt::format("```sh\n{}\n```\n\n", text); }
    void title(std::string_view text) { out_ += fmt::format("## {}\n\n", text); }

    void head()
    {
        line("# How to restore this archive");
        line();
        line(fmt::format(
            "{} users of a Pryv v1 core ({}), exported by pryv-export {}.", human_count(run_.users_written),
            run_.core_version.empty() ? "version unknown" : printable(run_.core_version), run_.tool_version));
        line(run_.complete() ? "The archive is **complete**."
                             : "The archive is **not complete**: see \"What concerns this archive\" below.");
        line();
        line("It holds password hashes, access tokens and health data. Keep it private, and delete it when "
             "it has served.");
        line();
    }

    void before()
    {
        title("1. Before");
        line("* In the folder of this file, check that nothing was lost on the way here:");
        line();
        code("export ARCHIVE=\"$PWD\"\nsha256sum --check --quiet SHA256SUMS && echo whole");
        line("* Set up v2 and start it once, so that its databases exist. Then stop it. Restore into an "
             "empty v2: users that "
             "exist there make the restore stop.");
        line("* Carry these over from v1's configuration, **before** the restore: `custom:systemStreams` "
             "(account fields "
             "that v2 does not know are stored and never shown) and `integrity` (with another "
             "`integrity:algorithm` every "
             "hash is wrong, and users are rolled back).");
        line("* `backup.js` takes no configuration on its command line; it reads v2's usual files.");
        line();
    }

    void restore()
    {
        title("2. Restore");
        line("In v2's folder, with `ARCHIVE` set as above:");
        line();
        code("set -o pipefail\n" + restore_command(run_, " 2>&1 | tee restore.log"));
        duration();
        line("**An exit status of 0 is not enough.** Three more things must hold:");
        line();
        code(page::log_checks());
        line("Verification happens in this very run; there is no way to ask for it later.");
        line();
    }

    void duration()
    {
        std::uint64_t const events = source_count(run_, kind::events) + source_count(run_, kind::audit);
        double const seconds = page::restore_seconds(events);
        line(fmt::format("It takes about **{}** on PostgreSQL: {} events and audit rows at roughly 1,000 a "
                         "second, whatever "
                         "the machine, plus {} of attachments.",
                         seconds < 60 ? "a minute" : human_duration(seconds), human_count(events),
                         human_bytes(run_.attachment_bytes)));
        line();
        if (page::heap_megabytes(run_.largest_user_events) == 0) return;
        line(fmt::format(
            "The heap size is for the largest user (`{}`, {} events): v2 holds all events of one user in "
            "memory.",
            printable(run_.largest_user), human_count(run_.largest_user_events)));
        line();
    }

    void again()
    {
        title("3. When it stopped half-way");
        line("A restore is no transaction: it stops at the first error; users before that are in, that one "
             "is in half, the "
             "others and the platform's data are missing. Mend the cause and run it again with "
             "`--overwrite`, which "
             "clears each user of the archive and imports it anew:");
        line();
        code(restore_command(run_, " --overwrite 2>&1 | tee restore.log"));
        line("* `--overwrite` does not help against conflicts (the same username with another id, or the "
             "reverse): rename "
             "or delete one of the two.");
        line("* One user only: `--user USERID` (the id, not the name). Platform data are not restored then.");
        line("* A user who was rolled back keeps the username in v2's index: `--overwrite` again once the "
             "cause is mended.");
        line();
    }

    void after()
    {
        title("4. After");
        line("In v2's folder, in this order:");
        line();
        code(page::after_commands());
        user_cores();
        line("* Log in as a user you know, look at an event with an attachment, list the accesses.");
        line();
    }

    void user_cores()
    {
        line("* Several v2 cores: each user needs a `user-core` row. The restore writes them from "
             "`register/servers.jsonl` when the platform knows exactly one core.");
        if (!run_.has_user_core) {
            line(
                "  Else export the register again with `--core-id-map HOST=ID`, which makes a file to load.");
            return;
        }
        line("  Else load `register/user-core.sql` into rqlite, on one core, **before** "
             "`platform-pii-migrate.js`:");
        line();
        code("curl --fail --silent --show-error -H 'Content-type: text/plain' \\\n"
             "  --data-binary @\"$ARCHIVE/register/user-core.sql\" http://127.0.0.1:4001/db/load");
    }

    void concern(const std::string& text)
    {
        if (!concerned_) title("5. What concerns this archive");
        concerned_ = true;
        line("* " + text);
    }

    void concern_if(rule which, std::string_view text)
    {
        if (std::uint64_t const count = run_.notes.count(which); count > 0) {
            concern(fmt::format("{} × {}: {}", human_count(count), name_of(which), text));
        }
    }

    void concerns()
    {
        for (const auto& [name, error] : run_.failed_cores) {
            concern(fmt::format("Core {} is **not** whole in it: {}", printable(name), printable(error)));
        }
        failed_users();
        for (const left_out_user& user : run_.left_out) {
            concern(fmt::format(
                "A copy of user `{}` on another core is **not** in it ({} documents): the register "
                "places the user on {}.",
                printable(user.username), human_count(user.documents), printable(user.kept_core)));
        }
        if (!run_.changes_known) concern("Whether v1 changed something during the export is not known.");
        for (const change_report& change : run_.changes) concern(text_of(change));
        for (const damage_report& damage : run_.damages) {
            concern(fmt::format("{} is damaged at byte {} ({}): {}", printable(damage.thing), damage.offset,
                                human_bytes(damage.bytes), printable(damage.cause)));
        }
        concern_if(rule::integrity_broken,
                   "these events did not match their own hash in v1 already; the restore accepts "
                   "them, the originals are under `extra/`.");
        concern_if(rule::unowned, "records of nobody, under `extra/`; v2 will not have them.");
        concern_if(rule::attachment_missing, "the event will be there, its file will not.");
        concern_if(rule::attachment_differs, "the file is not what its event says; v2 does not notice.");
        concern_if(rule::no_password, "these users must reset their password before they can log in.");
        concern_if(rule::unroutable_name, "v2 does not answer under these user names.");
        concern_if(rule::duplicate_token,
                   "accesses with a token that another one has are under `extra/` only: those "
                   "apps must ask again.");
        concern_if(rule::orphan_stream, "streams without their parent will be at the root.");
        for (const std::string& warning : run_.warnings) concern(printable(warning));
        if (concerned_) line("\nAll of it, user by user: `report.json`.\n");
    }

    void failed_users()
    {
        if (run_.failed_users.empty()) return;
        concern(fmt::format("{} users are **not** in it:", human_count(run_.failed_users.size())));
        constexpr std::size_t most = 50;
        for (std::size_t i = 0; i < std::min(most, run_.failed_users.size()); ++i) {
            line(fmt::format("  * `{}`: {}", printable(run_.failed_users[i].first),
                             printable(run_.failed_users[i].second)));
        }
        if (run_.failed_users.size() > most) line("  * … the others are in `report.json`");
    }

    void absent()
    {
        title("Not in this archive");
        line("* On purpose: sessions and password resets (users log in again), previews (v2 makes new ones), "
             "database "
             "indexes.");
        line("* High-frequency series (InfluxDB): this version does not read them.");
        line("* `users/*/extra/` keeps what v2 has no place for, and the originals of records that were "
             "changed. v2 does not "
             "read it; keep it as long as questions may come.");
    }

    const run_report& run_;
    std::string out_;
    bool concerned_ = false;
};

} // namespace

std::string restore_guide(const run_report& run)
{
    return guide{run}.text();
}

} // namespace pryv_export::exporting
