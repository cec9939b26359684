#include "pryv_export/export/report.hpp"

#include "pryv_export/archive/json_text.hpp"
#include "pryv_export/base/log.hpp"
#include "pryv_export/base/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <iterator>

namespace pryv_export::exporting {

namespace json = boost::json;
using convert::rule;

namespace {

constexpr int report_version = 1;

constexpr rule losing_rules[] = {rule::unreadable, rule::attachment_missing, rule::unowned,
                                 rule::unattributable};

json::string text(std::string_view value)
{
    return json::string{printable(value)};
}

/// The same calls as archive::pretty_object and pretty_list, for what is needed as a tree of values.
class tree_list;

class tree_object
{
public:
    explicit tree_object(json::object& to) noexcept : to_{to} {}

    template <class Value>
    void member(std::string_view key, const Value& value)
    {
        if constexpr (std::convertible_to<const Value&, std::string_view>)
            to_[key] = json::string_view{value};
        else
            to_[key] = value;
    }
    tree_object object(std::string_view key) { return tree_object{to_[key].emplace_object()}; }
    tree_list list(std::string_view key);

private:
    json::object& to_;
};

class tree_list
{
public:
    explicit tree_list(json::array& to) noexcept : to_{to} {}
    tree_object object() { return tree_object{to_.emplace_back(json::object{}).get_object()}; }

private:
    json::array& to_;
};

tree_list tree_object::list(std::string_view key)
{
    return tree_list{to_[key].emplace_array()};
}

using all_counts = std::array<convert::tally, convert::kind_count>;

template <class Object>
void add_tally(Object&& entry, const convert::tally& tally)
{
    entry.member("source", tally.source);
    entry.member("written", tally.written);
    entry.member("changed", tally.changed);
    entry.member("setAside", tally.set_aside);
    entry.member("failed", tally.failed);
    if (tally.account_fields > 0) entry.member("accountFields", tally.account_fields);
    if (!tally.adds_up()) entry.member("addsUp", false);
}

void add_counts(tree_object& out, const all_counts& counts)
{
    auto kinds = out.object("counts");
    for (std::size_t i = 0; i < convert::kind_count; ++i)
        add_tally(kinds.object(name_of(static_cast<convert::kind>(i))), counts[i]);
}

/// The counts of a kind of which there is nothing, as they stand in a list of users.
const std::string& zeros_of_entry()
{
    static const std::string text = [] {
        std::string made;
        add_tally(archive::pretty_object{made, user_entry_indent + 2}, convert::tally{});
        return made;
    }();
    return text;
}

/// Most users have nothing of most kinds: their zeros are laid out once.
void add_counts(archive::pretty_object& out, const all_counts& counts)
{
    auto kinds = out.object("counts");
    for (std::size_t i = 0; i < convert::kind_count; ++i) {
        auto const name = name_of(static_cast<convert::kind>(i));
        if (counts[i] == convert::tally{})
            kinds.laid_out_member(name, zeros_of_entry());
        else
            add_tally(kinds.object(name), counts[i]);
    }
}

template <class Object>
void add_examples(Object& out, const convert::findings& notes, rule which)
{
    auto list = out.list("examples");
    for (const auto& example : notes.examples(which)) {
        auto entry = list.object();
        entry.member("id", printable(example.id));
        if (!example.detail.empty()) entry.member("detail", printable(example.detail));
    }
}

enum class meanings : std::uint8_t
{
    with,
    without
};

template <class Object>
void add_findings(Object& out, const convert::findings& notes, meanings how)
{
    auto list = out.list("findings");
    for (std::size_t i = 0; i < convert::rule_count; ++i) {
        auto const which = static_cast<rule>(i);
        if (notes.count(which) == 0) continue;
        auto entry = list.object();
        entry.member("rule", name_of(which));
        entry.member("count", notes.count(which));
        if (how == meanings::with) {
            entry.member("concern", name_of(concern_of(which)));
            entry.member("meaning", explain(which));
        }
        add_examples(entry, notes, which);
    }
}

json::array to_json(const std::vector<std::string>& lines)
{
    json::array out;
    for (const std::string& line : lines) out.push_back(text(line));
    return out;
}

json::array failed_users(const run_report& run)
{
    json::array out;
    for (const auto& [id, error] : run.failed_users)
        out.push_back(json::object{{"userId", text(id)}, {"error", text(error)}});
    return out;
}

json::array damages(const run_report& run)
{
    json::array out;
    for (const damage_report& damage : run.damages) {
        out.push_back(json::object{{"thing", text(damage.thing)},
                                   {"offset", damage.offset},
                                   {"bytes", damage.bytes},
                                   {"cause", text(damage.cause)}});
    }
    return out;
}

json::array changes(const run_report& run)
{
    json::array out;
    for (const change_report& change : run.changes) {
        out.push_back(json::object{{"userId", text(change.user_id)},
                                   {"collection", change.collection},
                                   {"before", change.before},
                                   {"after", change.after},
                                   {"exported", change.exported}});
    }
    return out;
}

json::array left_out(const run_report& run)
{
    json::array out;
    for (const left_out_user& user : run.left_out) {
        out.push_back(json::object{{"userId", text(user.user_id)},
                                   {"username", text(user.username)},
                                   {"keptCore", text(user.kept_core)},
                                   {"documents", user.documents}});
    }
    return out;
}

json::object months_of(const event_times& times)
{
    json::object out;
    if (times.earlier() > 0) out["earlier"] = times.earlier();
    for (const auto& [month, count] : times.months()) out[month] = count;
    if (times.later() > 0) out["later"] = times.later();
    if (times.undated() > 0) out["undated"] = times.undated();
    return out;
}

void add_times(json::object& out, const event_times& times)
{
    if (times.empty()) return;
    if (auto const range = times.range()) {
        out["firstEvent"] = iso_time(static_cast<std::int64_t>(range->first * 1000));
        out["lastEvent"] = iso_time(static_cast<std::int64_t>(range->second * 1000));
    }
    out["eventsByMonth"] = months_of(times);
}

/// What only an archive of several cores has to tell.
void add_cores(json::object& out, const run_report& run)
{
    if (!run.left_out.empty()) out["leftOut"] = left_out(run);
    if (run.cores.empty()) return;
    json::array sections;
    for (const core_section& core : run.cores) {
        json::object section{{"name", core.name}};
        for (const auto& [key, value] : core.report) section[key] = value;
        sections.push_back(std::move(section));
    }
    out["cores"] = std::move(sections);
    json::array failed;
    for (const auto& [name, error] : run.failed_cores)
        failed.push_back(json::object{{"name", name}, {"error", text(error)}});
    out["coresFailed"] = std::move(failed);
}

} // namespace

bool run_report::is_loss(rule which) noexcept
{
    return std::find(std::begin(losing_rules), std::end(losing_rules), which) != std::end(losing_rules);
}

concern concern_of(rule which) noexcept
{
    constexpr rule problems[] = {rule::unreadable,
                                 rule::integrity_broken,
                                 rule::unowned,
                                 rule::unattributable,
                                 rule::attachment_missing,
                                 rule::attachment_differs,
                                 rule::access_integrity_broken,
                                 rule::no_password,
                                 rule::unroutable_name,
                                 rule::duplicate_token};
    if (std::find(std::begin(problems), std::end(problems), which) != std::end(problems))
        return concern::problem;
    if (which < rule::account_history) return concern::change;
    return which < rule::unreadable ? concern::set_aside : concern::note;
}

std::string_view name_of(concern group) noexcept
{
    switch (group) {
    case concern::problem: return "problem";
    case concern::set_aside: return "set-aside";
    case concern::change: return "change";
    case concern::note: break;
    }
    return "note";
}

bool run_report::complete() const noexcept
{
    bool const counts_right = std::all_of(totals.begin(), totals.end(), [](const convert::tally& each) {
        return each.failed == 0 && each.adds_up();
    });
    bool const nothing_lost = std::none_of(std::begin(losing_rules), std::end(losing_rules),
                                           [this](rule which) { return notes.count(which) > 0; });
    return counts_right && nothing_lost && failed_users.empty() && failed_cores.empty() && damages.empty() &&
           changes.empty() && changes_known;
}

void run_report::add(const user_report& user)
{
    if (user.failure) return;
    ++users_written;
    for (std::size_t i = 0; i < convert::kind_count; ++i) totals[i] += user.counts[i];
    archive_bytes += user.archive_bytes;
    attachment_bytes += user.attachment_bytes;
    times += user.times;
}

std::string text_of(const change_report& change)
{
    if (change.user_id.empty()) {
        return fmt::format(
            "{}, documents that are no single user's: {} before the export, {} after it, {} exported.",
            change.collection, change.before, change.after, change.exported);
    }
    if (change.before == change.after && change.exported == change.after) {
        return fmt::format("User {}: some of the {} {} were changed while they were exported.",
                           printable(change.user_id), change.exported, change.collection);
    }
    return fmt::format("User {}: {} {} before the export, {} after it, {} exported.",
                       printable(change.user_id), change.before, change.collection, change.after,
                       change.exported);
}

void append_entry(std::string& text, const user_report& user)
{
    archive::pretty_object out{text, user_entry_indent};
    out.member("userId", printable(user.user_id));
    out.member("username", printable(user.username));
    out.member("nameFrom", user.name_from);
    out.member("result", user.failure ? "failed" : "written");
    if (!user.core.empty()) out.member("core", user.core);
    if (user.failure) out.member("error", printable(*user.failure));
    add_counts(out, user.counts);
    out.member("archiveBytes", user.archive_bytes);
    out.member("attachmentBytes", user.attachment_bytes);
    if (!user.notes.empty()) add_findings(out, user.notes, meanings::without);
}

json::object to_json(const run_report& run)
{
    json::object out{
        {"reportVersion", report_version},
        {"tool", "pryv-export " + run.tool_version},
        {"result", run.complete() ? "complete" : "partial"},
        {"source", text(run.source)},
        {"coreVersion", text(run.core_version)},
        {"started", iso_time(run.started_ms)},
        {"finished", iso_time(run.finished_ms)},
        {"seconds", run.seconds},
        {"options", run.options},
        {"compressed", run.compressed},
        {"sourceBytes", run.source_bytes},
        {"archiveBytes", run.archive_bytes},
        {"attachmentBytes", run.attachment_bytes},
        {"archiveFiles", run.archive_files},
        {"usersWritten", run.users_written},
        {"usersFailed", failed_users(run)},
        {"largestUser",
         json::object{{"userId", text(run.largest_user)}, {"events", run.largest_user_events}}},
    };
    tree_object tree{out};
    add_counts(tree, run.totals);
    add_findings(tree, run.notes, meanings::with);
    out["damages"] = damages(run);
    out["changedMeanwhile"] = changes(run);
    out["warnings"] = to_json(run.warnings);
    out["notInIndex"] = to_json(run.not_in_index);
    out["indexOnly"] = to_json(run.index_only);
    out["strangers"] = to_json(run.strangers);
    out["otherCollections"] = to_json(run.other_collections);
    if (run.has_user_core) out["userCoreRows"] = true;
    add_times(out, run.times);
    add_cores(out, run);
    return out;
}

} // namespace pryv_export::exporting
