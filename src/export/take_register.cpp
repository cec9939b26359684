#include "take_register.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/export/register_check.hpp"

#include "register_folder.hpp"

#include <fmt/format.h>

#include <utility>

namespace pryv_export::exporting {

namespace {

void compare(const std::filesystem::path& folder, const std::vector<user_entry>& users,
             const std::filesystem::path& scratch, std::vector<std::string>& warnings)
try {
    auto const checked = check_register(folder, users, scratch);
    for (auto& sentence : checked.sentences()) warnings.push_back(std::move(sentence));
} catch (const export_error& error) {
    // The archive does not depend on it.
    if (error.status() == exit_status::io_error) throw;
    warnings.push_back(fmt::format("The register was not held against the users: {}", error.what()));
}

} // namespace

void take_register(const archive::output_folder& output, const export_options& options,
                   const std::vector<user_entry>& users, std::vector<archive::file_record>& files,
                   run_report& report)
{
    auto const beside = output.root() / "register";
    auto const adopted = adopt_register(output.root(), output.partial(), options.encoding, report.warnings);
    files.insert(files.end(), adopted.begin(), adopted.end());
    report.has_user_core = kind_of(beside / "user-core.sql") == path_kind::file;
    // Of a choice of users, all others would be missing.
    if (options.users.empty())
        compare(options.register_dir.value_or(beside), users, output.partial(), report.warnings);
}

} // namespace pryv_export::exporting
