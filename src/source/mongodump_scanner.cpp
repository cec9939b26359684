#include "mongodump_scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace pryv_export::source {

namespace {

using format::bson_bytes;
using format::bson_element;
using format::bson_errc;
using format::bson_type;

/// Where `_id` stands in a document: behind the length and the element's type.
constexpr std::size_t id_key_at = 5;
constexpr std::string_view id_key{"_id\0", 4};
constexpr std::size_t header_bytes = id_key_at + id_key.size();
constexpr std::size_t search_step_bytes = 16 * 1024;

bool is_plausible(std::int32_t length) noexcept
{
    return length >= 5 && length <= max_document_bytes;
}

bool is_known(std::uint8_t type) noexcept
{
    return (type >= 0x01 && type <= 0x13) || type == 0x7f || type == 0xff;
}

/// Precondition: header_bytes can be read.
bool begins_document(const std::uint8_t* at) noexcept
{
    return is_plausible(format::load_i32(at)) && is_known(at[4]) &&
           std::memcmp(at + id_key_at, id_key.data(), id_key.size()) == 0;
}

/// What follows a document: nothing, another beginning, or the few bytes that a cut dump left of one. The
/// NULs that close the documents around a nested one are not that.
bool may_follow(bson_bytes behind) noexcept
{
    if (behind.size() >= header_bytes) return begins_document(behind.data());
    return behind.empty() ||
           std::any_of(behind.begin(), behind.end(), [](std::uint8_t byte) { return byte != 0; });
}

/// A comparison that the compiler makes inline: this runs for every element of a dump.
template <std::size_t Size>
bool is_key(std::string_view key, const char (&name)[Size]) noexcept
{
    return key.size() == Size - 1 && std::memcmp(key.data(), name, Size - 1) == 0;
}

/// Walks the top level; the last element of a name counts, as for the Node driver.
bson_errc walk(found_document& found, std::size_t& error_at)
{
    format::bson_reader reader{found.bytes};
    for (bson_element element; reader.next(element);) {
        if (is_key(element.key, "userId")) {
            found.user_id = element.is_string() ? element.text() : std::string_view{};
        } else if (is_key(element.key, "_id")) {
            found.id_type = element.type;
            found.id = element.value;
        }
    }
    error_at = reader.offset();
    return reader.error();
}

} // namespace

dump_scanner::dump_scanner(const dump_file& file, file_window::options window,
                           std::function<void(damage)> on_damage)
    : file_{file}, window_{file, std::move(window)}, on_damage_{std::move(on_damage)},
      check_budget_{16 * file.size + (256U << 20)}
{
}

bool dump_scanner::next(found_document& found)
{
    while (at_ < file_.size) {
        if (take(found)) return true;
        skip_damage();
    }
    return false;
}

bool dump_scanner::take(found_document& found)
{
    failure_.offset = at_;
    if (rest(at_) < 5) {
        failure_.cause = "the file ends inside a document";
        return false;
    }
    std::int32_t const length = format::load_i32(window_.view(at_, 5));
    if (!is_plausible(length)) {
        failure_.cause = fmt::format("no document has a length of {}", length);
        return false;
    }
    auto const size = static_cast<std::size_t>(length);
    if (size > rest(at_)) {
        failure_.cause = fmt::format("the file ends inside a document of {} bytes", length);
        return false;
    }
    // A wrong length is mostly noticed here, before the window grows for it.
    if (window_.peek(at_ + size - 1) != 0) {
        failure_.cause = fmt::format("a document of {} bytes has no end mark", length);
        return false;
    }
    found = {};
    found.offset = at_;
    found.bytes = {window_.view(at_, size), size};
    std::size_t error_at = 0;
    auto const error = walk(found, error_at);
    if (error != bson_errc::ok) {
        failure_.cause = fmt::format("{} (at offset {})", format::describe(error), at_ + error_at);
        return false;
    }
    at_ += size;
    return true;
}

void dump_scanner::skip_damage()
{
    at_ = find_restart(failure_.offset + 1);
    damage found;
    found.thing = file_.name;
    found.offset = failure_.offset;
    found.bytes = at_ - failure_.offset;
    found.cause = std::move(failure_.cause);
    on_damage_(std::move(found));
}

std::uint64_t dump_scanner::find_restart(std::uint64_t from)
{
    while (from < file_.size && rest(from) >= header_bytes) {
        auto const size = static_cast<std::size_t>(std::min<std::uint64_t>(rest(from), search_step_bytes));
        const std::uint8_t* const begin = window_.view(from, size);
        const void* const hit = ::memmem(begin + id_key_at, size - id_key_at, id_key.data(), id_key.size());
        if (hit == nullptr) {
            from += size - header_bytes + 1;
            continue;
        }
        from += static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(hit) - begin) - id_key_at;
        if (restarts_at(from)) return from;
        ++from;
    }
    return file_.size;
}

bool dump_scanner::restarts_at(std::uint64_t offset)
{
    const std::uint8_t* const header = window_.view(offset, header_bytes);
    if (!begins_document(header)) return false;
    std::int32_t const length = format::load_i32(header);
    auto const size = static_cast<std::size_t>(length);
    if (size > rest(offset) || window_.peek(offset + size - 1) != 0) return false;
    // Many beginnings that claim the same large end would take quadratic time.
    if (size > check_budget_) return false;
    check_budget_ -= size;
    auto const with_next =
        static_cast<std::size_t>(std::min<std::uint64_t>(rest(offset), size + header_bytes));
    const std::uint8_t* const bytes = window_.view(offset, with_next);
    if (format::validate({bytes, size}) != bson_errc::ok) return false;
    check_budget_ += size;
    return may_follow({bytes + size, with_next - size});
}

} // namespace pryv_export::source
