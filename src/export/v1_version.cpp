#include "pryv_export/export/v1_version.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/format/bson.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <tuple>

namespace pryv_export::exporting {

namespace {

struct version_row
{
    std::string id;
    std::optional<double> started;
    std::optional<double> completed;
};

version_row read_row(std::span<const std::uint8_t> document)
{
    version_row row;
    format::bson_reader reader{document};
    for (format::bson_element element; reader.next(element);) {
        if (element.key == "_id" && element.is_string()) row.id = element.text();
        if (element.key == "migrationStarted") row.started = element.number();
        if (element.key == "migrationCompleted") row.completed = element.number();
        if (element.key == "initialInstall") row.completed = element.number();
    }
    return row;
}

} // namespace

v1_version read_version(source::document_store& documents)
{
    v1_version version;
    auto cursor = documents.open_whole("versions");
    if (!cursor) return version;
    double newest = -1;
    source::batch batch;
    while ((*cursor)->next(batch)) {
        for (const source::document& document : batch.documents) {
            version_row const row = read_row(document.bytes);
            if (row.started && !row.completed) version.interrupted = row.id;
            if (row.completed && *row.completed > newest) {
                newest = *row.completed;
                version.text = row.id;
            }
        }
    }
    std::sscanf(version.text.c_str(), "%d.%d.%d", &version.major, &version.minor, &version.patch);
    return version;
}

std::string check_version(const v1_version& version, bool force)
{
    constexpr std::string_view hint =
        "let v1 1.9.3 migrate the store first, or give --force-version to go on";
    std::string problem;
    if (!version.interrupted.empty()) {
        problem = fmt::format(
            "the migration to {} was started and never completed: the store can hold two shapes of data",
            version.interrupted);
    } else if (version.text.empty()) {
        return "The store does not say its version (no `versions` collection); it was read as 1.9.";
    } else if (!version.at_least(1, 7)) {
        problem = fmt::format(
            "the store is of v1 {}: users and passwords of versions before 1.7 are kept in another way",
            version.text);
    }
    if (problem.empty()) return {};
    if (!force) throw export_error{exit_status::source_missing, "versions", problem, hint};
    return fmt::format("--force-version: {}.", problem);
}

} // namespace pryv_export::exporting
