#include "convert/events_attachments.hpp"

#include "convert/events_schema.hpp"

#include <algorithm>
#include <cstring>

namespace pryv_export::convert {

using format::bson_element;
using format::bson_type;

namespace {

void append_element(std::string& out, const bson_element& element)
{
    out.push_back(static_cast<char>(element.type));
    out.append(element.key);
    out.push_back('\0');
    out.append(reinterpret_cast<const char*>(element.value.data()), element.value.size());
}

void append_text(std::string& out, std::string_view key, std::string_view text)
{
    out.push_back(static_cast<char>(bson_type::string));
    out.append(key);
    out.push_back('\0');
    auto const size = static_cast<std::int32_t>(text.size() + 1);
    char bytes[4];
    std::memcpy(bytes, &size, 4);
    out.append(bytes, 4);
    out.append(text);
    out.push_back('\0');
}

void close_document(std::string& out, std::size_t begin)
{
    out.push_back('\0');
    auto const size = static_cast<std::int32_t>(out.size() - begin);
    std::memcpy(out.data() + begin, &size, 4);
}

/// Copies the array; `member(out, element)` copies one member of an item, or does not.
template <class F>
std::string rebuild(const bson_element& array, F&& member)
{
    std::string out(4, '\0');
    format::bson_reader items{array.document()};
    for (bson_element item; items.next(item);) {
        if (item.type != bson_type::document) {
            append_element(out, item);
            continue;
        }
        out.push_back(static_cast<char>(bson_type::document));
        out.append(item.key);
        out.push_back('\0');
        std::size_t const begin = out.size();
        out.append(4, '\0');
        format::bson_reader members{item.document()};
        for (bson_element each; members.next(each);) member(out, each);
        close_document(out, begin);
    }
    close_document(out, 0);
    return out;
}

/// The event's attachments when they are an array.
const bson_element* array_of(const record_writer& writer) noexcept
{
    bson_element const* const value = writer.get(event_field::attachments);
    return value != nullptr && value->type == bson_type::array ? value : nullptr;
}

bool read_item(const bson_element& item, attachment_reference& to)
{
    format::bson_reader members{item.document()};
    for (bson_element each; members.next(each);) {
        if (each.key == "id") to.file_id = each.is_string() ? std::string{each.text()} : std::string{};
        if (each.key == "integrity" && each.is_string()) to.integrity = each.text();
        auto const size = each.key == "size" ? each.number() : std::nullopt;
        if (size && *size >= 0 && *size < 9.0e15) to.size = static_cast<std::uint64_t>(*size);
    }
    return !to.file_id.empty();
}

} // namespace

void list_attachments(record_writer& writer, std::uint32_t record, std::string_view event_id, bool history,
                      std::vector<attachment_reference>& out)
{
    bson_element const* const array = array_of(writer);
    if (array == nullptr) return;
    format::bson_reader items{array->document()};
    for (bson_element item; items.next(item);) {
        attachment_reference to;
        if (item.type != bson_type::document || !read_item(item, to)) {
            writer.mention(rule::odd_value, "attachment without an id");
            continue;
        }
        to.record = record;
        to.event_id = event_id;
        to.history = history;
        out.push_back(std::move(to));
    }
}

void rename_attachments(record_writer& writer, std::span<const event_exceptions::rename> renames,
                        std::string_view event_id)
{
    bson_element const* const array = array_of(writer);
    if (array == nullptr || renames.empty()) return;
    std::string renamed;
    auto const is_named = [&](const bson_element& each) {
        auto const same = [&](const auto& rename) { return rename.file_id == each.text(); };
        return each.key == "id" && each.is_string() && std::any_of(renames.begin(), renames.end(), same);
    };
    std::string const bytes = rebuild(*array, [&](std::string& out, const bson_element& each) {
        if (!is_named(each)) return append_element(out, each);
        renamed = each.text();
        append_text(out, each.key, std::string{each.text()} + "-" + std::string{event_id});
    });
    if (renamed.empty()) return;
    writer.set_array(event_field::attachments, bytes);
    writer.change(rule::attachment_renamed, renamed);
}

std::string without_read_tokens(const bson_element& array)
{
    std::string_view const all{reinterpret_cast<const char*>(array.value.data()), array.value.size()};
    if (all.find("readToken") == std::string_view::npos) return {};
    return rebuild(array, [](std::string& out, const bson_element& each) {
        if (each.key != "readToken") append_element(out, each);
    });
}

} // namespace pryv_export::convert
