#include "pryv_export/base/text.hpp"
#include "pryv_export/base/text_page.hpp"
#include "pryv_export/export/dry_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace pryv_export::exporting {

namespace {

using convert::kind;

constexpr std::size_t lines_shown = 10;
constexpr std::size_t users_shown = 5;

class forecast_page : text_page
{
public:
    forecast_page(const forecast& expected, bool colour) : text_page{colour}, expected_{expected} {}

    std::string text()
    {
        headline();
        facts();
        table();
        largest_users();
        list("This will fail, or leave something out", expected_.problems);
        restore();
        set_aside();
        list("Warnings", expected_.warnings);
        next_steps();
        return std::move(*this).take();
    }

private:
    std::string about(std::string text) const { return expected_.scanned ? text : "about " + text; }

    void headline()
    {
        if (expected_.ready() && expected_.scanned)
            line(paint("1;32", "Ready") + ": nothing stands in the way of this export. Nothing was written.");
        else if (expected_.ready())
            wrapped("", 0,
                    paint("1;32", "Ready") +
                        fmt::format(
                            ", as far as {} of {} users tell (--scan looks at all records): nothing stands "
                            "in the way. Nothing was written.",
                            human_count(expected_.users_converted), human_count(expected_.users.size())));
        else
            line(paint("1;31", "Not ready") + ": what will fail is said below. Nothing was written.");
        line("");
    }

    void facts()
    {
        std::string source = printable(expected_.source);
        if (!expected_.core_version.empty()) source += ", v1 " + printable(expected_.core_version);
        fact("Source", source);
        fact("Users", human_count(expected_.users.size()));
        fact("Archive", about(human_bytes(expected_.archive_total())) + " in " +
                            human_count(expected_.files) + " files and " + human_count(expected_.folders) +
                            " folders");
        fact("Output", printable(expected_.output) + room());
        if (expected_.seconds > 0) {
            fact("Time", "about " + human_duration(expected_.seconds) + ", when the disk keeps up");
        }
    }

    std::string room() const
    {
        if (!expected_.output_checked) return {};
        std::string text = ": " + human_bytes(expected_.free_bytes) + " free";
        if (expected_.free_files) text += ", inodes for " + human_count(*expected_.free_files) + " files";
        return text;
    }

    static std::string cell(std::uint64_t count, const std::string& text)
    {
        return fmt::format("{:>16}", count == 0 ? "-" : text);
    }

    void row(part which, std::uint64_t records)
    {
        std::uint64_t const in = expected_.source_bytes[at(which)];
        std::uint64_t const out = expected_.archive_bytes[at(which)];
        line(fmt::format("  {:<15}{}{}{}", name_of(which), cell(records, human_count(records)),
                         cell(in, human_bytes(in)), cell(out, human_bytes(out))));
    }

    std::uint64_t records(kind which) const { return expected_.records[static_cast<std::size_t>(which)]; }

    void table()
    {
        line("");
        line(paint("1", fmt::format("  {:<15}{:>16}{:>16}{:>16}", "", "records", "in v1",
                                    expected_.scanned ? "in the archive" : "in the archive ~")));
        row(part::events, records(kind::events));
        row(part::streams, records(kind::streams));
        row(part::accesses, records(kind::accesses));
        row(part::profile, records(kind::profile));
        row(part::webhooks, records(kind::webhooks));
        row(part::account, records(kind::passwords) + records(kind::key_values));
        row(part::audit, records(kind::audit));
        row(part::attachments, records(kind::attachments));
        row(part::extra, records(kind::followed_slices));
        std::uint64_t const others = expected_.archive_bytes[at(part::manifest)] + expected_.other_bytes;
        line(fmt::format("  {:<15}{:>48}", "manifests …", human_bytes(others)));
    }

    void largest_users()
    {
        std::vector<const user_forecast*> users;
        users.reserve(expected_.users.size());
        for (const user_forecast& user : expected_.users) users.push_back(&user);
        std::size_t const shown = std::min(users.size(), users_shown);
        auto const end = users.begin() + static_cast<std::ptrdiff_t>(shown);
        std::partial_sort(users.begin(), end, users.end(), [](const auto* a, const auto* b) {
            return std::pair{b->archive_total(), a} < std::pair{a->archive_total(), b};
        });
        if (shown == 0) return;
        title(shown < expected_.users.size() ? "Largest users" : "Users");
        for (std::size_t i = 0; i < shown; ++i) {
            const user_forecast& user = *users[i];
            line(fmt::format("  {:<32}{:>16} events{:>16}", cut_to_columns(printable(user.username), 31),
                             human_count(user.of(kind::events)), human_bytes(user.archive_total())));
        }
    }

    void list(std::string_view heading, const std::vector<std::string>& lines)
    {
        if (lines.empty()) return;
        title(heading);
        for (std::size_t i = 0; i < std::min(lines.size(), lines_shown); ++i)
            wrapped("  · ", 4, printable(lines[i]));
        if (lines.size() > lines_shown) line("  … and " + human_count(lines.size() - lines_shown) + " more");
    }

    void restore()
    {
        std::vector<std::string> lines;
        if (expected_.large_users > 0) {
            std::uint64_t heap = 0;
            for (const user_forecast& user : expected_.users) heap = std::max(heap, user.heap_megabytes);
            lines.push_back(fmt::format("{} users have so many events that v2 needs a larger heap for them: "
                                        "NODE_OPTIONS=--max-old-space-size={}",
                                        human_count(expected_.large_users), heap));
        }
        if (expected_.unroutable_users > 0) {
            lines.push_back(fmt::format("{} users have names that v2's API cannot route: they are in the "
                                        "archive, but cannot log in before they are renamed",
                                        human_count(expected_.unroutable_users)));
        }
        if (expected_.users_without_password > 0) {
            lines.push_back(fmt::format("{} users have no password in v1's accounts: they have to reset it",
                                        human_count(expected_.users_without_password)));
        }
        list("When v2 restores", lines);
    }

    void set_aside()
    {
        const convert::findings& notes = expected_.converted.notes;
        bool first = true;
        for (std::size_t i = 0; i < convert::rule_count; ++i) {
            auto const which = static_cast<convert::rule>(i);
            if (notes.count(which) == 0 || run_report::is_loss(which)) continue;
            if (std::exchange(first, false)) {
                title(expected_.scanned ? "What conversion changes, sets aside or notes"
                                        : "What conversion changed, set aside or noted in the sample");
            }
            wrapped(fmt::format("{:>11}  {}: ", human_count(notes.count(which)), name_of(which)), 13,
                    explain(which));
        }
    }

    void next_steps()
    {
        title("Next");
        int number = 0;
        auto step = [&](std::string_view text) { wrapped(fmt::format("  {}. ", ++number), 5, text); };
        if (!expected_.ready()) step("Mend what is marked above, then run this again.");
        if (!expected_.scanned) {
            step(fmt::format(
                "{} of {} users were converted, as a sample; sizes are estimates. --scan converts "
                "all of them and tells exactly what would be set aside.",
                human_count(expected_.users_converted), human_count(expected_.users.size())));
        }
        step("Every user, for people and programs: --report FILE writes it as JSON.");
        if (expected_.ready()) step("The same command without --dry-run exports.");
    }

    const forecast& expected_;
};

} // namespace

std::string summary_text(const forecast& expected, bool colour)
{
    return forecast_page{expected, colour}.text();
}

} // namespace pryv_export::exporting
