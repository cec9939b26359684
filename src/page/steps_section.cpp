#include "pryv_export/base/text.hpp"
#include "pryv_export/page/restore_commands.hpp"

#include "page/escape.hpp"
#include "page/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::page {

namespace {

/// Lines of a shell; their ends are the only control characters that stay.
std::string code(std::string_view text)
{
    std::string out = "<pre tabindex=\"0\"><code>";
    while (!text.empty()) {
        std::size_t const end = std::min(text.find('\n'), text.size());
        out += escaped(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!text.empty()) out += '\n';
    }
    return out + "</code></pre>";
}

class steps
{
public:
    explicit steps(const report_data& report) : report_{report} {}

    std::string html()
    {
        if (report_.kind == report_kind::register_only) {
            step("Export the cores into the same folder: <code>pryv-export core CONFIG.yml OUTPUT</code>.");
            return end();
        }
        mend();
        check();
        prepare();
        restore();
        after();
        return end();
    }

private:
    void step(std::string_view text) { out_ += fmt::format("<li>{}</li>", text); }

    std::string end()
    {
        return fmt::format(
            "<section><h2>Next steps</h2><ol class=\"steps\">{}</ol><p><strong>Keep the archive private, "
            "and this page too.</strong> The archive holds password hashes, access tokens and health "
            "data; this page holds names.</p></section>",
            out_);
    }

    /// Folders that v2 restores, one after the other.
    std::vector<std::pair<std::string, std::uint64_t>> archives() const
    {
        if (report_.kind == report_kind::archive) return {{report_.archive, report_.largest_user_events}};
        std::vector<std::pair<std::string, std::uint64_t>> all;
        for (const core_row& core : report_.cores) {
            if (core.has_archive)
                all.emplace_back(fmt::format("{}/{}", report_.archive, core.name), core.largest_user_events);
        }
        return all;
    }

    void mend()
    {
        if (report_.result != verdict::partial) return;
        step("Mend the cause of what failed, and export again; or export only the users that failed into a "
             "folder of "
             "their own, and restore both archives. What is above says what happened to whom.");
    }

    void check()
    {
        std::string lines;
        for (const auto& [folder, events] : archives())
            lines += fmt::format("pryv-export verify {}\n", shell_word(folder));
        step("Check the archive where it will be restored, as disks and copies fail:" + code(lines));
    }

    void prepare()
    {
        step("Set up v2 and start it once, so that its databases exist; then stop it. Carry "
             "<code>custom:systemStreams</code> and <code>integrity</code> over from v1's configuration "
             "<strong>before</strong> the restore.");
    }

    void restore()
    {
        std::string lines = "set -o pipefail\n";
        bool first = true;
        for (const auto& [folder, events] : archives()) {
            lines += restore_command(events, shell_word(folder),
                                     first ? " 2>&1 | tee restore.log\n" : " 2>&1 | tee -a restore.log\n");
            first = false;
        }
        double const seconds = restore_seconds(sum_of(report_, "events") + sum_of(report_, "audit"));
        step(fmt::format("Restore, in v2's folder. It takes about {} on PostgreSQL.{}",
                         seconds < 60 ? "a minute" : human_duration(seconds), code(lines)));
        step("An exit status of 0 is not enough:" + code(log_checks()));
    }

    void after()
    {
        step("Afterwards, in v2's folder and in this order:" + code(after_commands()));
        if (report_.has_user_core)
            step("Several v2 cores: load <code>register/user-core.sql</code> before "
                 "<code>platform-pii-migrate.js</code>, as RESTORE.md says.");
        step("Log in as a user you know, look at an event with an attachment, list the accesses.");
        if (report_.counts_endings)
            step("<code>RESTORE.md</code> in the archive has more: what to do when a restore stops half-way. "
                 "<code>report.json</code> has all of this page, for programs.");
    }

    const report_data& report_;
    std::string out_;
};

struct table_column
{
    std::string_view key;
    std::string_view title;
    bool number = true;
};

constexpr table_column columns[] = {
    {"id", "id", false},      {"name", "name", false},   {"core", "core", false},  {"events", "events"},
    {"streams", "streams"},   {"accesses", "accesses"},  {"attachments", "files"}, {"bytes", "space"},
    {"findings", "findings"}, {"state", "state", false},
};

std::string core_choice(const report_data& report)
{
    if (report.cores.empty()) return {};
    std::string out = "<label>Core<select id=\"users-core\"><option value=\"\">all</option>";
    for (const core_row& core : report.cores)
        out += fmt::format("<option value=\"{0}\">{0}</option>", escaped(core.name));
    return out + "</select></label>";
}

/// Archives that an earlier run of a job has made have users who are not listed.
std::string unlisted(const report_data& report, const user_sums& sums)
{
    std::uint64_t const all = report.users + report.users_failed;
    if (sums.rows >= all) return {};
    return fmt::format(
        "<p>{} in archives of an earlier run are not in this table: their own pages have them.</p>",
        counted(all - sums.rows, "user"));
}

} // namespace

std::string users_section(const report_data& report, const user_sums& sums)
{
    if (sums.rows == 0) return {};
    std::string out = fmt::format(
        "<section id=\"users\"><h2>Users</h2><p class=\"no-script\">The table of {} needs JavaScript.</p>"
        "<div class=\"needs-script\"><div class=\"users-tools\">"
        "<label class=\"wide\">Id or name<input id=\"users-filter\" type=\"search\" autocomplete=\"off\" "
        "spellcheck=\"false\"></label>"
        "<label>State<select id=\"users-state\"><option value=\"\">all</option><option "
        "value=\"complete\">complete"
        "</option><option value=\"findings\">look at it</option><option "
        "value=\"failed\">failed</option></select></label>"
        "{}</div>{}<p id=\"users-status\" class=\"quiet\" role=\"status\"></p><div class=\"scroll\" "
        "tabindex=\"0\" "
        "role=\"region\" aria-label=\"Users\"><table><thead><tr>",
        counted(sums.rows, "user"), core_choice(report), unlisted(report, sums));
    for (const table_column& each : columns) {
        if (each.key == "core" && report.cores.empty()) continue;
        out += fmt::format("<th scope=\"col\" data-key=\"{}\"{}><button type=\"button\">{}</button></th>",
                           each.key, each.number ? " class=\"number\"" : "", each.title);
    }
    return out +
           "</tr></thead><tbody></tbody></table></div><div class=\"pages\"><button type=\"button\" "
           "id=\"users-previous\">Previous</button><button type=\"button\" id=\"users-next\">Next</button>"
           "</div></div></section>";
}

std::string steps_section(const report_data& report)
{
    return steps{report}.html();
}

} // namespace pryv_export::page
