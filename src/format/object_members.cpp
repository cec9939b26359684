#include "format/object_members.hpp"

#include "pryv_export/format/stable_json.hpp"

#include "format/string_text.hpp"
#include "format/utf8.hpp"

#include <algorithm>

namespace pryv_export::format {
namespace {

constexpr std::uint64_t after_indexes = 1ULL << 32;
constexpr std::uint64_t after_names = 1ULL << 62;

/// Kept between documents, at most.
constexpr std::size_t kept_members = 1U << 16;

} // namespace

std::optional<std::uint32_t> array_index(std::string_view key) noexcept
{
    if (key.empty() || key.size() > 10 || (key[0] == '0' && key.size() > 1)) return std::nullopt;
    std::uint64_t value = 0;
    for (char const c : key) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (value > 4294967294) return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

member_memory& thread_member_memory() noexcept
{
    thread_local member_memory memory;
    return memory;
}

bool split_reference(std::string_view text, std::string_view& db, std::string_view& name) noexcept
{
    auto const dot = text.find('.');
    if (dot == text.npos || text.find('.', dot + 1) != text.npos) return false;
    db = text.substr(0, dot);
    name = text.substr(dot + 1);
    return true;
}

object_members::~object_members()
{
    memory_.members.resize(first_);
    if (first_ != 0) return;
    memory_.keys.clear();
    if (memory_.members.capacity() > kept_members) std::vector<object_member>{}.swap(memory_.members);
}

std::string_view object_members::decoded(std::string_view key)
{
    if (is_utf8(key.data(), key.data() + key.size())) return key;
    repaired_ = true;
    return memory_.keys.emplace_front(well_formed(key));
}

bson_errc object_members::read(bson_bytes document)
{
    auto& members = memory_.members;
    bson_reader reader{document};
    std::uint64_t place = 0;
    bool sorted = true;
    for (bson_element e; reader.next(e);) {
        auto const key = decoded(e.key);
        if (sorted && place != 0) sorted = compare_utf16(members.back().key, key) < 0;
        members.push_back({key, e.value.data(), static_cast<std::uint32_t>(e.value.size()), e.type, place++});
    }
    if (reader.error() != bson_errc::ok) return reader.error();
    if (sorted) return bson_errc::ok;
    auto const first = members.begin() + static_cast<std::ptrdiff_t>(first_);
    std::sort(first, members.end(), [](const object_member& a, const object_member& b) {
        int const order = compare_utf16(a.key, b.key);
        return order != 0 ? order < 0 : a.place < b.place;
    });
    auto kept = first;
    for (auto at = first + 1; at != members.end(); ++at) {
        if (at->key != kept->key) {
            *++kept = *at;
            continue;
        }
        auto const place_of_first = kept->place;
        *kept = *at;
        kept->place = place_of_first;
    }
    members.erase(kept + 1, members.end());
    return bson_errc::ok;
}

db_reference object_members::reference() const noexcept
{
    const object_member* name = nullptr;
    const object_member* db = nullptr;
    bool has_id = false;
    for (std::size_t i = 0; i < size(); ++i) {
        const auto& member = memory_.members[first_ + i];
        if (member.key.empty() || member.key[0] != '$') continue;
        bool const text = member.type == bson_type::string || member.type == bson_type::symbol;
        if (member.key == "$ref" && text)
            name = &member;
        else if (member.key == "$id")
            has_id = member.type != bson_type::null && member.type != bson_type::undefined;
        else if (member.key == "$db" && text)
            db = &member;
        else
            return {};
    }
    if (name == nullptr || !has_id) return {};
    db_reference found{true, {}, {}};
    std::string_view before;
    if (split_reference(name->text(), before, found.name)) {
        if (db != nullptr) return {}; // the driver would overwrite the stored $db
        found.split_db = before;
    }
    return found;
}

void object_members::order_as_javascript(const db_reference& reference)
{
    auto const first = memory_.members.begin() + static_cast<std::ptrdiff_t>(first_);
    for (auto member = first; member != memory_.members.end(); ++member) {
        if (auto const index = array_index(member->key))
            member->place = *index;
        else if (reference.is_one && member->key == "$ref")
            member->place = after_indexes;
        else if (reference.is_one && member->key == "$id")
            member->place = after_indexes + 1;
        else if (reference.is_one && member->key == "$db")
            member->place = after_names;
        else
            member->place += after_indexes + 2;
    }
    std::sort(first, memory_.members.end(),
              [](const object_member& a, const object_member& b) { return a.place < b.place; });
}

} // namespace pryv_export::format
