#pragma once

#include "pryv_export/convert/events.hpp"
#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/json_writer.hpp"

#include "convert/collections_support.hpp"

#include <boost/json.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace test {

namespace convert = pryv_export::convert;

inline doc texts(std::initializer_list<std::string_view> items)
{
    doc list;
    int index = 0;
    for (auto const item : items) list.text(std::to_string(index++), item);
    return list;
}

/// An event as 1.9 stores it: event_doc("c1").time(5).end(7).doc_.
class event_doc
{
public:
    explicit event_doc(std::string_view id) { body.text("_id", id); }

    event_doc& streams(std::initializer_list<std::string_view> ids)
    {
        body.array("streamIds", texts(ids));
        return *this;
    }
    event_doc& time(double value)
    {
        body.f64("time", value);
        return *this;
    }
    event_doc& end(double value)
    {
        body.f64("endTime", value);
        return *this;
    }
    event_doc& text(std::string_view key, std::string_view value)
    {
        body.text(key, value);
        return *this;
    }
    event_doc& f64(std::string_view key, double value)
    {
        body.f64(key, value);
        return *this;
    }
    event_doc& null(std::string_view key)
    {
        body.null(key);
        return *this;
    }
    event_doc& boolean(std::string_view key, bool value)
    {
        body.boolean(key, value);
        return *this;
    }
    /// What v1 writes into each event beside what the tests look at.
    event_doc& usual()
    {
        body.text("type", "note/txt").text("content", "hello");
        body.null("description").null("clientData").null("deleted").boolean("trashed", false);
        body.f64("created", 10).text("createdBy", "acc").f64("modified", 10).text("modifiedBy", "acc");
        return *this;
    }
    bytes done() const
    {
        doc whole = body;
        return whole.text("userId", "u1").done();
    }

    doc body;
};

inline event_doc note(std::string_view id)
{
    return event_doc{id}.streams({"diary"}).time(10).end(10).usual();
}

struct converted
{
    convert::event_batch batch;
    std::vector<std::string> lines;
    std::vector<std::string> history;
    std::vector<boost::json::object> extra;

    const convert::output& out() const { return batch.out; }
    boost::json::object line(std::size_t index) const { return parse_json(lines.at(index)).as_object(); }
    std::string rule_of_extra(std::size_t index) const
    {
        return std::string{extra.at(index).at("rule").as_string()};
    }
};

inline converted convert_events(const std::vector<bytes>& documents, const convert::rules& rules = {},
                                const convert::event_exceptions& exceptions = {})
{
    batch input;
    for (bytes const& each : documents) input.add(each);
    auto const records = input.records();
    converted result;
    convert::event_converter{rules}.convert(records, exceptions, true, result.batch);
    result.lines = lines_of(result.batch.out.lines);
    result.history = lines_of(result.batch.history);
    result.extra = objects_of(result.batch.out.extra);
    return result;
}

inline convert::rules without_hashes()
{
    convert::rules rules;
    rules.events_hashed = false;
    return rules;
}

// A second, slow implementation of v2's hash, from the archive's line ---------------------------------

inline void slow_string(std::string& out, std::string_view text)
{
    auto const escaped = [](unsigned c) {
        return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || (c >= 0x600 && c <= 0x604) ||
               c == 0x70f || c == 0x17b4 || c == 0x17b5 || (c >= 0x200c && c <= 0x200f) ||
               (c >= 0x2028 && c <= 0x202f) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
               (c >= 0xfff0 && c <= 0xffff);
    };
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        auto const lead = static_cast<unsigned char>(text[i]);
        std::size_t const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        unsigned code = size == 1 ? lead : lead & (0xffU >> (size + 1));
        for (std::size_t k = 1; k < size; ++k)
            code = (code << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
        static const std::map<unsigned, std::string> shorts{
            {8, "\\b"}, {9, "\\t"}, {10, "\\n"}, {12, "\\f"}, {13, "\\r"}, {'"', "\\\""}, {'\\', "\\\\"}};
        if (auto const found = shorts.find(code); found != shorts.end()) {
            out += found->second;
        } else if (escaped(code)) {
            char hex[16];
            std::snprintf(hex, sizeof hex, "\\u%04x", code);
            out += hex;
        } else {
            out += text.substr(i, size);
        }
        i += size;
    }
    out += '"';
}

inline std::u16string utf16(std::string_view text)
{
    std::u16string out;
    for (std::size_t i = 0; i < text.size();) {
        auto const lead = static_cast<unsigned char>(text[i]);
        std::size_t const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        unsigned code = size == 1 ? lead : lead & (0xffU >> (size + 1));
        for (std::size_t k = 1; k < size; ++k)
            code = (code << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
        if (code < 0x10000) {
            out.push_back(static_cast<char16_t>(code));
        } else {
            out.push_back(static_cast<char16_t>(0xd800 + ((code - 0x10000) >> 10)));
            out.push_back(static_cast<char16_t>(0xdc00 + ((code - 0x10000) & 0x3ff)));
        }
        i += size;
    }
    return out;
}

/// Boost.JSON 1.81 rounds doubles carelessly, so numbers come as strings with this mark in front.
inline constexpr std::string_view number_mark = "\x01#";

inline boost::json::value parse_exactly(std::string_view json)
{
    std::string marked;
    bool inside = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        bool const number = !inside && (json[i] == '-' || (json[i] >= '0' && json[i] <= '9'));
        if (number) {
            std::size_t const end = std::min(json.find_first_of(",]}", i), json.size());
            marked += "\"\\u0001#" + std::string{json.substr(i, end - i)} + "\"";
            i = end - 1;
            continue;
        }
        if (json[i] == '"') inside = !inside;
        marked += json[i];
        if (inside && json[i] == '\\') marked += json[++i];
    }
    return parse_json(marked);
}

inline bool slow_is_number(const boost::json::value& value)
{
    return value.is_string() && std::string_view{value.get_string()}.starts_with(number_mark);
}

inline double slow_number(const boost::json::value& value)
{
    return std::strtod(value.get_string().c_str() + number_mark.size(), nullptr);
}

inline bool slow_absent(const boost::json::value& value)
{
    return value.is_null() || (slow_is_number(value) && !std::isfinite(slow_number(value)));
}

inline void slow_value(std::string& out, const boost::json::value& value)
{
    if (slow_is_number(value)) {
        double const number = slow_number(value);
        pryv_export::format::text_buffer text;
        pryv_export::format::json_notes notes = 0;
        pryv_export::format::append_number(text, number == 0 ? 0.0 : number, notes);
        out += text.view();
    } else if (value.is_string()) {
        slow_string(out, value.get_string());
    } else if (value.is_array()) {
        out += '[';
        for (std::size_t i = 0; i < value.get_array().size(); ++i) {
            if (i != 0) out += ',';
            auto const& item = value.get_array()[i];
            slow_absent(item) ? void(out += "null") : slow_value(out, item);
        }
        out += ']';
    } else if (value.is_object()) {
        std::map<std::u16string, std::pair<std::string, boost::json::value>> sorted;
        for (auto const& [key, each] : value.get_object())
            if (!slow_absent(each)) sorted[utf16(key)] = {std::string{key}, each};
        out += '{';
        for (auto const& [key, each] : sorted) {
            if (out.back() != '{') out += ',';
            slow_string(out, each.first);
            out += ':';
            slow_value(out, each.second);
        }
        out += '}';
    } else {
        out += value.is_null() ? "null" : value.get_bool() ? "true" : "false";
    }
}

/// What `--verify-integrity` of v2 computes for a restored row.
inline std::string
slow_hash(std::string_view line,
          pryv_export::format::digest_algorithm algorithm = pryv_export::format::digest_algorithm::sha256)
{
    auto event = parse_exactly(line).as_object();
    if (event.contains("headId") && !event["headId"].is_null()) event["id"] = event["headId"];
    for (auto const* key : {"integrity", "headId", "tags"}) event.erase(key);
    if (event.contains("endTime") && !slow_absent(event["endTime"])) {
        double const duration = slow_number(event["endTime"]) - slow_number(event["time"]);
        char text[40];
        std::snprintf(text, sizeof text, "\x01#%.17g", duration);
        if (duration != 0) event["duration"] = text;
    }
    event.erase("endTime");
    if (event.contains("trashed") && event["trashed"] != boost::json::value(true)) event.erase("trashed");
    if (event.contains("attachments") && event["attachments"].is_array())
        for (auto& item : event["attachments"].get_array())
            if (item.is_object()) item.get_object().erase("readToken");
    std::string text;
    slow_value(text, event);
    auto const digest = pryv_export::format::digest_of(algorithm, text);
    return "EVENT:0:" + std::string{name_of(algorithm)} + "-" + pryv_export::format::base64(digest.view());
}

} // namespace test
