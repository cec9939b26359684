#include "pryv_export/archive/json_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace pryv_export::archive {

namespace {

void new_line(std::string& out, std::size_t indent)
{
    constexpr std::string_view usual{"\n                    "};
    out += usual.substr(0, 1 + 2 * indent);
    if (1 + 2 * indent > usual.size()) out.append(1 + 2 * indent - usual.size(), ' ');
}

/// Nearly all: a serializer of its own for each takes far longer than its bytes.
bool needs_no_escape(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void append_string(std::string& out, std::string_view text)
{
    if (!needs_no_escape(text)) {
        out += boost::json::serialize(boost::json::string_view{text});
        return;
    }
    out += '"';
    out += text;
    out += '"';
}

template <class Integer>
void append_integer(std::string& out, Integer number)
{
    std::array<char, 20> text;
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
}

void append(std::string& out, const boost::json::value& value, std::size_t indent)
{
    if (const auto* object = value.if_object()) {
        pretty_object scope{out, indent};
        for (const auto& [key, item] : *object) scope.member(key, item);
    } else if (const auto* array = value.if_array()) {
        pretty_list scope{out, indent};
        for (const auto& item : *array) scope.item(item);
    } else if (const auto* text = value.if_string()) {
        append_string(out, *text);
    } else if (const auto* number = value.if_int64()) {
        append_integer(out, *number);
    } else if (const auto* count = value.if_uint64()) {
        append_integer(out, *count);
    } else {
        out += boost::json::serialize(value);
    }
}

} // namespace

std::string pretty_json(const boost::json::value& value, std::size_t indent)
{
    std::string out;
    append(out, value, indent);
    return out;
}

pretty_scope::~pretty_scope()
{
    if (empty_) {
        out_ += brackets_;
        return;
    }
    new_line(out_, indent_);
    out_ += brackets_.back();
}

void pretty_scope::next_item()
{
    out_ += empty_ ? brackets_.front() : ',';
    empty_ = false;
    new_line(out_, indent_ + 1);
}

void pretty_scope::write_text(std::string_view text)
{
    append_string(out_, text);
}

void pretty_scope::write_count(std::uint64_t number)
{
    append_integer(out_, number);
}

void pretty_scope::write_value(const boost::json::value& value)
{
    append(out_, value, indent_ + 1);
}

void pretty_object::begin_member(std::string_view key)
{
    next_item();
    write_text(key);
    out_ += ": ";
}

pretty_object pretty_object::object(std::string_view key)
{
    begin_member(key);
    return pretty_object{out_, indent_ + 1};
}

pretty_list pretty_object::list(std::string_view key)
{
    begin_member(key);
    return pretty_list{out_, indent_ + 1};
}

pretty_object pretty_list::object()
{
    next_item();
    return pretty_object{out_, indent_ + 1};
}

} // namespace pryv_export::archive
