#include "large_document.hpp"

#include "pryv_export/base/file.hpp"

#include "json_keys.hpp"
#include "record_reader.hpp"

#include <fmt/format.h>

#include <vector>

namespace pryv_export::verify {

namespace {

constexpr std::size_t most_bytes = 64U << 20;

bool is_space(char c) noexcept
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

} // namespace

std::string large_document::read(const std::filesystem::path& file, std::string_view list,
                                 const item_listener& item)
{
    list_ = list;
    item_ = &item;
    unique_fd const fd = open_for_reading(file);
    std::vector<std::uint8_t> block(1U << 18);
    std::uint64_t offset = 0;
    while (std::size_t const size = read_at(fd.value(), offset, block, file.string())) {
        offset += size;
        for (std::size_t i = 0; i < size; ++i) take(static_cast<char>(block[i]));
        if (rest_.size() > most_bytes || current_.size() > most_bytes) return "a part of more than 64 MiB";
    }
    return parse_rest();
}

void large_document::take(char c)
{
    if (in_list_)
        take_in_list(c);
    else
        take_outside(c);
}

void large_document::take_outside(char c)
{
    rest_ += c;
    if (in_string_) {
        bool const closes = c == '"' && !escaped_;
        escaped_ = c == '\\' && !escaped_;
        if (closes)
            in_string_ = false;
        else if (depth_ == 1)
            key_ += c;
        return;
    }
    switch (c) {
    case '"':
        in_string_ = true;
        key_.clear();
        return;
    case ':':
        if (depth_ == 1) name_ = key_;
        return;
    case '{':
    case '[':
        if (c == '[' && depth_ == 1 && name_ == list_) in_list_ = list_seen_ = true;
        ++depth_;
        return;
    case '}':
    case ']':
        if (depth_ > 0) --depth_;
        return;
    default: return;
    }
}

void large_document::take_in_list(char c)
{
    if (!in_string_ && depth_ == 2) {
        if (c == ',' || c == ']') {
            odd_ = odd_ || (current_.empty() && (c == ',' || comma_));
            end_item();
            comma_ = c == ',';
            if (c == ',') return;
            in_list_ = false;
            depth_ = 1;
            rest_ += c;
            return;
        }
        if (is_space(c) && current_.empty()) return;
    }
    current_ += c;
    if (in_string_) {
        if (c == '"' && !escaped_) in_string_ = false;
        escaped_ = c == '\\' && !escaped_;
    } else if (c == '"') {
        in_string_ = true;
    } else if (c == '{' || c == '[') {
        ++depth_;
    } else if ((c == '}' || c == ']') && depth_ > 2) {
        --depth_;
    }
}

void large_document::end_item()
{
    if (!current_.empty()) (*item_)(current_);
    current_.clear();
}

std::string large_document::parse_rest()
{
    if (in_list_ || odd_) return fmt::format("the list '{}' is no JSON", list_);
    if (!is_well_formed(rest_)) return "bytes that are no UTF-8";
    if (json_.parse(rest_) != json_verdict::ok) return "no JSON";
    if (!json_.root().is(json_kind::object)) return "no object";
    key_checker keys;
    if (const std::string_view* const name = keys.repeated(json_))
        return fmt::format("the key '{}' twice", *name);
    return {};
}

void append_compact(std::string& out, json_value value)
{
    if (value.is(json_kind::string)) {
        out += '"';
        out += value.string();
        out += '"';
    } else if (value.is(json_kind::array)) {
        out += '[';
        value.each_item([&](json_value item) {
            append_compact(out, item);
            out += ',';
        });
        out += ']';
    } else if (value.is(json_kind::object)) {
        out += '{';
        value.each_member([&](json_value key, json_value member) {
            append_compact(out, key);
            out += ':';
            append_compact(out, member);
            out += ',';
        });
        out += '}';
    } else {
        out += value.raw();
    }
}

} // namespace pryv_export::verify
