#include "pryv_export/base/text.hpp"
#include "pryv_export/export/dry_run.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

constexpr int forecast_version = 1;

json::array to_json(const std::vector<std::string>& lines)
{
    json::array out;
    for (const std::string& line : lines) out.emplace_back(printable(line));
    return out;
}

json::object records_of(const std::array<std::uint64_t, convert::kind_count>& records)
{
    json::object out;
    for (std::size_t i = 0; i < convert::kind_count; ++i) {
        if (static_cast<convert::kind>(i) != convert::kind::platform)
            out[name_of(static_cast<convert::kind>(i))] = records[i];
    }
    return out;
}

json::object bytes_of(const per_part<std::uint64_t>& bytes)
{
    json::object out;
    for (std::size_t i = 0; i < part_count; ++i) out[name_of(static_cast<part>(i))] = bytes[i];
    return out;
}

json::object output_of(const forecast& expected)
{
    json::object out{{"path", printable(expected.output)}, {"bytesNeeded", expected.bytes_on_disk}};
    if (!expected.output_checked) return out;
    out["bytesFree"] = expected.free_bytes;
    if (expected.free_files) out["inodesFree"] = *expected.free_files;
    return out;
}

json::array notes_of(const convert::findings& notes)
{
    json::array out;
    for (std::size_t i = 0; i < convert::rule_count; ++i) {
        auto const which = static_cast<convert::rule>(i);
        if (notes.count(which) == 0) continue;
        json::array examples;
        for (const auto& example : notes.examples(which)) {
            json::object entry{{"id", printable(example.id)}};
            if (!example.detail.empty()) entry["detail"] = printable(example.detail);
            examples.push_back(std::move(entry));
        }
        out.push_back(json::object{{"rule", name_of(which)},
                                   {"count", notes.count(which)},
                                   {"meaning", explain(which)},
                                   {"examples", std::move(examples)}});
    }
    return out;
}

} // namespace

json::object to_json(const user_forecast& user)
{
    json::object out{{"userId", printable(user.user_id)},
                     {"username", printable(user.username)},
                     {"measured", user.converted},
                     {"records", records_of(user.records)},
                     {"sourceBytes", bytes_of(user.source_bytes)},
                     {"archiveBytes", bytes_of(user.archive_bytes)},
                     {"archiveBytesTotal", user.archive_total()}};
    if (user.heap_megabytes > 0) out["restoreHeapMegabytes"] = user.heap_megabytes;
    return out;
}

json::object to_json(const forecast& expected)
{
    return {{"dryRunVersion", forecast_version},
            {"tool", "pryv-export " + expected.tool_version},
            {"result", expected.ready() ? "ready" : "problems"},
            {"source", printable(expected.source)},
            {"coreVersion", printable(expected.core_version)},
            {"scanned", expected.scanned},
            {"usersConverted", expected.users_converted},
            {"records", records_of(expected.records)},
            {"sourceBytes", bytes_of(expected.source_bytes)},
            {"archiveBytes", bytes_of(expected.archive_bytes)},
            {"otherBytes", expected.other_bytes},
            {"archiveBytesTotal", expected.archive_total()},
            {"archiveFiles", expected.files},
            {"archiveFolders", expected.folders},
            {"seconds", expected.seconds},
            {"output", output_of(expected)},
            {"usersAboveRestoreHeap", expected.large_users},
            {"usersWithUnroutableName", expected.unroutable_users},
            {"usersWithoutPassword", expected.users_without_password},
            {"problems", to_json(expected.problems)},
            {"warnings", to_json(expected.warnings)},
            {"rules", notes_of(expected.converted.notes)}};
}

void write_json(const forecast& expected, const std::function<void(std::string_view)>& write)
{
    std::string text = json::serialize(to_json(expected));
    text.pop_back();
    write(text + ",\"users\":[");
    std::string_view separator = "\n";
    for (const user_forecast& user : expected.users) {
        write(separator);
        write(json::serialize(to_json(user)));
        separator = ",\n";
    }
    write("\n]}\n");
}

} // namespace pryv_export::exporting
