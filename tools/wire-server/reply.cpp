#include "reply.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace wire {

namespace {

void store(bytes& out, std::size_t at, std::int32_t value)
{
    std::memcpy(out.data() + at, &value, 4);
}

void append(bytes& out, std::int32_t value)
{
    out.resize(out.size() + 4);
    store(out, out.size() - 4, value);
}

/// Type byte, digits and NUL of the keys "0" to "n-1".
std::size_t bytes_of_keys(std::size_t n) noexcept
{
    std::size_t sum = 0;
    std::size_t digits = 1;
    for (std::size_t from = 0, to = 10; from < n; from = to, to *= 10, ++digits)
        sum += (std::min(to, n) - from) * (digits + 2);
    return sum;
}

void prefetch(bson_bytes document) noexcept
{
    constexpr std::size_t line = 64;
    constexpr std::size_t most = 1024;
    for (std::size_t at = 0; at < std::min(document.size(), most); at += line)
        __builtin_prefetch(document.data() + at);
}

constexpr std::size_t documents_ahead = 4;

} // namespace

reply_encoder::reply_encoder(const reply& r, const message_header& to, std::int32_t id,
                             const header_change& change)
    : reply_(r)
{
    std::size_t added = bytes_of_keys(r.batch.size());
    for (auto const& document : r.batch) added += document.size();

    append(head_, 0);
    append(head_, id);
    append(head_, change.wrong_response_to ? ~to.request_id : to.request_id);
    append(head_, to.opcode == op_query ? op_reply : op_msg);
    if (to.opcode == op_query) {
        append(head_, 8); // AwaitCapable
        append(head_, 0);
        append(head_, 0);
        append(head_, 0);
        append(head_, 1);
    } else {
        append(head_, 0);
        head_.push_back(0);
    }
    std::size_t const body_at = head_.size();
    std::size_t const split = r.batch_at == 0 ? r.body.size() : r.batch_at + 4;
    head_.insert(head_.end(), r.body.begin(), r.body.begin() + static_cast<std::ptrdiff_t>(split));
    tail_ = bson_bytes{r.body}.subspan(split);
    if (r.batch_at != 0)
        for (auto const at : {std::size_t{0}, r.inside_at, r.batch_at}) {
            auto const place = body_at + at;
            store(head_, place,
                  pryv_export::format::load_i32(head_.data() + place) + static_cast<std::int32_t>(added));
        }
    total_ = head_.size() + added + tail_.size();
    store(head_, 0, change.length.value_or(static_cast<std::int32_t>(total_)));
    piece_ = head_;
}

void reply_encoder::next_piece() noexcept
{
    if (part_ == part::document) ++at_document_;
    if (part_ == part::key) {
        part_ = part::document;
        piece_ = reply_.batch[at_document_];
    } else if (part_ != part::tail && at_document_ < reply_.batch.size()) {
        part_ = part::key;
        auto* const digits = reinterpret_cast<char*>(key_.data()) + 1;
        key_[0] = static_cast<std::uint8_t>(bson_type::document);
        auto* const end = std::to_chars(digits, digits + key_.size() - 2, at_document_).ptr;
        *end = '\0';
        piece_ = {key_.data(), static_cast<std::size_t>(end - digits) + 2};
        if (at_document_ + documents_ahead < reply_.batch.size())
            prefetch(reply_.batch[at_document_ + documents_ahead]);
    } else if (part_ != part::tail) {
        part_ = part::tail;
        piece_ = tail_;
    } else {
        part_ = part::end;
        piece_ = {};
    }
}

std::size_t reply_encoder::fill(std::span<std::uint8_t> out) noexcept
{
    std::size_t written = 0;
    while (written < out.size() && part_ != part::end) {
        auto const n = std::min(out.size() - written, piece_.size());
        if (n > 0) std::memcpy(out.data() + written, piece_.data(), n);
        written += n;
        piece_ = piece_.subspan(n);
        if (piece_.empty()) next_piece();
    }
    return written;
}

} // namespace wire
