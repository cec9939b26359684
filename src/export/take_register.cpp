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
             const std::filesystem::path& scratch, std::string_view own_server,
             std::vector<std::string>& warnings)
try {
    auto const checked = check_register(folder, users, scratch, own_server);
    for (auto& sentence : checked.sentences()) warnings.push_back(std::move(sentence));
} catch (const export_error& error) {
    // The archive does not depend on it.
    if (error.status() == exit_status::io_error) throw;
    warnings.push_back(fmt::format("The register was not held against the users: {}", error.what()));
}

} // namespace

std::vector<archive::file_record> take_register(const archive::output_folder& output, archive::encoding how,
                                                run_report& report)
{
    report.has_user_core = kind_of(output.root() / "register" / "user-core.sql") == path_kind::file;
    return adopt_register(output.root(), output.partial(), how, report.warnings);
}

void compare_with_register(const archive::output_folder& output, const export_options& options,
                           const std::vector<user_entry>& users, run_report& report)
{
    // Of a choice of users, all others would be missing.
    if (!options.users.empty()) return;
    compare(options.register_dir.value_or(output.root() / "register"), users, output.partial(),
            options.register_name, report.warnings);
}

} // namespace pryv_export::exporting
