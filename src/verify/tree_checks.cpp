#include "tree_checks.hpp"

#include "pryv_export/format/digest.hpp"

#include "record_schema.hpp"

#include <fmt/format.h>

#include <cstring>

namespace pryv_export::verify {

namespace {

/// A member as a part of a unique key: null and absent are equal, and differ from every text.
std::string key_part(json_value record, std::string_view name)
{
    json_value const value = record.find(name);
    if (!value || value.is_null()) return {};
    return value.is(json_kind::string) ? "t" + value.string() : "v" + std::string{value.raw()};
}

} // namespace

exact_hash exact_hash_of(std::initializer_list<std::string_view> parts)
{
    std::string text;
    for (std::string_view const part : parts) {
        text += std::to_string(part.size());
        text += ':';
        text += part;
    }
    auto const digest = format::digest_of(format::digest_algorithm::sha256, text);
    exact_hash hash{};
    std::memcpy(hash.data(), digest.bytes.data(), sizeof hash);
    return hash;
}

std::string unique_records::take_id(json_value record, std::uint64_t line)
{
    std::string id = text_of(record, "id");
    if (id.empty()) {
        scope_.add(rule::id_missing, line, {}, "no id");
    } else if (!ids_.insert(exact_hash_of({id})).second) {
        scope_.add(rule::id_repeated, line, id, "the id was there before");
    }
    return id;
}

void stream_checker::record(json_value stream, std::uint64_t line)
{
    std::string const id = take_id(stream, line);
    check_members(scope_, stream_schema, stream, line, id);
    if (id.empty()) return;
    bool const live = !has_value(stream, "deleted");
    place(stream, line, id);
    if (live) check_name(stream, line, id);
}

/// v2 makes the path from the parent's, if the parent came before (docs/v2-archive.md section 5 "streams").
void stream_checker::place(json_value stream, std::uint64_t line, const std::string& id)
{
    constexpr std::size_t most_orphans = 100'000;
    std::string const parent = text_of(stream, "parentId");
    std::string const path = text_of(stream, "path");
    std::uint64_t bytes = id.size() + 1;
    if (!path.empty()) {
        bytes = path.size();
        if (!paths_.insert(exact_hash_of({path})).second)
            scope_.add(rule::stream_path, line, id, "another stream has this path");
    } else if (!parent.empty() && !has_value(stream, "deleted")) {
        exact_hash const wanted = exact_hash_of({parent});
        auto const found = path_bytes_.find(wanted);
        if (found != path_bytes_.end())
            bytes += found->second;
        else if (orphans_.size() < most_orphans)
            orphans_.push_back({wanted, line, id, parent});
        else
            ++more_orphans_;
    }
    if (bytes > longest_indexed_bytes)
        scope_.add(rule::stream_path, line, id, fmt::format("a path of {} bytes", bytes));
    path_bytes_.emplace(exact_hash_of({id}), bytes);
}

void stream_checker::check_name(json_value stream, std::uint64_t line, const std::string& id)
{
    std::string const parent = text_of(stream, "parentId");
    std::string const name = key_part(stream, "name");
    // Null differs from null in this index.
    if (parent.empty() || name.empty()) return;
    if (!names_.insert(exact_hash_of({parent, name})).second) {
        scope_.add(rule::stream_name_repeated, line, id,
                   fmt::format("another stream under '{}' is called '{}'", parent, name.substr(1)));
    }
}

void stream_checker::finish()
{
    for (const orphan& each : orphans_) {
        if (path_bytes_.contains(each.parent))
            scope_.add(rule::stream_order, each.line, each.id,
                       fmt::format("its parent '{}' comes later", each.parent_id));
        else
            scope_.add(rule::stream_orphan, each.line, each.id,
                       fmt::format("its parent '{}' is nowhere", each.parent_id));
    }
    if (more_orphans_ > 0)
        scope_.add(rule::stream_order, 0, {},
                   fmt::format("{} more streams whose parent did not come before", more_orphans_));
}

void access_checker::record(json_value access, std::uint64_t line)
{
    // v2 makes an id when there is none.
    std::string const id = has_value(access, "id") ? take_id(access, line) : std::string{};
    check_members(scope_, access_schema, access, line, id);
    auto const verdict = hasher_.check_access(access);
    if (verdict == integrity_hasher::verdict::wrong || verdict == integrity_hasher::verdict::unknown_form)
        scope_.add(rule::access_integrity, line, id, "its content does not match its hash");
    if (has_value(access, "deleted")) return;
    std::string const token = text_of(access, "token");
    if (!token.empty() && !tokens_.insert(exact_hash_of({token})).second)
        scope_.add(rule::access_token_repeated, line, id, "another access has this token");
    std::string const name = key_part(access, "name");
    if (!names_.insert(exact_hash_of({name, key_part(access, "type"), key_part(access, "deviceName")}))
             .second)
        scope_.add(rule::access_name_repeated, line, id, "another access has this name, type and device");
}

void profile_checker::record(json_value set, std::uint64_t line)
{
    std::string const id = take_id(set, line);
    check_members(scope_, profile_schema, set, line, id);
}

void webhook_checker::record(json_value webhook, std::uint64_t line)
{
    std::string const id = take_id(webhook, line);
    check_members(scope_, webhook_schema, webhook, line, id);
    std::string const access = key_part(webhook, "accessId");
    std::string const url = key_part(webhook, "url");
    // Null differs from null in this index.
    if (access.empty() || url.empty() || has_value(webhook, "deleted")) return;
    if (!targets_.insert(exact_hash_of({access, url})).second)
        scope_.add(rule::webhook_repeated, line, id, "another webhook has this access and URL");
}

} // namespace pryv_export::verify
