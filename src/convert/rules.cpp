#include "pryv_export/convert/rules.hpp"

#include <algorithm>
#include <array>

namespace pryv_export::convert {

std::span<const std::string_view> builtin_account_fields() noexcept
{
    static constexpr std::array<std::string_view, 9> names{
        "language", "appId",         "invitationToken", "referer",      "dbDocuments",
        "email",    "attachedFiles", "username",        "passwordHash",
    };
    return names;
}

bool is_builtin_account_field(std::string_view field) noexcept
{
    auto const names = builtin_account_fields();
    return std::find(names.begin(), names.end(), field) != names.end();
}

bool is_account_marker(std::string_view field) noexcept
{
    return field == "active" || field == "unique" || field == "account" || field == "helpers" ||
           field == "storageUsed";
}

} // namespace pryv_export::convert
