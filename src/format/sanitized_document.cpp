#include "pryv_export/format/sanitized_document.hpp"

#include "format/json_emitter.hpp"
#include "format/object_members.hpp"

#include <optional>

namespace pryv_export::format {
namespace {

bool has(id_fields fields, id_fields field) noexcept
{
    return (static_cast<unsigned>(fields) & static_cast<unsigned>(field)) != 0;
}

bool is_dropped(std::string_view key) noexcept
{
    return key == "_id" || key == "__v" || key == "userId" || key == "user_id";
}

bool is_id(std::string_view key, id_fields fields) noexcept
{
    return key == "id" || (key == "streamId" && has(fields, id_fields::stream_id)) ||
           (key == "profileId" && has(fields, id_fields::profile_id));
}

bool is_nothing(const object_member& member) noexcept
{
    return member.type == bson_type::null || member.type == bson_type::undefined;
}

/// Where the value of `id` comes from.
struct id_source
{
    std::optional<object_member> stored;   ///< the last `id`, `streamId`, … that is not null
    std::optional<object_member> promoted; ///< `_id`, when there is no such value
};

id_source find_id(const object_members& members, id_fields fields)
{
    id_source source;
    for (std::size_t i = 0; i < members.size(); ++i) {
        auto const member = members[i];
        if (is_nothing(member)) continue;
        if (member.key == "_id")
            source.promoted = member;
        else if (is_id(member.key, fields))
            source.stored = member;
    }
    if (source.stored) source.promoted.reset();
    return source;
}

/// The members in order, one `id` at the first place of its sources.
class record_writer
{
public:
    record_writer(json_emitter& emitter, const object_members& members, id_fields fields,
                  std::string_view id_text)
        : emitter_{emitter}, members_{members}, fields_{fields}, source_{find_id(members, fields)},
          id_text_{id_text}
    {
    }

    char* write(char* at)
    {
        *at++ = '{';
        std::size_t i = 0;
        for (; at != nullptr && i < members_.size() && array_index(members_[i].key); ++i)
            at = member(at, members_[i]);
        if (at != nullptr && source_.promoted) {
            at = put(put(put(at, R"("id":)"), id_text_), ",");
            id_written_ = true;
        }
        for (; at != nullptr && i < members_.size(); ++i) at = member(at, members_[i]);
        if (at == nullptr) return nullptr;
        if (at[-1] == ',')
            at[-1] = '}';
        else
            *at++ = '}';
        return at;
    }

private:
    char* member(char* at, const object_member& stored)
    {
        if (is_dropped(stored.key) || stored.type == bson_type::undefined) return at;
        if (!is_id(stored.key, fields_)) return pair(at, stored.key, stored);
        if (id_written_) return at;
        id_written_ = true;
        return pair(at, "id", source_.stored ? *source_.stored : stored);
    }

    char* pair(char* at, std::string_view key, const object_member& value)
    {
        at = emitter_.string(at, key, reinterpret_cast<const std::uint8_t*>(key.data() + key.size()));
        *at++ = ':';
        at = emitter_.value(at, value.type, value.bytes(), value.value + value.size, 1);
        if (at != nullptr) *at++ = ',';
        return at;
    }

    json_emitter& emitter_;
    const object_members& members_;
    id_fields fields_;
    id_source source_;
    std::string_view id_text_;
    bool id_written_ = false;
};

} // namespace

bson_errc append_sanitized_document(text_buffer& out, bson_bytes document, id_fields fields, nul_policy nul,
                                    json_notes& notes)
{
    if (auto const error = bson_reader{document}.error(); error != bson_errc::ok) return error;
    auto const bytes = document.first(static_cast<std::size_t>(load_i32(document.data())));
    object_members members{thread_member_memory()};
    if (auto const error = members.read(bytes); error != bson_errc::ok) return error;
    members.order_as_javascript({});

    json_notes all = members.repaired() ? json_notes{} | json_note::invalid_utf8 : 0;
    text_buffer id_text;
    if (auto const id = find_id(members, fields).promoted) {
        auto const error = append_id(id_text, {id->type, id->key, id->bytes(), 0}, nul, all);
        if (error != bson_errc::ok) return error;
    }
    auto const error =
        emit_json(out, bytes.size() + id_text.size(), nul, all, [&](json_emitter& emitter, char* at) {
            return record_writer{emitter, members, fields, id_text.view()}.write(at);
        });
    if (error == bson_errc::ok) notes |= all;
    return error;
}

} // namespace pryv_export::format
