#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::source {

/// What one reply may take; what is beyond is passed over without being kept.
struct redis_limits
{
    std::size_t reply_bytes = 16U << 20;
    std::size_t reply_values = 1U << 18;
};

/// Cuts what a server sends into replies (RESP 2), so that only whole, sound and small ones are parsed. Keeps
/// at most one reply and what was fed behind it. Format: https://redis.io/docs/reference/protocol-spec/
class redis_framing
{
public:
    enum class status : std::uint8_t
    {
        more,      ///< feed again
        reply,     ///< `reply` is a whole one, valid until the next call
        too_large, ///< one ended that is beyond the limits
        garbage    ///< this is no Redis server
    };

    explicit redis_framing(redis_limits limits = {}) : limits_{limits} {}

    void feed(std::string_view bytes);
    status next(std::string_view& reply);

private:
    enum class step : std::uint8_t
    {
        more,
        element,
        opened,
        garbage
    };
    step scan_element();
    step scan_bulk(std::int64_t announced);
    step scan_array(std::int64_t announced);
    bool close_element();
    void drop_scanned();
    status end_of_reply(std::string_view& reply);

    redis_limits limits_;
    std::string buffer_;
    std::size_t begin_ = 0; ///< of the reply
    std::size_t at_ = 0;    ///< scanned up to here
    std::size_t values_ = 0;
    std::size_t bulk_left_ = 0; ///< bytes of a string that is passed over or waited for
    bool oversized_ = false;
    std::vector<std::uint64_t> open_; ///< elements that are still to come, per array
};

} // namespace pryv_export::source
