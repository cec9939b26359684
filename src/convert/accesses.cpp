#include "pryv_export/convert/collections.hpp"

#include "integrity.hpp"
#include "member_text.hpp"
#include "record_writer.hpp"
#include "text_set.hpp"

#include <algorithm>

namespace pryv_export::convert {

namespace {

enum member : std::size_t
{
    token,
    name,
    type,
    device_name,
    permissions,
    client_data,
    expires,
    last_used,
    calls,
    integrity,
    created,
    created_by,
    modified,
    modified_by,
    deleted,
};

const schema& access_schema()
{
    static const schema members{kind::accesses,
                                "_id",
                                {{"token", field_kind::text},
                                 {"name", field_kind::text},
                                 {"type", field_kind::text},
                                 {"deviceName", field_kind::text},
                                 {"permissions", field_kind::array},
                                 {"clientData", field_kind::object},
                                 {"expires", field_kind::number},
                                 {"lastUsed", field_kind::number},
                                 {"calls", field_kind::object},
                                 {"integrity", field_kind::text},
                                 {"created", field_kind::number},
                                 {"createdBy", field_kind::text},
                                 {"modified", field_kind::number},
                                 {"modifiedBy", field_kind::text},
                                 {"deleted", field_kind::number}},
                                {"apiEndpoint"}};
    return members;
}

/// Members that v1 leaves out of an access's hash, or keeps under another name (docs/v1-data.md 7.2).
bool is_outside_hash(std::string_view key) noexcept
{
    constexpr std::array outside{"integrity", "lastUsed", "calls", "apiEndpoint", "integrityBatchCode",
                                 "userId",    "_id",      "id",    "__v"};
    return std::any_of(outside.begin(), outside.end(), [&](std::string_view each) { return each == key; });
}

/// The stable text that v1 hashed for this document; false when it is broken inside.
bool append_hashed_text(format::text_buffer& text, format::bson_bytes document)
{
    thread_local std::vector<hash_member> members;
    members.clear();
    std::array<std::uint8_t, 8> deleted_seconds{};
    format::bson_reader reader{document};
    for (format::bson_element each; reader.next(each);) {
        if (each.key == "_id") members.push_back({"id", each});
        if (is_outside_hash(each.key)) continue;
        if (each.key == "deleted" && each.type == format::bson_type::date) {
            double const seconds = static_cast<double>(each.int64()) / 1000;
            std::memcpy(deleted_seconds.data(), &seconds, sizeof seconds);
            each.type = format::bson_type::float64;
            each.value = deleted_seconds;
        }
        members.push_back({each.key, each});
    }
    return append_stable_object(text, members, format::nul_policy::escape) == format::bson_errc::ok;
}

/// Empty when the stored hash is right or absent, else what is wrong.
std::string_view check_integrity(record_writer& writer)
{
    auto const* const stored = writer.stored(integrity);
    if (stored == nullptr || !stored->is_string()) return {};
    auto const algorithm = algorithm_of(access_prefix, stored->text());
    if (!algorithm) return "the hash names no algorithm that v1 had";
    thread_local format::text_buffer text;
    text.clear();
    if (!append_hashed_text(text, writer.source().bson)) return {}; // write() reports the damage
    return hash_of(access_prefix, *algorithm, text) == stored->text() ? std::string_view{}
                                                                      : "the record does not match";
}

/// What v2 wants to be unique among live accesses.
struct unique_keys
{
    std::optional<std::string> token;
    std::string name;
    std::size_t name_bytes = 0;
};

unique_keys keys_of(record_writer& writer)
{
    unique_keys keys{text_of_member(writer, token), {}, 0};
    for (auto const index : {name, type, device_name}) {
        // v2 compares absent ones as equal; an empty text counts as absent here, to be on the safe side.
        auto const part = text_of_member(writer, index).value_or("");
        append_key_part(keys.name, part);
        keys.name_bytes += part.size();
    }
    return keys;
}

} // namespace

struct access_converter::state
{
    explicit state(const rules& configuration)
        : limits{configuration}, integrity_kept{configuration.integrity}
    {
    }

    void convert(record_writer& writer, const record& each, output& out)
    {
        if (!writer.read(each, out)) return;
        if (ids.contains(writer.id())) return writer.set_aside(rule::duplicate_id, {}, out);
        bool const live = !is_deleted(writer, deleted, modified, created);
        auto keys = keys_of(writer);
        if (keys.token && keys.token->size() > limits.index_text_bytes)
            return writer.set_aside(rule::text_too_long, "token", out);
        if (keys.name_bytes > limits.index_text_bytes)
            return writer.set_aside(rule::text_too_long, "name, type and deviceName", out);
        if (live && keys.token && tokens.contains(*keys.token))
            return writer.set_aside(rule::duplicate_token, {}, out);
        if (live && names.contains(keys.name)) return writer.set_aside(rule::duplicate_name, {}, out);
        look_at_integrity(writer);
        if (!writer.write(out, limits)) return;
        ids.insert(writer.id());
        if (!live) return;
        if (keys.token) tokens.insert(*keys.token);
        names.insert(keys.name);
    }

    /// v2 computes the hash anew; whether v1's data matched its own is for the report.
    void look_at_integrity(record_writer& writer)
    {
        if (auto const wrong = check_integrity(writer); !wrong.empty())
            writer.mention(rule::access_integrity_broken, wrong);
        if (integrity_kept != integrity_mode::drop || !writer.has_value(integrity)) return;
        writer.take_out(integrity);
        writer.change(rule::integrity_dropped, {}, true);
    }

    line_limits limits;
    integrity_mode integrity_kept;
    text_set ids;
    text_set tokens;
    text_set names;
};

access_converter::access_converter(const rules& configuration)
    : state_{std::make_unique<state>(configuration)}
{
}
access_converter::~access_converter() = default;

void access_converter::convert(std::span<const record> records, output& out)
{
    thread_local record_writer writer{access_schema()};
    for (record const& each : records) state_->convert(writer, each, out);
}

} // namespace pryv_export::convert
