#pragma once

#include "record_reader.hpp"
#include "record_schema.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::verify {

/// A file that an event lists.
struct listed_file
{
    std::string file_id;
    std::string event_id; ///< of the row
    std::string head_id;  ///< of the row when it is a history version; else empty
    std::uint64_t line = 0;
    double size = -1; ///< -1: not given
    std::string integrity;
};

/// What one chunk of events leaves to be checked with the others.
struct chunk_summary
{
    std::string name; ///< of the file inside the archive
    std::uint64_t records = 0;
    std::vector<std::uint64_t> id_hashes;
    std::vector<listed_file> files;
    std::uint64_t first_head_line = 0;
    std::uint64_t last_history_line = 0;
};

/// One chunk of events.
class event_checker final : public record_checker
{
public:
    event_checker(const file_scope& scope, integrity_hasher& hasher, chunk_summary& out)
        : scope_{scope}, hasher_{hasher}, out_{out}
    {
    }
    void record(json_value event, std::uint64_t line) override;

private:
    void check_integrity(json_value event, std::uint64_t line, std::string_view id, bool history);
    void check_streams(std::uint64_t line, std::string_view id);
    void take_files(std::uint64_t line, std::string_view id, std::string_view head);
    void take_file(json_value item, std::uint64_t line, std::string_view id, std::string_view head);

    const file_scope& scope_;
    integrity_hasher& hasher_;
    chunk_summary& out_;
    record_members members_{event_schema};
    std::string id_;
    std::string head_;
};

/// Ids of events, or of audit rows, that are there twice: read again to say where. member: "id" or "eventid".
/// chunks: in v2's order.
void find_repeated_ids(record_reader& reader, findings& out, const archive_facts& facts,
                       const std::vector<chunk_summary>& chunks, std::string_view member);

/// History versions must not come behind heads in archives of ours, and whose file is it when several rows
/// list it. `found` gains the files to look for: the last row that lists each.
class file_ledger
{
public:
    void add(const chunk_summary& chunk, const file_scope& scope);

    /// By id of the file; the owner is the last row that lists it, as v2 has it.
    struct owner
    {
        listed_file last;
        std::string head; ///< the first head that lists it
        bool listed_by_head = false;
        std::uint32_t chunk = 0; ///< of `last`
    };
    const std::map<std::string, owner, std::less<>>& owners() const noexcept { return owners_; }
    /// Complains about files that a history version would capture. names: of the chunks that were added
    void finish(findings& out, const archive_facts& facts) const;
    const std::string& chunk_name(const owner& of) const { return names_[of.chunk]; }

private:
    std::map<std::string, owner, std::less<>> owners_;
    std::vector<std::string> names_;
    bool heads_begun_ = false;
};

} // namespace pryv_export::verify
