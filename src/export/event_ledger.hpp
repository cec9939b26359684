#pragma once

#include "pryv_export/convert/events.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace pryv_export::exporting {

/// What is known of all events of one user so far: ids (only when their order does not already prove them
/// unique) and attachments. Sees the batches in stored order, so that "the first" means the same for any
/// number of threads.
class event_ledger
{
public:
    explicit event_ledger(bool ids_ascend) : ids_ascend_{ids_ascend} {}

    bool wants_id_hashes() const noexcept { return !ids_ascend_; }
    /// What has to be done differently in this batch because of earlier ones (or of earlier records in it).
    /// Changes nothing.
    convert::event_exceptions exceptions_for(const convert::event_batch& batch) const;
    /// Takes a batch, converted with its exceptions, into the books.
    void enter(const convert::event_batch& batch);

    struct attachment
    {
        std::string event_id;
        std::string file_id; ///< as on disk
        std::optional<std::uint64_t> size;
        std::string integrity;
        bool in_head = false; ///< named by the head event, not only by history
    };
    /// By name in the archive: the file id, or `<file id>-<event id>` for a renamed one.
    const std::unordered_map<std::string, attachment>& attachments() const noexcept { return attachments_; }

private:
    bool ids_ascend_;
    std::unordered_set<std::uint64_t> ids_;
    std::unordered_map<std::string, attachment> attachments_;
};

/// The name of an attachment whose file id another event has taken.
std::string renamed_attachment(std::string_view file_id, std::string_view event_id);

} // namespace pryv_export::exporting
