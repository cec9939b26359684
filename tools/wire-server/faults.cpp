#include "faults.hpp"

#include <charconv>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>

namespace wire {

namespace {

struct kind
{
    action what;
    bool needs_value;
};

const std::map<std::string_view, kind> kinds{{"drop", {action::drop, false}},
                                             {"reset", {action::reset, false}},
                                             {"cut", {action::cut, true}},
                                             {"delay", {action::delay, true}},
                                             {"slow", {action::slow, true}},
                                             {"silent", {action::silent, false}},
                                             {"error", {action::error, true}},
                                             {"kill-cursor", {action::kill_cursor, false}},
                                             {"garbage", {action::garbage, false}},
                                             {"length", {action::length, true}},
                                             {"response-to", {action::response_to, false}},
                                             {"bad-document", {action::bad_document, false}},
                                             {"miscount", {action::miscount, false}},
                                             {"rename", {action::rename, false}},
                                             {"deep", {action::deep, true}},
                                             {"refuse", {action::refuse, false}}};

/// 16 MiB, the largest document.
constexpr std::int64_t most_levels = (16 << 20) / 8;

std::int64_t number(std::string_view text, std::string_view spec)
{
    std::int64_t value = 0;
    auto const result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size())
        throw std::invalid_argument("no number where one belongs in fault: " + std::string(spec));
    return value;
}

std::uint64_t positive(std::string_view text, std::string_view spec)
{
    auto const value = number(text, spec);
    if (value < 1) throw std::invalid_argument("counts begin at 1 in fault: " + std::string(spec));
    return static_cast<std::uint64_t>(value);
}

/// Cuts off what follows the last `mark`; nothing when there is none.
std::optional<std::string_view> cut_tail(std::string_view& text, char mark)
{
    auto const at = text.rfind(mark);
    if (at == std::string_view::npos) return std::nullopt;
    auto const tail = text.substr(at + 1);
    text = text.substr(0, at);
    return tail;
}

/// x is also a letter: it counts only behind digits and the end, or before "*".
std::optional<std::string_view> cut_count(std::string_view& text)
{
    auto const at = text.rfind('x');
    if (at == std::string_view::npos) return std::nullopt;
    auto const tail = text.substr(at + 1);
    if (tail != "*" && (tail.empty() || tail.find_first_not_of("0123456789") != std::string_view::npos))
        return std::nullopt;
    text = text.substr(0, at);
    return tail;
}

/// Offset of a length inside the document that can be made wrong; 0: none.
std::size_t inner_length(bson_bytes document)
{
    bson_reader reader{document};
    for (bson_element e; reader.next(e);)
        if (e.is_string() || e.type == bson_type::document || e.type == bson_type::array)
            return static_cast<std::size_t>(e.value.data() - document.data());
    return 0;
}

bytes nested_levels(std::size_t levels)
{
    constexpr std::size_t head = 4 + 1 + 2; // length, type, "a"
    std::size_t const size = 5 + levels * 8;
    bytes out(size);
    std::size_t at = 0;
    for (std::size_t left = levels; left > 0; --left, at += head) {
        auto const length = static_cast<std::int32_t>(5 + left * 8);
        std::memcpy(out.data() + at, &length, 4);
        out[at + 4] = static_cast<std::uint8_t>(bson_type::document);
        out[at + 5] = 'a';
    }
    out[at] = 5;
    return out;
}

} // namespace

fault parse_fault(std::string_view spec)
{
    fault f;
    std::string_view rest = spec;
    if (auto const count = cut_count(rest)) f.count = *count == "*" ? 0 : positive(*count, spec);
    if (auto const nth = cut_tail(rest, '#')) f.nth = positive(*nth, spec);
    if (auto const command = cut_tail(rest, '@')) {
        f.command = *command;
        if (f.command == "isMaster" || f.command == "ismaster") f.command = "hello";
    }
    auto const equals = rest.find('=');
    auto const found = kinds.find(rest.substr(0, equals));
    if (found == kinds.end()) throw std::invalid_argument("unknown fault: " + std::string(spec));
    f.what = found->second.what;
    if (found->second.needs_value != (equals != std::string_view::npos))
        throw std::invalid_argument(
            (found->second.needs_value ? "a value is missing in fault: " : "no value belongs in fault: ") +
            std::string(spec));
    if (!found->second.needs_value) return f;
    auto value = rest.substr(equals + 1);
    if (auto const colon = value.find(':'); f.what == action::error && colon != std::string_view::npos) {
        f.name = value.substr(colon + 1);
        value = value.substr(0, colon);
    }
    f.value = number(value, spec);
    if (f.what != action::length && f.value < 0)
        throw std::invalid_argument("a negative value in fault: " + std::string(spec));
    if (f.what == action::deep && f.value > most_levels)
        throw std::invalid_argument("no document is so deep: " + std::string(spec));
    return f;
}

void fault_list::add(fault f)
{
    std::lock_guard const lock(mutex_);
    list_.push_back({std::move(f), 0});
}

void fault_list::clear()
{
    std::lock_guard const lock(mutex_);
    list_.clear();
}

std::optional<fault> fault_list::strike(std::string_view command)
{
    std::lock_guard const lock(mutex_);
    const fault* striking = nullptr;
    for (auto& [ordered, seen] : list_) {
        bool const meant =
            ordered.command.empty() ? command == "find" || command == "getMore" : ordered.command == command;
        if (!meant) continue;
        ++seen;
        bool const due = seen >= ordered.nth && (ordered.count == 0 || seen - ordered.nth < ordered.count);
        if (due && striking == nullptr) striking = &ordered;
    }
    if (striking == nullptr) return std::nullopt;
    return *striking;
}

void spoil_document(reply& r)
{
    if (r.batch.empty()) return;
    auto& spoilt = r.keep.emplace_back(r.batch[0].begin(), r.batch[0].end());
    constexpr std::int32_t far_too_long = 0x7fffffff;
    constexpr std::uint8_t no_type = 0x7e;
    if (auto const at = inner_length(spoilt); at != 0)
        std::memcpy(spoilt.data() + at, &far_too_long, 4);
    else if (spoilt.size() > 5)
        spoilt[4] = no_type;
    r.batch[0] = spoilt;
}

void miscount(reply& r)
{
    for (auto& document : r.batch) {
        auto& changed = r.keep.emplace_back(document.begin(), document.end());
        pryv_export::format::bson_reader members{document};
        for (pryv_export::format::bson_element each; members.next(each);) {
            if (each.type != pryv_export::format::bson_type::int32 || each.key == "_id") continue;
            std::int32_t const more = each.int32() + 1;
            std::memcpy(changed.data() + (each.value.data() - document.data()), &more, sizeof more);
        }
        document = changed;
    }
}

void insert_deep(reply& r, std::size_t levels)
{
    if (r.batch_at == 0) return;
    bson_writer deep;
    auto const id = r.batch.empty() ? std::nullopt : first(r.batch[0], "_id");
    deep.text("_id", std::string(text(id, "deep")) + "-deep");
    auto const user = r.batch.empty() ? std::nullopt : first(r.batch[0], "userId");
    if (user) deep.element("userId", *user);
    deep.document("deep", nested_levels(levels));
    auto const& added = r.keep.emplace_back(deep.finish());
    r.batch.insert(r.batch.begin() + (r.batch.empty() ? 0 : 1), bson_bytes{added});
}

void noise::fill(std::span<std::uint8_t> out) noexcept
{
    for (auto& byte : out) {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        byte = static_cast<std::uint8_t>(state_ >> 32U);
    }
}

} // namespace wire
