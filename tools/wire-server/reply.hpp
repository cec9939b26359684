#pragma once

#include "message.hpp"

#include <array>
#include <deque>
#include <span>
#include <vector>

namespace wire {

/// An answer: one document, into one array of which more documents may be put without copying them first.
struct reply
{
    bytes body;
    std::size_t batch_at = 0;  ///< offset in `body` of the empty array's length; 0: no batch
    std::size_t inside_at = 0; ///< offset of the length of the document the array is in
    std::vector<bson_bytes> batch;
    std::deque<bytes> keep; ///< those of the batch that are not in the dump
    std::int64_t cursor = 0;
};

/// What faults change in a message's header.
struct header_change
{
    std::optional<std::int32_t> length;
    bool wrong_response_to = false;
};

/// Writes a reply as a message, piece by piece into a small buffer that stays in the processor's cache.
/// Gathering from the dump with sendmsg, two pieces per document, was measured too: a third slower by
/// (userId, _id), where the documents lie apart, and a little faster only in the order of the file.
class reply_encoder
{
public:
    reply_encoder(const reply& r, const message_header& to, std::int32_t id, const header_change& change);

    std::size_t total() const noexcept { return total_; }
    /// Fills the buffer, or less at the end; 0 when all is written.
    std::size_t fill(std::span<std::uint8_t> out) noexcept;

private:
    void next_piece() noexcept;

    const reply& reply_;
    bytes head_;
    bson_bytes tail_;
    std::size_t total_ = 0;

    enum class part
    {
        head,
        key,
        document,
        tail,
        end
    };
    part part_ = part::head;
    bson_bytes piece_;
    std::size_t at_document_ = 0;
    std::array<std::uint8_t, 24> key_{};
};

} // namespace wire
