#include "unreadable_sources.hpp"

#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/source/user_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

namespace pryv_export::exporting {

namespace {

constexpr std::size_t files_named = 8;

std::vector<std::filesystem::path> files_of(const config::v1_config& config, const export_options& options)
{
    std::vector<std::filesystem::path> files;
    for (const char* const name :
         {"user-index.db", "user-index.db-wal", "platform-wide.db", "platform-wide.db-wal"})
        files.push_back(config.user_files_path / name);
    std::error_code error;
    if (!options.mongodump.empty()) {
        for (std::filesystem::recursive_directory_iterator at{options.mongodump, error}, end;
             !error && at != end; at.increment(error))
            files.push_back(at->path());
    }
    std::erase_if(files, [](const auto& file) { return kind_of(file) != path_kind::file; });
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

export_error with_other_unreadable_files(const export_error& first, const config::v1_config& config,
                                         const export_options& options)
{
    std::string_view const line = first.what();
    std::vector<std::string> others;
    for (const auto& file : files_of(config, options)) {
        if (line.find(file.native()) == line.npos && source::why_unreadable(file))
            others.push_back(printable(file.native()));
    }
    if (others.empty()) return first;
    std::size_t const count = others.size();
    if (others.size() > files_named) others.resize(files_named);
    return {first.status(), first.thing(),
            fmt::format("{}; {} more cannot be read: {}{}", line.substr(first.thing().size() + 2), count,
                        fmt::join(others, ", "), count > files_named ? ", …" : "")};
}

} // namespace pryv_export::exporting
