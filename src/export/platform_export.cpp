#include "platform_export.hpp"

#include "pryv_export/convert/tables.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>

namespace pryv_export::exporting {

namespace {

bool add_sqlite_rows(const config::v1_config& config, const source::sqlite_opener& sqlite,
                     convert::output& out)
{
    auto const rows = source::read_platform(sqlite, config.user_files_path / "platform-wide.db");
    if (!rows) return false;
    for (const auto& row : *rows) convert::append_platform_row(row.key, row.value, out);
    return true;
}

bool add_documents(source::document_store& documents, std::string_view collection, bool unique,
                   convert::output& out)
{
    auto cursor = documents.open_platform(collection);
    if (!cursor) return false;
    source::batch batch;
    while ((*cursor)->next(batch)) {
        for (const auto& document : batch.documents)
            convert::append_platform_document(document.bytes, unique, out);
        batch = {};
    }
    return true;
}

bool add_mongo_rows(source::document_store& documents, convert::output& out)
{
    bool const unique = add_documents(documents, "keyValueUnique", true, out);
    bool const indexed = add_documents(documents, "keyValueIndexed", false, out);
    return unique || indexed;
}

std::set<std::string_view> lines_of(const convert::output& out)
{
    std::set<std::string_view> lines;
    std::string_view rest = out.lines.view();
    while (!rest.empty()) {
        std::size_t const end = rest.find('\n');
        lines.insert(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    return lines;
}

/// Rows of the source that is not configured: they do not go to v2, but a difference must be seen.
void compare(const convert::output& used, const convert::output& other, std::string_view other_name,
             std::vector<std::string>& warnings)
{
    if (other.lines.view().empty()) return; // nearly always, and the lines of many users are many
    auto const have = lines_of(used);
    std::size_t missing = 0;
    for (std::string_view const line : lines_of(other)) missing += have.contains(line) ? 0 : 1;
    if (missing > 0) {
        warnings.push_back(fmt::format("{} platform rows exist only in {}, which v1 is not configured to "
                                       "use; they are not in the archive.",
                                       missing, other_name));
    }
}

} // namespace

void read_platform(const config::v1_config& config, const source::sqlite_opener& sqlite,
                   source::document_store& documents, convert::output& out,
                   std::vector<std::string>& warnings)
{
    bool const in_mongo = config.platform_engine == config::engine::mongodb;
    convert::output other;
    bool const has_sqlite = add_sqlite_rows(config, sqlite, in_mongo ? other : out);
    bool const has_mongo = add_mongo_rows(documents, in_mongo ? out : other);
    if (!(in_mongo ? has_mongo : has_sqlite)) {
        warnings.push_back(fmt::format(
            "There are no platform data at {}: unique and indexed account fields are not in the archive.",
            in_mongo ? "<database>-platform" : "platform-wide.db"));
    }
    compare(out, other, in_mongo ? "platform-wide.db" : "the platform database of MongoDB", warnings);
}

} // namespace pryv_export::exporting
