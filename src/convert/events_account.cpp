#include "convert/events_account.hpp"

#include <algorithm>

namespace pryv_export::convert {

namespace {

struct split_id
{
    std::string_view name; ///< without prefix; empty for an ordinary stream
    bool dotted = false;
};

split_id split(std::string_view id) noexcept
{
    for (std::string_view prefix : {std::string_view{":_system:"}, std::string_view{":system:"}})
        if (id.starts_with(prefix)) return {id.substr(prefix.size()), false};
    if (id.starts_with('.')) return {id.substr(1), true};
    return {};
}

bool contains(const std::vector<std::string>& sorted, std::string_view text)
{
    auto const at = std::lower_bound(sorted.begin(), sorted.end(), text);
    return at != sorted.end() && *at == text;
}

template <class F>
void for_each_text(const format::bson_element& array, F&& body)
{
    format::bson_reader items{array.document()};
    for (format::bson_element each; items.next(each);)
        if (each.is_string()) body(each.text());
}

} // namespace

void stream_roles::clear()
{
    fields.clear();
    users.clear();
    active = false;
}

bool stream_classifier::has_candidate(const format::bson_element& stream_ids) noexcept
{
    bool found = false;
    for_each_text(stream_ids, [&](std::string_view id) {
        found = found || (!id.empty() && (id.front() == ':' || id.front() == '.'));
    });
    return found;
}

bool stream_classifier::is_field(std::string_view name) const
{
    return contains(*fields_, name);
}

void stream_classifier::sort_out(const format::bson_element& stream_ids, stream_roles& roles) const
{
    roles.clear();
    for_each_text(stream_ids, [&](std::string_view id) { roles.active |= split(id).name == "active"; });
    for_each_text(stream_ids, [&](std::string_view id) {
        split_id const at = split(id);
        bool const other = at.name.empty() || contains(*others_, id);
        if (!other && is_account_marker(at.name)) return;
        bool const guessed = !known_ && roles.active && !at.dotted;
        if (!other && (is_field(at.name) || guessed))
            roles.fields.push_back(at.name);
        else
            roles.users.emplace_back(id);
    });
}

} // namespace pryv_export::convert
