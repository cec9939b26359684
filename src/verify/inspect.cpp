#include "pryv_export/verify/inspect.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/log.hpp"
#include "pryv_export/base/replacing_file.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/page/write_page.hpp"

#include "archive_files.hpp"
#include "event_counts.hpp"
#include "inspect_facts.hpp"
#include "inspect_page.hpp"
#include "manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>

namespace pryv_export::verify {

namespace {

std::string time_text(double seconds)
{
    if (!std::isfinite(seconds) || std::fabs(seconds) > 8e12) return fmt::format("{} s", seconds);
    return iso_time(static_cast<std::int64_t>(seconds * 1000));
}

void add_counts(std::vector<fact>& facts, const manifest_user& user)
{
    for (std::size_t i = 0; i < counted_kinds.size(); ++i)
        if (user.stats[i])
            facts.push_back(
                number_fact(std::string{counted_kinds[i]}, std::string{counted_kinds[i]}, *user.stats[i]));
}

std::uint64_t events_of(const manifest_user& user)
{
    return user.stats[count_events].value_or(0);
}

class inspection
{
public:
    explicit inspection(const inspect_options& options) : options_{options}, files_{options.archive} {}

    std::string run()
    {
        write_reports();
        if (options_.events) return events();
        return options_.user ? one_user() : whole(options_.json);
    }

private:
    void write_reports();
    const event_times& times();
    std::string whole(bool json);
    std::string whole_json(const archive_report& report);
    std::string whole_text(const archive_report& report);
    std::vector<fact> summary(const archive_report& report);
    void add_range(std::vector<fact>& facts, const archive_report& report);
    std::vector<const manifest_user*> users_by_events() const;
    std::string one_user();
    std::string events();

    const inspect_options& options_;
    archive_files files_;
    std::optional<event_times> times_;
};

/// The files are made before anything is read that takes long.
void inspection::write_reports()
{
    std::deque<replacing_file> files;
    for (const auto& path : options_.report_files) files.emplace_back(path);
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto const write = [&file = files[i]](std::string_view text) { file.write(text); };
        if (page::is_page(options_.report_files[i].native()))
            write_archive_page(
                files_, options_.archive, [this] { return times(); }, write);
        else
            write(whole(true));
        files[i].commit();
    }
}

/// Reads all events, once.
const event_times& inspection::times()
{
    if (times_) return *times_;
    times_.emplace();
    for (const manifest_user& user : files_.manifest().users)
        *times_ += count_events_of(files_, user, {}, {}).times;
    return *times_;
}

void inspection::add_range(std::vector<fact>& facts, const archive_report& report)
{
    std::string first = report.first_event;
    std::string last = report.last_event;
    bool const counted_already = !report.result.empty();
    if (!counted_already && times().range()) {
        first = time_text(times().range()->first);
        last = time_text(times().range()->second);
    }
    if (first.empty()) return;
    facts.push_back(text_fact("firstTime", "first event", first));
    facts.push_back(text_fact("lastTime", "last event", last));
}

std::vector<fact> inspection::summary(const archive_report& report)
{
    const archive_manifest& manifest = files_.manifest();
    std::vector<fact> facts{text_fact("madeBy", "made by", manifest.tool)};
    if (manifest.made_ms != 0) facts.push_back(text_fact("madeAt", "made at", iso_time(manifest.made_ms)));
    facts.push_back(text_fact("coreVersion", "v1 version", manifest.core_version));
    if (!manifest.result.empty()) facts.push_back(text_fact("result", "result", manifest.result));
    facts.push_back(text_fact("compression", "compression", manifest.facts.compressed ? "gzip" : "none"));
    facts.push_back(number_fact("users", "users", manifest.users.size()));
    for (std::size_t i = 0; i < counted_kinds.size(); ++i) {
        std::uint64_t count = 0;
        for (const manifest_user& user : manifest.users) count += user.stats[i].value_or(0);
        facts.push_back(number_fact(std::string{counted_kinds[i]}, std::string{counted_kinds[i]}, count));
    }
    add_range(facts, report);
    auto const [files, bytes] = files_.size_of("");
    facts.push_back(number_fact("files", "files", files));
    facts.push_back(bytes_fact("bytes", "size", bytes));
    return facts;
}

std::vector<const manifest_user*> inspection::users_by_events() const
{
    std::vector<const manifest_user*> users;
    for (const manifest_user& user : files_.manifest().users) users.push_back(&user);
    std::stable_sort(users.begin(), users.end(),
                     [](const auto* a, const auto* b) { return events_of(*a) > events_of(*b); });
    return users;
}

std::string inspection::whole(bool json)
{
    archive_report const report = files_.report().value_or(archive_report{});
    return json ? whole_json(report) : whole_text(report);
}

std::string inspection::whole_json(const archive_report& report)
{
    std::vector<std::string> warnings;
    for (const std::string& each : report.warnings) warnings.push_back(json_quoted(each));
    std::vector<std::string> rules;
    for (const auto& [name, count] : report.rules)
        rules.push_back(fmt::format("{}: {}", json_quoted(name), count));
    std::vector<std::string> users;
    for (const manifest_user* const user : users_by_events())
        users.push_back(fmt::format("{{\"userId\": {}, \"username\": {}, \"events\": {}}}",
                                    json_quoted(user->user_id), json_quoted(user->username),
                                    events_of(*user)));
    std::vector<fact> facts = summary(report);
    facts.push_back({"warnings", "", "", list_of("[", warnings, "]")});
    facts.push_back({"findings", "", "", list_of("{", rules, "}")});
    facts.push_back({"userList", "", "", list_of("[", users, "]")});
    return object_of(facts) + "\n";
}

std::string inspection::whole_text(const archive_report& report)
{
    constexpr std::size_t shown = 10;
    std::string out = printable(options_.archive.string()) + "\n" + table_of(summary(report)) +
                      "\nUsers with most events\n";
    auto const users = users_by_events();
    for (std::size_t i = 0; i < std::min(shown, users.size()); ++i)
        out += fmt::format("  {:>12}  {} ({})\n", human_count(events_of(*users[i])),
                           printable(users[i]->username), printable(users[i]->user_id));
    if (users.size() > shown)
        out += fmt::format("  … and {} more: --json has all\n", human_count(users.size() - shown));
    if (!report.rules.empty()) out += "\nWhat the export changed, set aside or found (docs/conversion.md)\n";
    for (const auto& [name, count] : report.rules)
        out += fmt::format("  {:>12}  {}\n", human_count(count), name);
    if (!report.warnings.empty()) out += "\nWarnings of the export\n";
    for (const std::string& warning : report.warnings) out += "  · " + warning + "\n";
    return out;
}

std::string inspection::one_user()
{
    const manifest_user& user = files_.user(*options_.user);
    std::string const folder = "users/" + user.user_id;
    std::vector<fact> facts{text_fact("userId", "id", user.user_id),
                            text_fact("username", "name", user.username)};
    add_counts(facts, user);
    auto const [files, bytes] = files_.size_of(folder);
    auto const [attached, attached_bytes] = files_.size_of(folder + "/attachments");
    facts.push_back(number_fact("files", "files", files));
    facts.push_back(bytes_fact("bytes", "size", bytes));
    facts.push_back(bytes_fact("attachmentBytes", "attachments", attached_bytes));
    event_counts const events = count_events_of(files_, user, {}, {});
    facts.push_back(number_fact("historyVersions", "history", events.history));
    facts.push_back(number_fact("deletedEvents", "deleted", events.deleted));
    facts.push_back(number_fact("trashedEvents", "trashed", events.trashed));
    if (events.first_time)
        facts.push_back(text_fact("firstTime", "first event", time_text(*events.first_time)));
    if (events.last_time) facts.push_back(text_fact("lastTime", "last event", time_text(*events.last_time)));
    if (options_.json) return object_of(facts) + "\n";
    return table_of(facts);
}

std::string counts_json(const std::map<std::string, std::uint64_t>& counts)
{
    std::vector<std::string> items;
    for (const auto& [name, count] : counts) items.push_back(fmt::format("{}: {}", json_quoted(name), count));
    return list_of("{", items, "}");
}

void append_counts(std::string& out, std::string_view title,
                   const std::map<std::string, std::uint64_t>& counts)
{
    std::vector<std::pair<std::string_view, std::uint64_t>> sorted{counts.begin(), counts.end()};
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    out += fmt::format("\n{}\n", title);
    for (const auto& [name, count] : sorted)
        out += fmt::format("  {:>12}  {}\n", human_count(count), printable(name));
}

std::string inspection::events()
{
    event_counts total;
    for (const manifest_user& user : files_.manifest().users) {
        if (options_.user && user.user_id != *options_.user && user.username != *options_.user) continue;
        total.add(count_events_of(files_, user, options_.stream, options_.type));
    }
    if (options_.user) files_.user(*options_.user);
    std::vector<fact> facts{number_fact("events", "events", total.events),
                            number_fact("historyVersions", "history", total.history),
                            number_fact("deletedEvents", "deleted", total.deleted),
                            number_fact("trashedEvents", "trashed", total.trashed)};
    if (total.first_time)
        facts.push_back(text_fact("firstTime", "first event", time_text(*total.first_time)));
    if (total.last_time) facts.push_back(text_fact("lastTime", "last event", time_text(*total.last_time)));
    if (options_.json) {
        facts.push_back({"types", "", "", counts_json(total.types)});
        facts.push_back({"streams", "", "", counts_json(total.streams)});
        return object_of(facts) + "\n";
    }
    std::string out = table_of(facts);
    append_counts(out, "By type", total.types);
    append_counts(out, "By stream", total.streams);
    return out;
}

} // namespace

std::string inspect_archive(const inspect_options& options)
{
    return inspection{options}.run();
}

} // namespace pryv_export::verify
