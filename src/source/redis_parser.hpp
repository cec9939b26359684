#pragma once

#include "pryv_export/source/redis_values.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

struct redisReader;

namespace pryv_export::source {

/// hiredis without its sockets: commands to text, replies to values.
class redis_parser
{
public:
    redis_parser();
    ~redis_parser();
    redis_parser(const redis_parser&) = delete;
    redis_parser& operator=(const redis_parser&) = delete;

    /// Appends one whole reply, as redis_framing gives it, to `out`. False, with `out` as it was, when it is
    /// none.
    bool parse(std::string_view reply, redis_values& out);

private:
    struct closer
    {
        void operator()(redisReader* reader) const noexcept;
    };
    std::unique_ptr<redisReader, closer> reader_;
};

/// Appends a command to `out`. Words may hold any bytes.
void append_command(std::string& out, std::span<const std::string_view> words);

} // namespace pryv_export::source
