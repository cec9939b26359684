#include "bench.hpp"
#include "source/redis_framing.hpp"
#include "source/redis_parser.hpp"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>

namespace micro {

using namespace pryv_export::source;

namespace {

constexpr std::size_t replies_per_round = 5000;
constexpr std::size_t piece_bytes = 16384; ///< as a socket gives them

std::string register_replies()
{
    std::string text;
    auto const bulk = [&](std::string_view value) {
        text += fmt::format("${}\r\n{}\r\n", value.size(), value);
    };
    for (std::size_t i = 0; i < replies_per_round; ++i) {
        std::string const name = fmt::format("user{:06}", i);
        text += "*10\r\n";
        for (auto const* const each : {"username", name.c_str(), "email", "someone@example.com", "language",
                                       "en", "id", "ckd0br26e00075lqvnaqmz4ow", "referer", "hospital-A"}) {
            bulk(each);
        }
    }
    return text;
}

round parse_replies()
{
    auto const text = std::make_shared<std::string>(register_replies());
    auto const framing = std::make_shared<redis_framing>();
    auto const parser = std::make_shared<redis_parser>();
    auto const values = std::make_shared<redis_values>();
    return [text, framing, parser, values] {
        values->clear();
        std::size_t replies = 0;
        for (std::size_t at = 0; at < text->size(); at += piece_bytes) {
            framing->feed(std::string_view{*text}.substr(at, piece_bytes));
            std::string_view reply;
            for (; framing->next(reply) == redis_framing::status::reply; ++replies)
                parser->parse(reply, *values);
        }
        if (replies != replies_per_round) throw std::logic_error{"a reply was lost"};
        return work{text->size(), replies};
    };
}

} // namespace

void add_redis(std::vector<bench>& to)
{
    to.push_back({"resp", &parse_replies});
}

} // namespace micro
