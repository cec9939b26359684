#include "pryv_export/base/version.hpp"

namespace pryv_export {

std::string_view program_version() noexcept
{
    return PRYV_EXPORT_VERSION;
}

} // namespace pryv_export
