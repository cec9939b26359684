#include "pryv_export/runtime/progress_text.hpp"

#include <utility>

namespace pryv_export::runtime {

progress_snapshot progress_sum::update(progress_snapshot whole, std::span<const progress_snapshot> parts)
{
    exported_.resize(parts.size());
    bool const exporting = whole.phase == "exporting";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const progress_snapshot& part = parts[i];
        whole.users_done += part.users_done;
        whole.users_total += part.users_total;
        whole.users_failed += part.users_failed;
        whole.records_done += part.records_done;
        whole.files_done += part.files_done;
        whole.file_bytes_done += part.file_bytes_done;
        if (!exporting) {
            whole.bytes_done += part.bytes_done;
            whole.bytes_total += part.bytes_total;
        } else if (part.phase == "exporting") {
            exported_[i] = part.bytes_total;
            whole.bytes_done += part.bytes_done;
            whole.bytes_total += part.bytes_total;
        } else {
            whole.bytes_done += exported_[i];
            whole.bytes_total += exported_[i];
        }
    }
    return whole;
}

} // namespace pryv_export::runtime
