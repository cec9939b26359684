#include "register_rows.hpp"

#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

namespace pryv_export::exporting {

namespace {

using source::redis_kind;
using source::redis_values;
using source::register_batch;
using source::register_key;
using source::register_kind;
using source::register_outcome;

using fields = std::vector<std::pair<std::string_view, std::string_view>>;

/// One line of JSON, member by member.
class row_text
{
public:
    void open() { out_.append('{'); }
    void member(std::string_view name, std::string_view value)
    {
        separate();
        string(name);
        out_.append(':');
        string(value);
    }
    void member_name(std::string_view name)
    {
        separate();
        string(name);
        out_.append(':');
        first_ = true;
    }
    void raw(std::string_view text) { out_.append(text); }
    void element(std::string_view value)
    {
        separate();
        string(value);
    }
    void close()
    {
        out_.append("}\n");
        first_ = true;
    }

    bool has_bad_utf8() const noexcept { return has(notes_, format::json_note::invalid_utf8); }
    std::string_view view() const noexcept { return out_.view(); }

private:
    void separate()
    {
        if (!first_) out_.append(',');
        first_ = false;
    }
    void string(std::string_view text)
    {
        format::append_string(out_, text, format::nul_policy::escape, notes_);
    }

    format::text_buffer out_;
    format::json_notes notes_ = 0;
    bool first_ = true;
};

/// Fields of a hash by name: Redis gives them in an order of its own.
fields fields_of(const redis_values& values, std::size_t hash)
{
    fields found;
    for (std::size_t i = hash + 1; i < hash + 1 + values.at(hash).size; i += 2)
        found.emplace_back(values.text_of(i), values.text_of(i + 1));
    std::sort(found.begin(), found.end());
    return found;
}

const std::string_view* find(const fields& all, std::string_view name)
{
    auto const at =
        std::find_if(all.begin(), all.end(), [&](const auto& field) { return field.first == name; });
    return at == all.end() ? nullptr : &at->second;
}

/// `first` with the value of the hash, or else `otherwise`; then the other fields.
void hash_line(row_text& text, std::string_view first, std::string_view otherwise, const fields& all)
{
    const std::string_view* const own = find(all, first);
    text.open();
    text.member(first, own != nullptr ? *own : otherwise);
    for (auto const& [name, value] : all) {
        if (name != first) text.member(name, value);
    }
    text.close();
}

bool is_well_formed(std::string_view text)
{
    format::text_buffer out;
    format::json_notes notes = 0;
    format::append_string(out, text, format::nul_policy::escape, notes);
    return !has(notes, format::json_note::invalid_utf8);
}

/// A number like 1e400 is no double, and its infinity no JSON.
bool is_finite(const boost::json::value& value)
{
    if (const double* const number = value.if_double()) return std::isfinite(*number);
    if (auto const* const array = value.if_array())
        return std::all_of(array->begin(), array->end(), &is_finite);
    if (auto const* const object = value.if_object())
        return std::all_of(object->begin(), object->end(),
                           [](auto const& each) { return is_finite(each.value()); });
    return true;
}

/// Texts of a list or set.
std::vector<std::string_view> texts_of(const redis_values& values, std::size_t array)
{
    std::vector<std::string_view> texts;
    for (std::size_t i = array + 1; i < array + 1 + values.at(array).size; ++i)
        texts.push_back(values.text_of(i));
    return texts;
}

/// Makes the row of one key.
class converter
{
public:
    converter(const register_batch& batch, const register_batch::entry& entry)
        : batch_{batch}, entry_{entry}, key_{batch.key_of(entry)},
          parts_{source::classify(key_, entry.outcome == register_outcome::excluded)}
    {
        row_.kind = parts_.kind;
        row_.outcome = entry.outcome;
        row_.key = key_;
    }

    const register_row& convert()
    {
        switch (entry_.outcome) {
        case register_outcome::found: convert_found(); break;
        case register_outcome::wrong_type: keep(register_finding::wrong_type); break;
        case register_outcome::unknown: keep(register_finding::unknown_key); break;
        case register_outcome::too_large: note(register_finding::too_large); break;
        default: break;
        }
        if (is_ambiguous()) note(register_finding::ambiguous);
        if (text_.has_bad_utf8()) note(register_finding::invalid_utf8);
        if (row_.text.empty()) row_.text = text_.view();
        return row_;
    }

private:
    void note(register_finding finding) { row_.findings |= bit_of(finding); }

    /// In the form of a reservation with the ending of a user or an invitation, or with what is none.
    bool is_ambiguous() const
    {
        if (source::classify(key_).kind != register_kind::reservation) return false;
        register_kind const ending = source::classify(key_, false).kind;
        return entry_.outcome != register_outcome::excluded || ending == register_kind::user ||
               ending == register_kind::invitation;
    }

    void keep(register_finding why)
    {
        note(why);
        if (entry_.value == register_batch::none) note(register_finding::unreadable);
        kept_ = evidence_line(key_, entry_.type, batch_.values, entry_.value);
        row_.text = kept_;
        row_.lines = 1;
    }

    void convert_found()
    {
        switch (parts_.kind) {
        case register_kind::user: convert_user(); break;
        case register_kind::legacy_user: convert_legacy(); break;
        case register_kind::invitation:
            hash_line(text_, "token", parts_.name, fields_of(batch_.values, entry_.value));
            row_.lines = 1;
            break;
        case register_kind::server: convert_server(); break;
        case register_kind::email: convert_unique("email"); break;
        case register_kind::unique: convert_unique({}); break;
        case register_kind::inactive: convert_inactive(); break;
        case register_kind::reserved: convert_reserved(); break;
        default: break;
        }
    }

    void convert_user()
    {
        fields const all = fields_of(batch_.values, entry_.value);
        row_.owner = parts_.name;
        const std::string_view* const id = find(all, "id");
        row_.fixture = id != nullptr && *id == "0";
        const std::string_view* const name = find(all, "username");
        if (name != nullptr && *name != parts_.name) note(register_finding::other_name);
        hash_line(text_, "username", parts_.name, all);
        row_.lines = 1;
    }

    void convert_legacy()
    {
        boost::system::error_code error;
        boost::json::value const parsed = boost::json::parse(value(), error);
        if (error || !parsed.is_object() || !is_finite(parsed) || !is_well_formed(parts_.name)) {
            note(register_finding::broken_infos);
            kept_ = evidence_line(key_, "string", batch_.values, entry_.value);
            row_.text = kept_;
            row_.lines = 1;
            return;
        }
        row_.owner = parts_.name;
        boost::json::object user;
        user["username"] = boost::json::string{parts_.name};
        for (auto const& [name, member] : parsed.get_object()) user[name] = member;
        auto const* const id = user.if_contains("id");
        row_.fixture = id != nullptr && (*id == "0" || *id == 0);
        if (user["username"] != boost::json::value(parts_.name)) note(register_finding::other_name);
        kept_ = boost::json::serialize(user) + "\n";
        row_.text = kept_;
        row_.lines = 1;
    }

    void convert_server()
    {
        row_.owner = parts_.name;
        if (is_empty()) return;
        text_.open();
        text_.member("username", parts_.name);
        text_.member("server", value());
        text_.close();
        row_.lines = 1;
    }

    void convert_unique(std::string_view email)
    {
        row_.owner = value();
        if (is_empty()) return;
        text_.open();
        if (!email.empty()) {
            text_.member(email, parts_.name);
        } else {
            text_.member("field", parts_.field);
            text_.member("value", parts_.name);
        }
        text_.member("username", value());
        text_.close();
        row_.lines = 1;
    }

    void convert_inactive()
    {
        row_.owner = parts_.name;
        for (std::string_view const each : texts_of(batch_.values, entry_.value)) {
            text_.open();
            text_.member("username", parts_.name);
            text_.member("field", parts_.field);
            text_.member("value", each);
            text_.close();
            ++row_.lines;
        }
    }

    void convert_reserved()
    {
        std::vector<std::string_view> words = texts_of(batch_.values, entry_.value);
        std::sort(words.begin(), words.end());
        for (std::string_view const word : words) {
            text_.open();
            text_.member("word", word);
            text_.close();
            ++row_.lines;
        }
    }

    std::string_view value() const { return batch_.values.text_of(entry_.value); }

    bool is_empty()
    {
        if (!value().empty()) return false;
        note(register_finding::empty_value);
        return true;
    }

    const register_batch& batch_;
    const register_batch::entry& entry_;
    std::string_view key_;
    register_key parts_;
    register_row row_;
    row_text text_;
    std::string kept_;
};

/// By name, as keys with their suffixes would be in no order that anybody expects; unique values by field
/// first. Users and their legacy rows are one file, the legacy row behind.
std::string sort_key(const register_row& row)
{
    bool const legacy = row.kind == register_kind::legacy_user;
    register_kind const section = legacy ? register_kind::user : row.kind;
    register_key const parts = source::classify(row.key, row.kind == register_kind::reservation);
    std::string key(1, static_cast<char>('a' + static_cast<int>(section)));
    if (section == register_kind::unique) key.append(parts.field).append({'\0'});
    key.append(parts.name).append({'\0', legacy ? '1' : '0'});
    // Names can hold anything: only the whole key tells two of them apart.
    return key.append(row.key);
}

constexpr std::size_t fixed_bytes = 20;

void pack_row(const register_row& row, std::string& out)
{
    out.assign(fixed_bytes, '\0');
    out[0] = static_cast<char>(row.kind);
    out[1] = static_cast<char>(row.outcome);
    out[2] = static_cast<char>(row.fixture);
    auto const put = [&](std::size_t at, std::uint32_t number) {
        std::memcpy(out.data() + at, &number, sizeof number);
    };
    put(4, row.lines);
    put(8, static_cast<std::uint32_t>(row.key.size()));
    put(12, static_cast<std::uint32_t>(row.owner.size()));
    put(16, row.findings);
    out.append(row.key).append(row.owner).append(row.text);
}

} // namespace

register_row unpack_row(std::string_view text)
{
    auto const number = [&](std::size_t at) {
        std::uint32_t value = 0;
        std::memcpy(&value, text.data() + at, sizeof value);
        return value;
    };
    register_row row;
    row.kind = static_cast<register_kind>(text[0]);
    row.outcome = static_cast<register_outcome>(text[1]);
    row.findings = static_cast<std::uint16_t>(number(16));
    row.fixture = text[2] != 0;
    row.lines = number(4);
    row.key = text.substr(fixed_bytes, number(8));
    row.owner = text.substr(fixed_bytes + row.key.size(), number(12));
    row.text = text.substr(fixed_bytes + row.key.size() + row.owner.size());
    return row;
}

void put_rows(const source::register_batch& batch, archive::sorted_spool& spool)
{
    std::string packed;
    for (const register_batch::entry& entry : batch.entries) {
        converter key{batch, entry};
        const register_row& row = key.convert();
        pack_row(row, packed);
        spool.put(sort_key(row), packed);
    }
}

std::string evidence_line(std::string_view key, std::string_view type, const redis_values& values,
                          std::size_t value)
{
    row_text text;
    text.open();
    text.member("key", key);
    text.member("type", type);
    if (value != register_batch::none && values.at(value).kind == redis_kind::text) {
        text.member("value", values.text_of(value));
    } else if (value != register_batch::none) {
        text.member_name("value");
        std::vector<std::string_view> elements = texts_of(values, value);
        if (type == "set") std::sort(elements.begin(), elements.end());
        if (type == "hash") {
            text.raw("{");
            for (auto const& [name, content] : fields_of(values, value)) text.member(name, content);
            text.raw("}");
        } else {
            text.raw("[");
            for (std::string_view const each : elements) text.element(each);
            text.raw("]");
        }
    }
    text.close();
    return std::string{text.view()};
}

} // namespace pryv_export::exporting
