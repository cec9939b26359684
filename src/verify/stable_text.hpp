#pragma once

#include "pryv_export/format/text_buffer.hpp"

#include "json_text.hpp"
#include "record_schema.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

/// Integrity hashes of records as they stand in an archive, computed as v2 does (docs/v2-archive.md section
/// 6).
namespace pryv_export::verify {

/// Computes hashes; keeps its memory. One per thread.
class integrity_hasher
{
public:
    enum class verdict : std::uint8_t
    {
        right,
        right_otherwise, ///< by another algorithm than sha256
        wrong,
        absent,
        unknown_form, ///< no "EVENT:0:<algorithm>-…" with an algorithm that v1 knew
    };

    /// The record's own `integrity` against its content. The algorithm is the one that it names.
    verdict check_event(json_value event, const record_members& known);
    verdict check_access(json_value access);

private:
    struct member
    {
        std::string_view key;
        json_value value;
        const double* number = nullptr; ///< instead of `value`
        bool attachments = false;
    };
    using members = std::vector<member>;

    void write_irregular_event(json_value event);
    void write_event(const record_members& event);
    void write_known_member(std::string_view quoted, json_value value);
    verdict check(std::string_view kind, json_value integrity) const;
    void append(json_value value, unsigned depth);
    void append_object(json_value object, unsigned depth);
    void append_attachments(json_value attachments, unsigned depth);
    void append_attachment(json_value item, unsigned depth);
    void append_number(json_value number);
    void append_members(members& of, unsigned depth);
    void append_key(std::string_view key);
    std::string_view text_of(json_value key);
    members& level(unsigned depth);

    std::deque<members> levels_; ///< memory per depth, kept
    std::deque<std::string> unescaped_;
    std::string scratch_;
    format::text_buffer text_;
};

} // namespace pryv_export::verify
