#include "redis_framing.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace pryv_export::source {

namespace {

constexpr std::size_t longest_line = 64U << 10;
constexpr std::size_t longest_number = 24;
constexpr std::int64_t longest_bulk = 512LL << 20; // of Redis itself
constexpr std::int64_t most_elements = 1LL << 32;
constexpr std::size_t deepest = 4; // of what we ask for: 2

std::optional<std::int64_t> number_in(std::string_view digits)
{
    std::int64_t value = 0;
    const char* const end = digits.data() + digits.size();
    auto const [at, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || at != end) return std::nullopt;
    return value;
}

} // namespace

void redis_framing::feed(std::string_view bytes)
{
    if (begin_ > 0) {
        buffer_.erase(0, begin_);
        at_ -= begin_;
        begin_ = 0;
    }
    buffer_ += bytes;
}

redis_framing::status redis_framing::next(std::string_view& reply)
{
    for (;;) {
        if (oversized_) drop_scanned();
        switch (scan_element()) {
        case step::more:
            if (oversized_) drop_scanned();
            return status::more;
        case step::garbage: return status::garbage;
        case step::opened: break;
        case step::element:
            if (close_element()) return end_of_reply(reply);
        }
    }
}

void redis_framing::drop_scanned()
{
    begin_ = at_;
}

redis_framing::status redis_framing::end_of_reply(std::string_view& reply)
{
    bool const oversized = oversized_;
    reply = std::string_view{buffer_}.substr(begin_, at_ - begin_);
    begin_ = at_;
    values_ = 0;
    oversized_ = false;
    return oversized ? status::too_large : status::reply;
}

/// True when the reply is complete.
bool redis_framing::close_element()
{
    while (!open_.empty() && --open_.back() == 0) open_.pop_back();
    return open_.empty();
}

redis_framing::step redis_framing::scan_element()
{
    if (bulk_left_ > 0) {
        std::size_t const here = std::min(bulk_left_, buffer_.size() - at_);
        if (!oversized_ && here < bulk_left_) return step::more;
        if (!oversized_ && buffer_.compare(at_ + here - 2, 2, "\r\n") != 0) return step::garbage;
        at_ += here;
        bulk_left_ -= here;
        return bulk_left_ == 0 ? step::element : step::more;
    }
    std::string_view const rest = std::string_view{buffer_}.substr(at_);
    if (rest.empty()) return step::more;
    bool const line = rest[0] == '+' || rest[0] == '-';
    if (!line && rest[0] != ':' && rest[0] != '$' && rest[0] != '*') return step::garbage;
    std::size_t const most = line ? longest_line : longest_number;
    std::size_t const end = rest.substr(0, most).find('\n');
    if (end == rest.npos) return rest.size() < most ? step::more : step::garbage;
    if (rest[end - 1] != '\r') return step::garbage;
    at_ += end + 1;
    if (++values_ > limits_.reply_values || at_ - begin_ > limits_.reply_bytes) oversized_ = true;
    if (line) return step::element;
    auto const number = number_in(rest.substr(1, end - 2));
    if (!number) return step::garbage;
    if (rest[0] == ':') return step::element;
    return rest[0] == '$' ? scan_bulk(*number) : scan_array(*number);
}

redis_framing::step redis_framing::scan_bulk(std::int64_t announced)
{
    if (announced == -1) return step::element;
    if (announced < 0 || announced > longest_bulk) return step::garbage;
    bulk_left_ = static_cast<std::size_t>(announced) + 2;
    if (at_ - begin_ + bulk_left_ > limits_.reply_bytes) oversized_ = true;
    return step::opened;
}

redis_framing::step redis_framing::scan_array(std::int64_t announced)
{
    if (announced == -1 || announced == 0) return step::element;
    if (announced < 0 || announced > most_elements || open_.size() == deepest) return step::garbage;
    open_.push_back(static_cast<std::uint64_t>(announced));
    if (values_ + open_.back() > limits_.reply_values) oversized_ = true;
    return step::opened;
}

} // namespace pryv_export::source
