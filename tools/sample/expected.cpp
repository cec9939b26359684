#include "expected.hpp"

#include "files_out.hpp"

#include <fmt/format.h>

#include <iterator>

namespace sample {

namespace {

constexpr std::size_t most_users_spelt_out = 5000;

/// Length of the well-formed UTF-8 sequence at `at`, 0 when there is none.
std::size_t sequence_length(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const auto tail = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xbf; };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        const bool ok =
            tail(1) && tail(2) && !(lead == 0xe0 && byte(1) < 0xa0) && !(lead == 0xed && byte(1) > 0x9f);
        return ok ? 3 : 0;
    }
    if (lead < 0xf0 || lead > 0xf4 || !tail(1) || !tail(2) || !tail(3)) return 0;
    return (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f) ? 0 : 4;
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& values)
{
    out += fmt::format("  {}: [", json_quoted(name));
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i != 0) out += ", ";
        out += json_quoted(values[i]);
    }
    out += "],\n";
}

void append_user(std::string& out, const user_expectation& user, bool compact)
{
    out += compact ? '[' : '{';
    if (compact) {
        out += json_quoted(user.id) + "," + json_quoted(user.username);
    } else {
        out += fmt::format("\"userId\": {}, \"username\": {}", json_quoted(user.id),
                           user.username.empty() ? "null" : json_quoted(user.username));
    }
    for (std::size_t i = 0; i < count_kinds; ++i) {
        if (compact) {
            out += fmt::format(",{}", user.counts.value[i]);
        } else {
            out += fmt::format(", \"{}\": {}", count_names()[i], user.counts.value[i]);
        }
    }
    out += compact ? ']' : '}';
}

void append_totals(std::string& out, const expectation& expected)
{
    counters total;
    for (const auto& user : expected.users) total.add(user.counts);
    out += fmt::format("  \"totals\": {{\"users\": {}", expected.users.size());
    for (std::size_t i = 0; i < count_kinds; ++i) {
        out += fmt::format(", \"{}\": {}", count_names()[i], total.value[i]);
    }
    out += "},\n  \"documents\": {";
    bool first = true;
    for (const auto& [name, number] : expected.documents) {
        out += fmt::format("{}{}: {}", first ? "" : ", ", json_quoted(name), number);
        first = false;
    }
    out += fmt::format("}},\n  \"platform\": {{\"unique\": {}, \"indexed\": {}}},\n",
                       expected.platform_unique, expected.platform_indexed);
}

void append_dirty(std::string& out, const dirty_record& record)
{
    out +=
        fmt::format("{{\"rule\": {}, \"kind\": {}, \"user\": {}, \"id\": {}, \"outcome\": {}, \"note\": {}}}",
                    json_quoted(record.rule), json_quoted(record.kind), json_quoted(record.user),
                    json_quoted(record.id), json_quoted(record.outcome), json_quoted(record.note));
}

template <class Items, class Append>
void append_lines(std::string& out, std::string_view name, const Items& items, Append append)
{
    out += fmt::format("  \"{}\": [", name);
    bool first = true;
    for (const auto& item : items) {
        out += first ? "\n    " : ",\n    ";
        first = false;
        append(item);
    }
    out += first ? "]" : "\n  ]";
}

} // namespace

const std::array<std::string_view, count_kinds>& count_names()
{
    static constexpr std::array<std::string_view, count_kinds> names{"events",
                                                                     "heads",
                                                                     "trashed",
                                                                     "deletions",
                                                                     "history",
                                                                     "accountFields",
                                                                     "accountOther",
                                                                     "both",
                                                                     "eventsSetAside",
                                                                     "rebased",
                                                                     "streams",
                                                                     "streamsDeleted",
                                                                     "streamsSetAside",
                                                                     "accesses",
                                                                     "accessesDeleted",
                                                                     "accessesSetAside",
                                                                     "profile",
                                                                     "followedSlices",
                                                                     "webhooks",
                                                                     "webhooksDeleted",
                                                                     "webhooksSetAside",
                                                                     "passwords",
                                                                     "keyValues",
                                                                     "audit",
                                                                     "files",
                                                                     "fileBytes",
                                                                     "filesListed"};
    return names;
}

std::string json_quoted(std::string_view text)
{
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = sequence_length(text, i);
        const auto byte = static_cast<unsigned char>(text[i]);
        if (length == 0) {
            out += "\xef\xbf\xbd";
            ++i;
            continue;
        }
        if (byte < 0x20 || byte == '"' || byte == '\\') {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            out.append(text.substr(i, length));
        }
        i += length;
    }
    return out + '"';
}

void write_expected(const expectation& expected, const std::filesystem::path& file)
{
    const bool compact = expected.users.size() > most_users_spelt_out;
    std::string out = "{\n  \"format\": 1,\n";
    append_totals(out, expected);
    append_list(out, "notInIndex", expected.not_in_index);
    append_list(out, "indexOnly", expected.index_only);
    append_list(out, "folderOnly", expected.folder_only);
    append_list(out, "refusedIds", expected.refused_ids);
    append_lines(out, "failing", expected.failing, [&](const auto& entry) {
        out += fmt::format("{{\"user\": {}, \"cause\": {}}}", json_quoted(entry.first),
                           json_quoted(entry.second));
    });
    out += ",\n";
    append_lines(out, "dirty", expected.dirty, [&](const auto& record) { append_dirty(out, record); });
    out += ",\n";
    if (compact) {
        std::vector<std::string> columns{"userId", "username"};
        columns.insert(columns.end(), count_names().begin(), count_names().end());
        append_list(out, "columns", columns);
    }
    append_lines(out, "users", expected.users, [&](const auto& user) { append_user(out, user, compact); });
    out += "\n}\n";
    write_file(file, out);
}

} // namespace sample
