#include "message.hpp"

#include <cstring>
#include <utility>

namespace wire {

namespace {

using pryv_export::format::load_i32;

constexpr std::uint32_t checksum_present = 1;
constexpr std::uint32_t more_to_come = 2;
constexpr std::uint32_t required_flags = 0xffff;

void check(bool good, const char* what)
{
    if (!good) throw protocol_error(what);
}

bson_bytes take_document(bson_bytes& rest)
{
    check(rest.size() >= 5, "no room for a document");
    auto const length = load_i32(rest.data());
    check(length >= 5 && static_cast<std::size_t>(length) <= rest.size(), "a document's length");
    auto const document = rest.first(static_cast<std::size_t>(length));
    check(pryv_export::format::validate(document) == pryv_export::format::bson_errc::ok, "a broken document");
    rest = rest.subspan(document.size());
    return document;
}

std::string_view take_cstring(bson_bytes& rest)
{
    auto const* const text = reinterpret_cast<const char*>(rest.data());
    auto const* const nul = rest.empty() ? nullptr : std::memchr(text, 0, rest.size());
    check(nul != nullptr, "a name without an end");
    auto const size = static_cast<std::size_t>(static_cast<const char*>(nul) - text);
    rest = rest.subspan(size + 1);
    return {text, size};
}

/// Sequences of documents belong to writes; a reader's are checked and skipped.
void skip_sequence(bson_bytes& rest)
{
    check(rest.size() >= 4, "a section's length");
    auto const length = load_i32(rest.data());
    check(length >= 5 && static_cast<std::size_t>(length) <= rest.size(), "a section's length");
    auto section = rest.subspan(4, static_cast<std::size_t>(length) - 4);
    rest = rest.subspan(static_cast<std::size_t>(length));
    take_cstring(section);
    while (!section.empty()) take_document(section);
}

void parse_op_msg(request& r, bson_bytes rest)
{
    check(rest.size() >= 4, "no flags");
    auto const flags = static_cast<std::uint32_t>(load_i32(rest.data()));
    check((flags & required_flags & ~(checksum_present | more_to_come)) == 0, "unknown flags");
    rest = rest.subspan(4);
    if ((flags & checksum_present) != 0) {
        check(rest.size() >= 4, "no checksum");
        rest = rest.first(rest.size() - 4);
    }
    r.wants_reply = (flags & more_to_come) == 0;
    while (!rest.empty()) {
        auto const kind = rest[0];
        rest = rest.subspan(1);
        check(kind <= 1, "an unknown kind of section");
        if (kind == 1) {
            skip_sequence(rest);
        } else {
            check(r.body.empty(), "two bodies");
            r.body = take_document(rest);
        }
    }
    check(!r.body.empty(), "no body");
    r.database = text(r.get("$db"));
}

void parse_op_query(request& r, bson_bytes rest)
{
    check(rest.size() >= 4, "no flags");
    rest = rest.subspan(4);
    auto const name = take_cstring(rest);
    check(name.ends_with(".$cmd"), "a query on a collection");
    r.database = name.substr(0, name.size() - 5);
    check(rest.size() >= 8, "no counts");
    rest = rest.subspan(8);
    r.body = take_document(rest);
}

} // namespace

message_header parse_header(bson_bytes message)
{
    message_header const header{load_i32(message.data()), load_i32(message.data() + 4),
                                load_i32(message.data() + 8), load_i32(message.data() + 12)};
    // A TLS client's first record; as a length it would be waited for.
    check((header.length & 0xffff) != 0x0316, "TLS without --tls-cert");
    check(header.length >= static_cast<std::int32_t>(header_size) && header.length <= max_message_size,
          "a message's length");
    return header;
}

request parse_message(std::shared_ptr<const bytes> message)
{
    request r;
    r.storage = std::move(message);
    r.header = parse_header(*r.storage);
    auto const rest = bson_bytes{*r.storage}.subspan(header_size);
    if (r.header.opcode == op_msg)
        parse_op_msg(r, rest);
    else if (r.header.opcode == op_query)
        parse_op_query(r, rest);
    else
        throw protocol_error("an unknown opcode");

    bson_element element;
    check(bson_reader{r.body}.next(element), "an empty command");
    r.command_key = r.command = element.key;
    if (r.command == "isMaster" || r.command == "ismaster") r.command = "hello";
    return r;
}

} // namespace wire
