#pragma once

#include "pryv_export/format/bson.hpp"

#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a JavaScript object made from one BSON document holds: names decoded, repeated names settled.
namespace pryv_export::format {

/// 0 … 4294967294 as a canonical decimal: the names that JavaScript lists first. Nothing for others.
std::optional<std::uint32_t> array_index(std::string_view key) noexcept;

struct object_member
{
    std::string_view key; ///< well-formed UTF-8
    const std::uint8_t* value;
    std::uint32_t size;
    bson_type type;
    std::uint64_t place; ///< where JavaScript lists it

    bson_bytes bytes() const noexcept { return {value, size}; }
    std::string_view text() const noexcept { return {reinterpret_cast<const char*>(value) + 4, size - 5}; }
};

/// Memory that nested object_members share as a stack, so that the steady state allocates nothing.
struct member_memory
{
    std::vector<object_member> members;
    std::forward_list<std::string> keys; ///< those that had to be repaired
};
member_memory& thread_member_memory() noexcept;

/// An object that the driver makes a DBRef of, and thereby reorders.
struct db_reference
{
    bool is_one = false;
    /// `$ref` was "db.name" and no `$db` was there: the driver splits it.
    std::optional<std::string_view> split_db;
    std::string_view name; ///< what is left for `$ref`; only when split
};

/// Splits "db.name" at its only dot. False when there is none or more than one.
bool split_reference(std::string_view text, std::string_view& db, std::string_view& name) noexcept;

/// The members of one object, from its read() to its end. Nest like stack frames.
class object_members
{
public:
    explicit object_members(member_memory& memory) : memory_{memory}, first_{memory.members.size()} {}
    object_members(const object_members&) = delete;
    object_members& operator=(const object_members&) = delete;
    ~object_members();

    /// Collects one level; sorted by UTF-16 code unit, the last of equal names kept in the place of the
    /// first. Members of type undefined are still there.
    bson_errc read(bson_bytes document);
    db_reference reference() const noexcept;
    /// To JavaScript's order of names, or to the order of a DBRef's text.
    void order_as_javascript(const db_reference& reference);

    /// True when a name was ill-formed.
    bool repaired() const noexcept { return repaired_; }
    std::size_t size() const noexcept { return memory_.members.size() - first_; }
    /// By value: nested objects move the memory.
    object_member operator[](std::size_t i) const noexcept { return memory_.members[first_ + i]; }

private:
    std::string_view decoded(std::string_view key);

    member_memory& memory_;
    std::size_t first_;
    bool repaired_ = false;
};

} // namespace pryv_export::format
