#include "stable_hash.hpp"

#include "bson_out.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

namespace sample {

namespace {

template <class T>
T load(const char* at)
{
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

struct element
{
    std::string_view key;
    bson_type type{};
    const char* value = nullptr;
};

std::size_t payload_size(bson_type type, const char* at)
{
    switch (type) {
    case bson_type::number:
    case bson_type::date:
    case bson_type::timestamp:
    case bson_type::int64: return 8;
    case bson_type::string:
    case bson_type::code:
    case bson_type::symbol: return 4 + load<std::uint32_t>(at);
    case bson_type::document:
    case bson_type::array:
    case bson_type::code_with_scope: return load<std::uint32_t>(at);
    case bson_type::binary: return 5 + load<std::uint32_t>(at);
    case bson_type::oid: return 12;
    case bson_type::boolean: return 1;
    case bson_type::int32: return 4;
    case bson_type::decimal128: return 16;
    case bson_type::regex: {
        const std::size_t pattern = std::strlen(at) + 1;
        return pattern + std::strlen(at + pattern) + 1;
    }
    case bson_type::db_pointer: return 4 + load<std::uint32_t>(at) + 12;
    case bson_type::undefined:
    case bson_type::null:
    case bson_type::max_key:
    case bson_type::min_key: return 0;
    }
    throw std::logic_error("unknown BSON type in a generated document");
}

/// Calls visit(element) for each member of a document.
template <class Visit>
void each_element(const char* document, Visit visit)
{
    const char* at = document + 4;
    while (*at != 0) {
        element e;
        e.type = static_cast<bson_type>(static_cast<std::uint8_t>(*at++));
        e.key = at;
        at += e.key.size() + 1;
        e.value = at;
        at += payload_size(e.type, at);
        visit(e);
    }
}

/// UTF-16 order differs from byte order only between the astral planes and U+E000–U+FFFF.
bool less_utf16(std::string_view a, std::string_view b)
{
    const auto rank = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0xf0) return 0xedU;
        return byte >= 0xee ? byte + 1U : static_cast<unsigned>(byte);
    };
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (a[i] != b[i]) return rank(a[i]) < rank(b[i]);
    }
    return a.size() < b.size();
}

bool must_escape(std::uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || (c >= 0x600 && c <= 0x604) || c == 0x70f ||
           c == 0x17b4 || c == 0x17b5 || (c >= 0x200c && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xffff);
}

void append_escape(std::string& out, std::uint32_t c)
{
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\t': out += "\\t"; return;
    case '\n': out += "\\n"; return;
    case '\f': out += "\\f"; return;
    case '\r': out += "\\r"; return;
    default: break;
    }
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += digits[(c >> static_cast<unsigned>(shift)) & 15U];
}

/// Code point of a two- or three-byte sequence of well-formed UTF-8; 0 for others.
std::uint32_t short_code_point(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    if (byte(0) < 0xe0 && at + 1 < text.size()) return (byte(0) & 0x1fU) << 6U | (byte(1) & 0x3fU);
    if (byte(0) < 0xf0 && at + 2 < text.size()) {
        return (byte(0) & 0x0fU) << 12U | (byte(1) & 0x3fU) << 6U | (byte(2) & 0x3fU);
    }
    return 0;
}

void append_quoted(std::string& out, std::string_view text)
{
    out += '"';
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        std::uint32_t escaped = 0;
        std::size_t width = 1;
        if (byte < 0x80) {
            if (byte != '"' && byte != '\\' && !must_escape(byte)) continue;
            escaped = byte;
        } else {
            if (byte < 0xc2 || byte >= 0xf0) continue;
            escaped = short_code_point(text, i);
            if (!must_escape(escaped) || escaped == 0) continue;
            width = escaped < 0x800 ? 2 : 3;
        }
        out.append(text.substr(done, i - done));
        append_escape(out, escaped);
        i += width - 1;
        done = i + 1;
    }
    out.append(text.substr(done));
    out += '"';
}

void append_value(std::string& out, bson_type type, const char* at);

bool omitted(bson_type type)
{
    return type == bson_type::null || type == bson_type::undefined;
}

void append_members(std::string& out, std::vector<element>& members, std::size_t first)
{
    std::sort(members.begin() + static_cast<std::ptrdiff_t>(first), members.end(),
              [](const element& a, const element& b) { return less_utf16(a.key, b.key); });
    for (std::size_t i = first; i < members.size(); ++i) {
        if (i != first) out += ',';
        append_quoted(out, members[i].key);
        out += ':';
        append_value(out, members[i].type, members[i].value);
    }
}

void append_object(std::string& out, const char* document)
{
    std::vector<element> members;
    each_element(document, [&](const element& e) {
        if (!omitted(e.type)) members.push_back(e);
    });
    out += '{';
    append_members(out, members, 0);
    out += '}';
}

void append_array(std::string& out, const char* document)
{
    out += '[';
    bool first = true;
    each_element(document, [&](const element& e) {
        if (!first) out += ',';
        first = false;
        append_value(out, e.type, e.value);
    });
    out += ']';
}

void append_value(std::string& out, bson_type type, const char* at)
{
    switch (type) {
    case bson_type::number: return append_number(out, load<double>(at));
    case bson_type::int32: return append_number(out, load<std::int32_t>(at));
    case bson_type::int64: return append_number(out, static_cast<double>(load<std::int64_t>(at)));
    case bson_type::string: return append_quoted(out, {at + 4, load<std::uint32_t>(at) - 1});
    case bson_type::document: return append_object(out, at);
    case bson_type::array: return append_array(out, at);
    case bson_type::boolean: out += *at != 0 ? "true" : "false"; return;
    case bson_type::null:
    case bson_type::undefined: out += "null"; return;
    default: out += "{}"; return; // foreign types: never hashed by v1 itself
    }
}

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> names)
{
    return std::find(names.begin(), names.end(), key) != names.end();
}

bool falsy(const element& e)
{
    return omitted(e.type) || (e.type == bson_type::boolean && *e.value == 0);
}

bool dropped_from_event(const element& e, const event_form& form)
{
    if (omitted(e.type)) return true;
    switch (e.key.front()) {
    case '_': return e.key == "_id";
    case 'a':
        return e.key == "attachments" && !form.keep_empty_attachments && load<std::uint32_t>(e.value) == 5;
    case 'd': return e.key == "duration";
    case 'e': return e.key == "endTime";
    case 'h': return e.key == "headId";
    case 'i': return e.key == "integrity";
    case 't': return e.key == "tags" || (e.key == "trashed" && falsy(e));
    case 'u': return e.key == "userId";
    default: return false;
    }
}

double as_double(const element& e)
{
    return e.type == bson_type::int32 ? load<std::int32_t>(e.value) : load<double>(e.value);
}

std::string bson_string(std::string_view text)
{
    const auto length = static_cast<std::uint32_t>(text.size() + 1);
    std::string payload(4, '\0');
    std::memcpy(payload.data(), &length, 4);
    payload.append(text);
    payload += '\0';
    return payload;
}

struct md_context
{
    md_context(const char* algorithm)
        : md(EVP_MD_fetch(nullptr, algorithm, nullptr), &EVP_MD_free),
          context(EVP_MD_CTX_new(), &EVP_MD_CTX_free)
    {
        if (!md || !context) throw std::runtime_error("OpenSSL has no such digest");
    }
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> md;
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context;
};

std::string run_digest(md_context& digest, std::string_view bytes)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned length = 0;
    if (EVP_DigestInit_ex2(digest.context.get(), digest.md.get(), nullptr) != 1 ||
        EVP_DigestUpdate(digest.context.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(digest.context.get(), raw.data(), &length) != 1) {
        throw std::runtime_error("OpenSSL could not hash");
    }
    std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> text{};
    const int size = EVP_EncodeBlock(text.data(), raw.data(), static_cast<int>(length));
    return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(size)};
}

} // namespace

void append_number(std::string& out, double value)
{
    if (!std::isfinite(value)) return;
    if (value == 0) {
        out += '0';
        return;
    }
    if (value < 0) out += '-';
    std::array<char, 32> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), std::fabs(value), std::chars_format::scientific)
            .ptr;
    const std::string_view all(text.data(), static_cast<std::size_t>(end - text.data()));
    const std::size_t e = all.find('e');
    std::array<char, 32> digit_text{};
    std::size_t k = 0;
    for (const char c : all.substr(0, e)) {
        if (c != '.') digit_text[k++] = c;
    }
    const std::string_view digits(digit_text.data(), k);
    int exponent = 0;
    std::from_chars(all.data() + e + (all[e + 1] == '+' ? 2 : 1), end, exponent);
    const int n = exponent + 1;
    const auto count = static_cast<int>(k);
    if (count <= n && n <= 21) {
        out.append(digits).append(static_cast<std::size_t>(n - count), '0');
    } else if (0 < n && n <= 21) {
        out.append(digits.substr(0, static_cast<std::size_t>(n)));
        out += '.';
        out.append(digits.substr(static_cast<std::size_t>(n)));
    } else if (-6 < n && n <= 0) {
        out.append("0.").append(static_cast<std::size_t>(-n), '0').append(digits);
    } else {
        out += digits.front();
        if (k > 1) (out += '.').append(digits.substr(1));
        out += exponent < 0 ? "e-" : "e+";
        out += std::to_string(std::abs(exponent));
    }
}

void append_stable_event(std::string& out, std::string_view stored, const event_form& form)
{
    thread_local std::vector<element> members;
    members.clear();
    std::optional<double> time;
    std::optional<double> end;
    each_element(stored.data(), [&](const element& e) {
        if (form.derive_duration && !omitted(e.type)) {
            if (e.key == "time") time = as_double(e);
            if (e.key == "endTime") end = as_double(e);
        }
        if (!dropped_from_event(e, form)) members.push_back(e);
    });
    auto duration = form.duration;
    if (form.derive_duration && time && end) duration = *end - *time;
    if (duration && *duration != 0) {
        members.push_back({"duration", bson_type::number, reinterpret_cast<const char*>(&*duration)});
    }
    const std::string id = bson_string(form.id);
    members.push_back({"id", bson_type::string, id.data()});
    out += '{';
    append_members(out, members, 0);
    out += '}';
}

void append_stable_access(std::string& out, std::string_view stored)
{
    std::vector<element> members;
    each_element(stored.data(), [&](element e) {
        if (omitted(e.type) || is_one_of(e.key, {"integrity", "lastUsed", "calls", "apiEndpoint", "userId",
                                                 "integrityBatchCode"})) {
            return;
        }
        if (e.key == "_id") e.key = "id";
        members.push_back(e);
    });
    out += '{';
    append_members(out, members, 0);
    out += '}';
}

std::string digest_base64(std::string_view bytes, const char* algorithm)
{
    thread_local md_context sha256("SHA256");
    if (algorithm == nullptr) return run_digest(sha256, bytes);
    md_context other(algorithm);
    return run_digest(other, bytes);
}

std::string event_integrity(std::string& scratch, std::string_view stored, const event_form& form)
{
    scratch.clear();
    append_stable_event(scratch, stored, form);
    return "EVENT:0:sha256-" + digest_base64(scratch);
}

std::string access_integrity(std::string& scratch, std::string_view stored)
{
    scratch.clear();
    append_stable_access(scratch, stored);
    return "ACCESS:0:sha256-" + digest_base64(scratch);
}

void patch_integrity(std::string& bytes, std::size_t at, std::string_view integrity)
{
    bytes.replace(at, integrity.size(), integrity);
}

} // namespace sample
