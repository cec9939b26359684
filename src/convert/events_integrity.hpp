#pragma once

#include "pryv_export/convert/rules.hpp"

#include "convert/integrity.hpp"
#include "convert/record_writer.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace pryv_export::convert {

/// The integrity of one event: makes v2's hash and says how the stored one compares.
///
///     guard.prepare(writer, history);                 // leaves room for the hash in the line
///     if (writer.append_line(lines, …)) guard.settle(writer, lines, start);
///
/// Keeps its memory; one thread at a time.
class event_integrity
{
public:
    explicit event_integrity(const rules& configuration);

    /// Before append_line(): decides what the member `integrity` will be.
    void prepare(record_writer& writer);

    /// After append_line(): hashes what was written at `lines` from `start` on, puts the hash in its place
    /// and names the rule. Appends a compact extra line when only the old hash is lost.
    void settle(record_writer& writer, bool history, format::text_buffer& lines, std::size_t start,
                output& out);

private:
    enum class attachments_form : std::uint8_t
    {
        as_written,
        without_empty,
        with_empty
    };
    struct variant
    {
        std::string_view id_json;
        std::string_view id;
        std::optional<double> duration;
        attachments_form form = attachments_form::as_written;
    };

    variant as_v2_reads(const record_writer& writer, bool history, std::string_view line);
    // Behind the line must be text_buffer::padding more bytes to read.
    void write_text(const record_writer& writer, std::string_view line, const variant& how);
    void write_members(const record_writer& writer, std::string_view line, std::size_t from, std::size_t to);
    void write_member(const record_writer& writer, std::size_t index, std::string_view json);
    void write_as_in_line(const record_writer& writer, std::size_t index, std::string_view json);
    void write_value(const format::bson_element& value);
    void write_attachments(const record_writer& writer, attachments_form form);
    void write_id(std::string_view json, std::string_view text);
    bool is_stable(std::string_view json) const noexcept { return plain_line_ || is_plain_ascii(json); }
    bool write_original(const record_writer& writer, const variant& how, bool with_unknown);

    bool matches_a_rule_of_v1(record_writer& writer, bool history, std::string_view line, const variant& v2,
                              std::string_view stored);
    bool matches(const record_writer& writer, std::string_view line, const variant& how,
                 std::string_view stored, format::digest_algorithm algorithm);
    void judge(record_writer& writer, bool history, std::string_view line, const variant& v2,
               std::string_view stored);

    const rules* rules_;
    bool wanted_ = false;     ///< of the record at hand
    bool plain_line_ = false; ///< of the line at hand: is_plain_ascii()
    std::string head_;        ///< what v2's hashes begin with
    std::string blank_;       ///< such a hash with quotes, its digits still missing
    format::text_buffer text_;
    std::vector<hash_member> members_;
    std::string filtered_;
};

} // namespace pryv_export::convert
