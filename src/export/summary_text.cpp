#include "pryv_export/base/text.hpp"
#include "pryv_export/base/text_page.hpp"
#include "pryv_export/export/report.hpp"
#include "pryv_export/page/restore_commands.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::exporting {

using convert::rule;

namespace {

constexpr std::size_t users_shown = 10;
constexpr std::size_t lines_shown = 5;

class summary : text_page
{
public:
    summary(const run_report& run, bool colour) : text_page{colour}, run_{run} {}

    std::string text()
    {
        headline();
        facts();
        table();
        failures();
        findings("Look at these", concern::problem);
        findings("Set aside: kept whole under extra/, v2 has no place for them", concern::set_aside);
        findings("Worth knowing", concern::note);
        findings("Changed so that v2 takes them", concern::change);
        lists();
        next_steps();
        return std::move(*this).take();
    }

private:
    void headline()
    {
        if (run_.complete()) {
            line(paint("1;32", "Archive complete") + ": nothing failed, nothing is missing.");
        } else {
            line(paint("1;31", "Archive finished, but not complete") + ": what is missing is said below.");
        }
        line("  " + printable(run_.output));
        line("");
    }

    void facts()
    {
        std::string source = printable(run_.source);
        if (!run_.core_version.empty()) source += ", v1 " + printable(run_.core_version);
        fact("Source", source + ", " + human_bytes(run_.source_bytes) + " of documents");
        std::string archive = human_bytes(run_.archive_bytes - run_.attachment_bytes) + " of records";
        if (run_.attachment_bytes > 0)
            archive += " and " + human_bytes(run_.attachment_bytes) + " of attachments";
        fact("Archive", archive + " in " + human_count(run_.archive_files) + " files");
        if (run_.seconds > 0) {
            auto const rate = static_cast<double>(run_.source_bytes) / run_.seconds;
            fact("Time",
                 human_duration(run_.seconds) + ", " + human_bytes(static_cast<std::uint64_t>(rate)) + "/s");
        }
        std::string users = human_count(run_.users_written) + " written";
        if (!run_.failed_users.empty()) {
            users += ", " + paint("31", human_count(run_.failed_users.size()) + " failed");
        }
        fact("Users", users);
    }

    std::string cell(std::uint64_t count, std::size_t columns, std::string_view code = {}) const
    {
        if (count == 0) return fmt::format("{:>{}}", "-", columns);
        std::string const text = fmt::format("{:>{}}", human_count(count), columns);
        return code.empty() ? text : paint(code, text);
    }

    void row(std::string_view name, const convert::tally& counts)
    {
        line(fmt::format("  {:<15}{}{}{}{}{}", name, cell(counts.source, 15), cell(counts.written, 15),
                         cell(counts.changed, 13), cell(counts.set_aside, 11), cell(counts.failed, 9, "31")));
    }

    void table()
    {
        line("");
        line(paint("1", fmt::format("  {:<15}{:>15}{:>15}{:>13}{:>11}{:>9}", "", "source", "written",
                                    "changed", "set aside", "failed")));
        for (std::size_t i = 0; i < convert::kind_count; ++i)
            row(name_of(static_cast<convert::kind>(i)), run_.totals[i]);
        std::uint64_t const fields =
            run_.totals[static_cast<std::size_t>(convert::kind::events)].account_fields;
        if (fields > 0) line("\n  " + human_count(fields) + " of the events became account fields.");
        for (std::size_t i = 0; i < convert::kind_count; ++i) unaccounted(static_cast<convert::kind>(i));
    }

    void unaccounted(convert::kind which)
    {
        if (run_.totals[static_cast<std::size_t>(which)].adds_up()) return;
        line("  " + paint("31", fmt::format("{}: the counts do not add up, some are unaccounted for",
                                            name_of(which))));
    }

    template <class Range, class Function>
    void first_of(const Range& all, std::size_t most, Function show)
    {
        std::size_t shown = 0;
        for (const auto& each : all) {
            if (shown++ == most) break;
            show(each);
        }
        if (all.size() > most) line("  … and " + human_count(all.size() - most) + " more, in report.json");
    }

    void failures()
    {
        if (!run_.failed_cores.empty()) {
            title("Cores that are not whole in the archive");
            for (const auto& [name, error] : run_.failed_cores) {
                line("  " + paint("31", printable(name)));
                wrapped("      ", 6, printable(error));
            }
        }
        if (!run_.failed_users.empty()) {
            title("Users that are not in the archive");
            first_of(run_.failed_users, users_shown, [this](const auto& user) {
                line("  " + paint("31", printable(user.first)));
                wrapped("      ", 6, printable(user.second));
            });
        }
        if (!run_.changes.empty()) {
            title("Changed while they were exported");
            first_of(run_.changes, lines_shown,
                     [this](const change_report& change) { wrapped("  ", 2, text_of(change)); });
        }
        if (!run_.damages.empty()) {
            title("Damaged places of the source");
            first_of(run_.damages, lines_shown, [this](const damage_report& damage) {
                wrapped("  ", 2,
                        fmt::format("{}, {} at byte {}: {}", printable(damage.thing),
                                    human_bytes(damage.bytes), human_count(damage.offset),
                                    printable(damage.cause)));
            });
        }
    }

    void findings(std::string_view heading, concern wanted)
    {
        bool first = true;
        for (std::size_t i = 0; i < convert::rule_count; ++i) {
            auto const which = static_cast<rule>(i);
            if (concern_of(which) != wanted || run_.notes.count(which) == 0) continue;
            if (std::exchange(first, false)) title(heading);
            finding(which, wanted == concern::problem);
        }
    }

    void finding(rule which, bool problem)
    {
        std::string const count = fmt::format("{:>11}", human_count(run_.notes.count(which)));
        line(problem ? paint("33", count) + "  " + paint("1", name_of(which))
                     : count + "  " + std::string{name_of(which)});
        std::string const indent(13, ' ');
        wrapped(indent, indent.size(), explain(which));
        std::size_t left = problem ? lines_shown : 2;
        for (const auto& example : run_.notes.examples(which)) {
            if (left-- == 0) break;
            std::string text = "· " + printable(example.id);
            if (!example.detail.empty()) text += ": " + printable(example.detail);
            line(indent + paint("2", cut_to_columns(text, width - indent.size())));
        }
    }

    void list(std::string_view heading, const std::vector<std::string>& items)
    {
        if (items.empty()) return;
        title(heading);
        first_of(items, lines_shown, [this](const std::string& item) { wrapped("  ", 2, printable(item)); });
    }

    std::vector<std::string> left_out() const
    {
        std::vector<std::string> lines;
        for (const left_out_user& user : run_.left_out) {
            lines.push_back(fmt::format("{} ({}): belongs to {}, {} documents of this copy are not there",
                                        user.username, user.user_id, user.kept_core,
                                        human_count(user.documents)));
        }
        return lines;
    }

    void lists()
    {
        list("Copies that are left out, as the register places the user on another core", left_out());
        list("Warnings", run_.warnings);
        list("Users with data, but in no index of users", run_.not_in_index);
        list("Users of the index without any data", run_.index_only);
        list("In the users' folder, but of no user", run_.strangers);
        list("Collections of the dump that are not exported", run_.other_collections);
    }

    void next_steps()
    {
        title("Next");
        int number = 0;
        auto step = [&](std::string_view text) { wrapped(fmt::format("  {}. ", ++number), 5, text); };
        if (!run_.failed_users.empty()) {
            step("Mend the cause of each failure, then export again with --overwrite; or only those users, "
                 "with --user ID "
                 "into a folder of their own, and restore both archives.");
        } else if (!run_.complete()) {
            step("Read what is marked above. A better source (a fresh dump, the missing files) can be "
                 "exported again with "
                 "--overwrite.");
        }
        step("Restore into a v2 that is set up (the folder's RESTORE.md has all steps):");
        line("       node bin/backup.js --restore " + page::shell_word(printable(run_.output)) +
             " --verify-integrity");
        step("All of this user by user, for people and programs: report.json in the archive.");
        line("");
        wrapped("  ", 2,
                "The archive holds password hashes, access tokens and health data: keep it private.");
    }

    const run_report& run_;
};

} // namespace

std::string summary_text(const run_report& run, bool colour)
{
    return summary{run, colour}.text();
}

} // namespace pryv_export::exporting
