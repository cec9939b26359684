#include "pryv_export/source/register_store.hpp"

#include "redis_client.hpp"
#include "redis_error.hpp"
#include "redis_retry.hpp"
#include "register_scan.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace pryv_export::source {

namespace {

/// Keys of the database as the server counts them; 0 when it does not say (an ACL without DBSIZE).
runtime::task<std::uint64_t> count_keys(redis_client& client, register_totals& totals)
{
    client.queue({"DBSIZE"});
    co_await client.flush();
    redis_values answer;
    co_await client.receive(answer);
    const redis_value& count = answer.at(0);
    if (count.kind != redis_kind::integer) co_return 0;
    auto const keys = static_cast<std::uint64_t>(count.number);
    totals.counted = true;
    totals.keys_most = std::max(totals.keys_most, keys);
    co_return keys;
}

struct attempt
{
    bool reached = false;
    std::uint64_t keys = 0;
    std::optional<redis_failure> failure;
};

runtime::task<attempt> try_once(redis_client& client, register_sink& sink, register_totals& totals,
                                runtime::progress& progress)
{
    attempt result;
    register_scan scan{client, sink, progress};
    try {
        co_await client.connect();
        result.reached = true;
        totals.keys_before = co_await count_keys(client, totals);
        co_await scan.run();
        totals.keys_after = co_await count_keys(client, totals);
    } catch (const redis_failure& failure) {
        result.failure = failure;
    }
    result.keys = scan.keys();
    co_return result;
}

} // namespace

runtime::task<register_totals> read_register(runtime::asio::any_io_executor loop, redis_options options,
                                             register_sink& sink, runtime::progress& progress)
{
    redis_retry retry{options};
    register_totals totals;
    for (;;) {
        co_await sink.restart();
        progress.records_done = 0;
        redis_client client{loop, options};
        attempt const result = co_await try_once(client, sink, totals, progress);
        totals.attempts = retry.attempts();
        if (!result.failure) co_return totals;
        co_await retry.wait(loop, *result.failure, result.reached, result.keys);
    }
}

} // namespace pryv_export::source
