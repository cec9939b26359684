#include "platform_merge.hpp"

#include "pryv_export/base/text.hpp"
#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

template <class Visit>
void for_each_row(std::string_view lines, const Visit& visit)
{
    while (!lines.empty()) {
        std::size_t const end = lines.find('\n') + 1;
        visit(lines.substr(0, end));
        lines.remove_prefix(end);
    }
}

std::string text_of(const json::object& row, std::string_view key)
{
    auto const* const value = row.if_contains(key);
    if (value == nullptr) return {};
    return value->is_string() ? std::string{value->get_string()} : json::serialize(*value);
}

} // namespace

platform_merge::platform_merge(std::vector<std::string> core_names, placement placed_on)
    : names_{std::move(core_names)}, placed_on_{std::move(placed_on)}, left_out_(names_.size())
{
}

void platform_merge::leave_out(std::size_t core, std::string username)
{
    left_out_[core].insert(std::move(username));
}

platform_merge::hash platform_merge::hash_of(std::string_view text)
{
    auto const digest = format::digest_of(format::digest_algorithm::sha256, text);
    hash short_one;
    std::memcpy(short_one.data(), digest.bytes.data(), sizeof short_one);
    return short_one;
}

/// v2 takes a value of a unique field, and an indexed field of a user, once.
platform_merge::row platform_merge::parse(std::string_view line)
{
    json::value const parsed = json::parse(line);
    const json::object& object = parsed.get_object();
    row out;
    out.username = text_of(object, "username");
    std::string const value = object.contains("value") ? json::serialize(object.at("value")) : "";
    if (out.username.empty()) {
        out.shown = text_of(object, "key");
        out.key = json::serialize(json::array{"key", json::string{out.shown}});
        out.value = value;
        return out;
    }
    std::string const field = text_of(object, "field");
    auto const* const unique = object.if_contains("isUnique");
    if (unique != nullptr && unique->is_bool() && unique->get_bool()) {
        out.key = json::serialize(json::array{"unique", json::string{field}, json::string{value}});
        out.value = out.username;
        out.shown = fmt::format("{} {} of {}", field, value, out.username);
    } else {
        out.key = json::serialize(json::array{"indexed", json::string{field}, json::string{out.username}});
        out.value = value;
        out.shown = fmt::format("{} of {}", field, out.username);
    }
    return out;
}

bool platform_merge::is_left_out(std::size_t core, const row& one) const
{
    return left_out_[core].contains(one.username);
}

bool platform_merge::is_doubtful(std::size_t core, const row& one) const
{
    if (!placed_on_ || one.username.empty()) return false;
    auto const placed = placed_on_(one.username);
    return placed && *placed != core;
}

void platform_merge::add(std::size_t core, std::string_view lines)
{
    for_each_row(lines, [&](std::string_view line) {
        row const one = parse(line);
        if (is_left_out(core, one)) return;
        entry const mine{hash_of(one.value), core, is_doubtful(core, one)};
        auto const [place, is_new] = entries_.emplace(hash_of(one.key), mine);
        entry& first = place->second;
        if (is_new || first.value == mine.value) return;
        // Within a core the last row wins, as it does in v2.
        bool const replaces = first.core == core || (first.doubtful && !mine.doubtful);
        if (!replaces && first.doubtful == mine.doubtful) add_conflict(one, first.core, core);
        if (replaces) first = mine;
    });
}

void platform_merge::add_conflict(const row& one, std::size_t first, std::size_t second)
{
    ++conflict_count_;
    if (conflicts_.size() >= merge_plan::conflicts_kept) return;
    conflicts_.push_back(fmt::format("Platform data '{}' are others on {} than on {}.", printable(one.shown),
                                     names_[first], names_[second]));
}

/// A live core's rows may be others than when the cores were compared; as then, the last one wins.
void platform_merge::take_changes(std::size_t core, std::string_view lines)
{
    for_each_row(lines, [&](std::string_view line) {
        row const one = parse(line);
        if (is_left_out(core, one)) return;
        entry const mine{hash_of(one.value), core, is_doubtful(core, one)};
        entry& known = entries_.emplace(hash_of(one.key), mine).first->second;
        if (known.core == core && !known.written) known.value = mine.value;
    });
}

void platform_merge::filter(std::size_t core, convert::output& rows)
{
    take_changes(core, rows.lines.view());
    format::text_buffer kept;
    std::uint64_t kept_count = 0;
    for_each_row(rows.lines.view(), [&](std::string_view line) {
        row const one = parse(line);
        auto const found = entries_.find(hash_of(one.key));
        if (is_left_out(core, one)) return set_aside(one, line, convert::rule::on_another_core, rows);
        entry& known = found->second; // take_changes() has seen to it
        if (known.value != hash_of(one.value)) {
            bool const of_this_core = known.core == core;
            return set_aside(
                one, line, of_this_core ? convert::rule::duplicate_id : convert::rule::on_another_core, rows);
        }
        if (std::exchange(known.written, true))
            return set_aside(one, line, convert::rule::duplicate_id, rows);
        kept.append(line);
        ++kept_count;
    });
    rows.lines = std::move(kept);
    rows.line_count = kept_count;
}

void platform_merge::set_aside(const row& one, std::string_view line, convert::rule why,
                               convert::output& rows)
{
    rows.notes.add(why, one.shown);
    rows.extra.append(fmt::format(R"({{"rule":"{}","kind":"platform","id":{},"record":)",
                                  convert::name_of(why), json::serialize(json::string{one.shown})));
    rows.extra.append(line.substr(0, line.size() - 1));
    rows.extra.append("}\n");
    ++rows.extra_count;
    ++rows.counts.set_aside;
    --(rows.counts.written > 0 ? rows.counts.written : rows.counts.changed);
}

} // namespace pryv_export::exporting
