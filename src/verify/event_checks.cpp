#include "event_checks.hpp"

#include "record_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace pryv_export::verify {

namespace {

/// A system stream of an account field; the others are helpers that events keep (docs/conversion.md).
bool is_account_stream(std::string_view id)
{
    std::size_t prefix = 0;
    if (id.starts_with(":_system:")) prefix = 9;
    if (id.starts_with(":system:")) prefix = 8;
    if (prefix == 0) return false;
    std::string_view const name = id.substr(prefix);
    return name != "active" && name != "unique" && name != "account" && name != "helpers" &&
           name != "storageUsed";
}

} // namespace

void event_checker::record(json_value event, std::uint64_t line)
{
    ++out_.records;
    members_.load(event);
    std::string_view const id = members_.text(event_id, id_);
    std::string_view const head = members_.text(event_head_id, head_);
    bool const history = members_.has_value(event_head_id);
    if (id.empty())
        scope_.add(rule::id_missing, line, {}, "no id");
    else
        out_.id_hashes.push_back(hash_of(id));
    members_.check(scope_, line, id);
    check_integrity(event, line, id, history);
    if (scope_.facts().made_by != maker::pryv_export) check_streams(line, id);
    take_files(line, id, head);
    if (history) out_.last_history_line = line;
    if (!history && out_.first_head_line == 0) out_.first_head_line = line;
}

void event_checker::check_integrity(json_value event, std::uint64_t line, std::string_view id, bool history)
{
    switch (hasher_.check_event(event, members_)) {
    case integrity_hasher::verdict::right: return;
    case integrity_hasher::verdict::right_otherwise:
        scope_.add(rule::integrity_algorithm, line, id, "its hash is right, but not of sha256");
        return;
    case integrity_hasher::verdict::absent:
        // v2 does not look at history without a hash.
        if (history) return;
        scope_.add(rule::integrity_missing,
                   scope_.facts().integrity_dropped ? severity::warning : severity::error, line, id,
                   members_.has_value(event_deleted) ? "a deleted event without a hash"
                                                     : "an event without a hash");
        return;
    case integrity_hasher::verdict::wrong:
        scope_.add(rule::integrity_mismatch, line, id, "its content does not match its hash");
        return;
    case integrity_hasher::verdict::unknown_form:
        scope_.add(rule::integrity_mismatch, line, id, "its hash has a form that v2 does not make");
    }
}

void event_checker::check_streams(std::uint64_t line, std::string_view id)
{
    json_value const streams = members_[event_stream_ids];
    if (!streams || !streams.is(json_kind::array)) return;
    bool told = false;
    streams.each_item([&](json_value item) {
        if (told || !item.is(json_kind::string)) return;
        std::string const stream = item.string();
        if (!is_account_stream(stream)) return;
        told = true;
        scope_.add(rule::account_event, line, id,
                   fmt::format("an account value left among the events: {}", stream));
    });
}

void event_checker::take_files(std::uint64_t line, std::string_view id, std::string_view head)
{
    json_value const items = members_[event_attachments];
    if (!items || !items.is(json_kind::array)) return;
    items.each_item([&](json_value item) { take_file(item, line, id, head); });
}

void event_checker::take_file(json_value item, std::uint64_t line, std::string_view id, std::string_view head)
{
    listed_file file;
    if (item.is(json_kind::object)) file.file_id = text_of(item, "id");
    if (file.file_id.empty()) {
        scope_.add(rule::attachment_item, line, id, "an attachment without a text id");
        return;
    }
    file.event_id = id;
    file.head_id = head;
    file.line = line;
    json_value const size = item.find("size");
    if (size && size.is(json_kind::number)) file.size = size.number();
    file.integrity = text_of(item, "integrity");
    out_.files.push_back(std::move(file));
}

namespace {

/// Hashes that occur more than once, sorted; at most `most`.
std::vector<std::uint64_t> repeated_hashes(const std::vector<chunk_summary>& chunks)
{
    constexpr std::size_t most = 100'000;
    std::vector<std::uint64_t> all;
    std::size_t total = 0;
    for (const chunk_summary& chunk : chunks) total += chunk.id_hashes.size();
    all.reserve(total);
    for (const chunk_summary& chunk : chunks)
        all.insert(all.end(), chunk.id_hashes.begin(), chunk.id_hashes.end());
    std::sort(all.begin(), all.end());
    std::vector<std::uint64_t> twice;
    for (std::size_t i = 1; i < all.size() && twice.size() < most; ++i) {
        if (all[i] == all[i - 1] && (twice.empty() || twice.back() != all[i])) twice.push_back(all[i]);
    }
    return twice;
}

class repetition_finder final : public record_checker
{
public:
    repetition_finder(const std::vector<std::uint64_t>& suspects, std::string_view member)
        : suspects_{suspects}, member_{member}
    {
    }
    void begin(const file_scope& scope) { scope_ = &scope; }

    void record(json_value row, std::uint64_t line) override
    {
        std::string id = text_of(row, member_);
        if (id.empty() || !std::binary_search(suspects_.begin(), suspects_.end(), hash_of(id))) return;
        auto const [at, fresh] = first_.try_emplace(id, fmt::format("{}:{}", scope_->name(), line));
        if (!fresh)
            scope_->add(rule::id_repeated, line, id, fmt::format("the id is at {} already", at->second));
    }

private:
    const std::vector<std::uint64_t>& suspects_;
    std::string_view member_;
    const file_scope* scope_ = nullptr;
    std::unordered_map<std::string, std::string> first_;
};

} // namespace

void find_repeated_ids(record_reader& reader, findings& out, const archive_facts& facts,
                       const std::vector<chunk_summary>& chunks, std::string_view member)
{
    std::vector<std::uint64_t> const suspects = repeated_hashes(chunks);
    if (suspects.empty()) return;
    repetition_finder finder{suspects, member};
    for (const chunk_summary& chunk : chunks) {
        // What else is wrong with the lines is known.
        findings known;
        file_scope const again{known, facts, chunk.name};
        file_scope const scope{out, facts, chunk.name};
        finder.begin(scope);
        reader.read(again, finder);
    }
}

void file_ledger::add(const chunk_summary& chunk, const file_scope& scope)
{
    bool const late_history =
        chunk.last_history_line > 0 &&
        (heads_begun_ || (chunk.first_head_line > 0 && chunk.first_head_line < chunk.last_history_line));
    if (late_history && scope.facts().made_by == maker::pryv_export)
        scope.add(rule::history_after_head, chunk.last_history_line, {},
                  "history versions behind head events");
    heads_begun_ = heads_begun_ || chunk.first_head_line > 0;
    auto const index = static_cast<std::uint32_t>(names_.size());
    names_.push_back(chunk.name);
    for (const listed_file& file : chunk.files) {
        owner& of = owners_[file.file_id];
        of.last = file;
        of.chunk = index;
        if (!file.head_id.empty()) continue;
        if (of.listed_by_head && of.head != file.event_id) {
            scope.add(rule::attachment_shared, file.line, file.event_id,
                      fmt::format("the file '{}' belongs to event '{}' as well", file.file_id, of.head));
        } else {
            of.head = file.event_id;
        }
        of.listed_by_head = true;
    }
}

void file_ledger::finish(findings& out, const archive_facts& facts) const
{
    for (const auto& [id, of] : owners_) {
        if (of.last.head_id.empty() || !of.listed_by_head) continue;
        file_scope const scope{out, facts, names_[of.chunk]};
        scope.add(rule::attachment_captured, of.last.line, of.last.event_id,
                  fmt::format("a history version lists the file '{}' behind its event '{}'", id, of.head));
    }
}

} // namespace pryv_export::verify
