#include "pryv_export/base/log.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/verify/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace pryv_export::verify {

namespace {

constexpr std::size_t width = 78;
constexpr std::array severities{severity::error, severity::warning, severity::note};

/// Words of `text` on lines of at most `width`, each behind `indent` spaces; the first line begins with
/// `label`.
void append_wrapped(std::string& out, std::size_t indent, std::string_view label, std::string_view text)
{
    std::string line = std::string(indent, ' ') + std::string{label};
    std::size_t const hanging = line.size();
    bool first = true;
    while (!text.empty()) {
        std::size_t const end = std::min(text.find(' '), text.size());
        if (!first && line.size() + 1 + end > width) {
            out += line + "\n";
            line.assign(hanging, ' ');
            first = true;
        }
        if (!first) line += ' ';
        line += text.substr(0, end);
        first = false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    out += line + "\n";
}

std::string counted(std::uint64_t count, std::string_view noun)
{
    return fmt::format("{} {}{}", human_count(count), noun, count == 1 ? "" : "s");
}

std::string place_of(const finding& at)
{
    std::string place = at.file.empty() ? "the archive" : at.file;
    if (at.line > 0) place += fmt::format(":{}", at.line);
    if (!at.id.empty()) place += fmt::format(" ({})", at.id);
    return place;
}

std::string verdict(const verify_report& report)
{
    std::uint64_t const errors = report.found.count(severity::error);
    std::uint64_t const warnings = report.found.count(severity::warning);
    if (errors > 0)
        return fmt::format("{}, {}: this archive must not be trusted as it is", counted(errors, "error"),
                           counted(warnings, "warning"));
    if (warnings > 0) return fmt::format("no error, {}: look at them", counted(warnings, "warning"));
    if (!report.all_users) return "sound, as far as the users tell that were checked";
    return report.held_against.empty() ? "sound: whole, and as v2 takes it"
                                       : "sound: whole, as v2 takes it, and has the counts of the source";
}

void append_rule(std::string& out, const findings& found, rule which, severity level, bool colour)
{
    const rule_facts& facts = facts_of(which);
    std::string_view const paint = !colour                      ? ""
                                   : level == severity::error   ? "\x1b[31m"
                                   : level == severity::warning ? "\x1b[33m"
                                                                : "";
    out += fmt::format("\n  {}{}{}  {}  {}\n", paint, name_of(level), paint.empty() ? "" : "\x1b[0m",
                       facts.name, human_count(found.count(which, level)));
    for (const finding& each : found.examples(which, level))
        append_wrapped(out, 4, "· ", place_of(each) + ": " + each.text);
    std::uint64_t const more = found.count(which, level) - found.examples(which, level).size();
    if (more > 0) out += fmt::format("    … and {} more\n", human_count(more));
    if (level == severity::note) return;
    append_wrapped(out, 4, "v2: ", facts.v2);
    append_wrapped(out, 4, "do: ", facts.todo);
}

} // namespace

std::string summary_text(const verify_report& report, bool colour)
{
    std::string const bold = colour ? "\x1b[1m" : "";
    std::string const plain = colour ? "\x1b[0m" : "";
    std::string out = fmt::format("{}{}: {}{}\n", bold, printable(report.archive), verdict(report), plain);
    if (!report.made_by.empty())
        append_wrapped(out, 0, "",
                       fmt::format("Made by {}, from a v1 of version {}; {} of {} checked, {}.",
                                   report.made_by,
                                   report.core_version.empty() ? "unknown" : printable(report.core_version),
                                   human_count(report.users_checked), counted(report.users_listed, "user"),
                                   human_bytes(report.bytes)));
    if (!report.held_against.empty())
        append_wrapped(out, 0, "", fmt::format("Held against {}.", printable(report.held_against)));
    for (severity const level : severities)
        for (std::size_t i = 0; i < rule_count; ++i)
            if (report.found.count(static_cast<rule>(i), level) > 0)
                append_rule(out, report.found, static_cast<rule>(i), level, colour);
    if (report.users_checked == 0) return out;
    std::string line;
    for (const auto& [kind, count] : report.counts)
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", human_count(count), kind);
    out += '\n';
    append_wrapped(out, 0, "Read: ", line + ".");
    if (report.users_open_to_doubt > 0)
        out += fmt::format("Users with errors: {} of {}.\n", human_count(report.users_open_to_doubt),
                           human_count(report.users_checked));
    return out;
}

namespace {

std::string json_of(const finding& each)
{
    std::string out = fmt::format("{{\"file\": {}", json_quoted(each.file));
    if (each.line > 0) out += fmt::format(", \"line\": {}", each.line);
    if (!each.id.empty()) out += fmt::format(", \"id\": {}", json_quoted(each.id));
    return out + fmt::format(", \"text\": {}}}", json_quoted(each.text));
}

std::string json_of(const findings& found, rule which, severity level)
{
    const rule_facts& facts = facts_of(which);
    std::string out = fmt::format("    {{\n      \"rule\": {},\n      \"severity\": {},\n      \"count\": "
                                  "{},\n      \"v2\": {},\n      \"todo\": {},\n"
                                  "      \"examples\": [",
                                  json_quoted(facts.name), json_quoted(name_of(level)),
                                  found.count(which, level), json_quoted(facts.v2), json_quoted(facts.todo));
    std::string_view separator = "\n        ";
    for (const finding& each : found.examples(which, level)) {
        out += separator;
        out += json_of(each);
        separator = ",\n        ";
    }
    return out + "\n      ]\n    }";
}

} // namespace

std::string summary_json(const verify_report& report)
{
    std::uint64_t const errors = report.found.count(severity::error);
    std::uint64_t const warnings = report.found.count(severity::warning);
    std::string out =
        fmt::format("{{\n  \"verifyVersion\": 1,\n  \"archive\": {},\n  \"result\": \"{}\",\n  \"errors\": "
                    "{},\n  \"warnings\": {},\n"
                    "  \"madeBy\": {},\n  \"heldAgainst\": {},\n  \"coreVersion\": {},\n  \"usersListed\": "
                    "{},\n  \"usersChecked\": "
                    "{},\n  \"usersWithErrors\": {},\n"
                    "  \"bytes\": {},\n  \"counts\": {{",
                    json_quoted(report.archive),
                    errors > 0     ? "errors"
                    : warnings > 0 ? "warnings"
                                   : "sound",
                    errors, warnings, json_quoted(report.made_by),
                    report.held_against.empty() ? "null" : json_quoted(report.held_against),
                    json_quoted(report.core_version), report.users_listed, report.users_checked,
                    report.users_open_to_doubt, report.bytes);
    std::string_view separator;
    for (const auto& [kind, count] : report.counts) {
        out += fmt::format("{}{}: {}", separator, json_quoted(kind), count);
        separator = ", ";
    }
    out += "},\n  \"findings\": [";
    separator = "\n";
    for (severity const level : severities) {
        for (std::size_t i = 0; i < rule_count; ++i) {
            if (report.found.count(static_cast<rule>(i), level) == 0) continue;
            out += separator;
            out += json_of(report.found, static_cast<rule>(i), level);
            separator = ",\n";
        }
    }
    return out + "\n  ]\n}\n";
}

} // namespace pryv_export::verify
