#include "event_ledger.hpp"

#include <algorithm>

namespace pryv_export::exporting {

std::string renamed_attachment(std::string_view file_id, std::string_view event_id)
{
    std::string name{file_id};
    name += '-';
    name += event_id;
    return name;
}

convert::event_exceptions event_ledger::exceptions_for(const convert::event_batch& batch) const
{
    convert::event_exceptions exceptions;
    std::unordered_set<std::uint64_t> here;
    for (std::uint32_t i = 0; i < batch.id_hashes.size(); ++i) {
        std::uint64_t const id = batch.id_hashes[i];
        if (id == 0) continue;
        if (ids_.contains(id) || !here.insert(id).second) exceptions.duplicates.push_back(i);
    }
    std::unordered_map<std::string_view, std::string_view> owners;
    for (const auto& reference : batch.attachments) {
        bool const duplicate =
            std::binary_search(exceptions.duplicates.begin(), exceptions.duplicates.end(), reference.record);
        if (duplicate) continue;
        auto const known = attachments_.find(reference.file_id);
        std::string_view const owner =
            known != attachments_.end() ? std::string_view{known->second.event_id}
                                        : owners.emplace(reference.file_id, reference.event_id).first->second;
        if (owner != reference.event_id) exceptions.renames.push_back({reference.record, reference.file_id});
    }
    return exceptions;
}

void event_ledger::enter(const convert::event_batch& batch)
{
    for (std::uint64_t const id : batch.id_hashes) {
        if (id != 0) ids_.insert(id);
    }
    for (const auto& reference : batch.attachments) {
        auto const known = attachments_.find(reference.file_id);
        bool const taken = known != attachments_.end() && known->second.event_id != reference.event_id;
        std::string name =
            taken ? renamed_attachment(reference.file_id, reference.event_id) : reference.file_id;
        attachment& entry = attachments_[std::move(name)];
        bool const newer = !reference.history || !entry.in_head;
        if (!newer) continue;
        entry.event_id = reference.event_id;
        entry.file_id = reference.file_id;
        entry.size = reference.size;
        entry.integrity = reference.integrity;
        entry.in_head = entry.in_head || !reference.history;
    }
}

} // namespace pryv_export::exporting
