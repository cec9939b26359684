#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/export/user_list.hpp"

#include "record_lines.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace pryv_export::exporting {

namespace {

std::string text_of(const boost::json::object& row, std::string_view key)
{
    auto const* const value = row.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

} // namespace

std::optional<std::map<std::string, std::string, std::less<>>>
read_register_names(const std::filesystem::path& folder, std::vector<std::string>& warnings,
                    const std::function<bool(std::string_view)>& wanted)
{
    bool const gzip = kind_of(folder / "users.jsonl.gz") == path_kind::file;
    auto const path = folder / (gzip ? "users.jsonl.gz" : "users.jsonl");
    if (!gzip && kind_of(path) != path_kind::file) return std::nullopt;
    std::map<std::string, std::string, std::less<>> names;
    std::uint64_t number = 0;
    for_each_line(path, [&](std::string_view line) {
        ++number;
        if (line.empty()) return;
        boost::system::error_code error;
        boost::json::value const row = boost::json::parse(line, error);
        if (error || !row.is_object()) {
            warnings.push_back(
                fmt::format("{}, line {}: no JSON object, skipped.", printable(path.native()), number));
            return;
        }
        std::string id = text_of(row.get_object(), "id");
        std::string name = text_of(row.get_object(), "username");
        if (id.size() > 3 && !name.empty() && (!wanted || wanted(id)))
            names.emplace(std::move(id), std::move(name));
    });
    return names;
}

} // namespace pryv_export::exporting
