#pragma once

#include "pryv_export/source/document_store.hpp"

#include <string>

namespace pryv_export::exporting {

/// The data model of a v1 store, from its `versions` collection (docs/v1-data.md "versions").
struct v1_version
{
    std::string text; ///< "1.9.3"; empty when the store does not say
    int major = 0;
    int minor = 0;
    int patch = 0;
    std::string interrupted; ///< a migration that was started and never completed

    bool at_least(int a, int b) const noexcept { return major != a ? major > a : minor >= b; }
};

/// Blocking. The newest completed migration, or the first install.
v1_version read_version(source::document_store& documents);

/// Throws export_error when the store is older than 1.7 or in the middle of a migration, unless `force`;
/// returns a sentence for the report, empty when there is nothing to say.
std::string check_version(const v1_version& version, bool force);

} // namespace pryv_export::exporting
