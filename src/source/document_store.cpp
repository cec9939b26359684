#include "pryv_export/source/document_store.hpp"

namespace pryv_export::source {

std::string_view name_of(collection kind) noexcept
{
    switch (kind) {
    case collection::events: return "events";
    case collection::streams: return "streams";
    case collection::accesses: return "accesses";
    case collection::profile: return "profile";
    case collection::webhooks: return "webhooks";
    case collection::followed_slices: return "followedSlices";
    }
    return "unknown";
}

} // namespace pryv_export::source
