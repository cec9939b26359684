#pragma once

#include "pryv_export/source/register_store.hpp"

#include "redis_client.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::source {

/// One pass of SCAN over a connection: pages of keys, their values in windows, the next page asked for
/// together with the first window. On the loop's thread. Throws redis_failure.
class register_scan
{
public:
    register_scan(redis_client& client, register_sink& sink, runtime::progress& progress)
        : client_{client}, sink_{sink}, progress_{progress}
    {
    }

    runtime::task<void> run();
    /// Keys that SCAN named so far.
    std::uint64_t keys() const noexcept { return key_count_; }

private:
    struct odd_one
    {
        std::string key;
        register_outcome outcome;
        std::string type;
    };
    /// Commands number `i` of `count` and what becomes of their answers.
    struct exchange
    {
        std::size_t count;
        std::function<void(std::size_t i)> ask;
        std::function<void(std::size_t i, std::size_t value)> take;
    };

    void ask_for_page(std::string_view cursor);
    runtime::task<void> receive_page();
    runtime::task<void> shrink_page();
    std::string begin_page();
    void sort_out(std::size_t key);
    runtime::task<void> run_windows(exchange work, redis_values& into);
    runtime::task<void> read_values();
    runtime::task<void> read_odd_ones();
    void take_value(std::string_view key, std::size_t value);
    void take_hash_of_reservation(std::string_view key, std::size_t value);
    void ask_by_type(const odd_one& odd);
    void take_odd_value(const odd_one& odd, std::size_t value);
    void add_entry(std::string_view key, std::size_t value, register_outcome outcome, std::string type = {});
    runtime::task<void> hand_over();

    redis_client& client_;
    register_sink& sink_;
    runtime::progress& progress_;
    redis_values next_page_;
    redis_values page_;
    static constexpr std::size_t most_page_keys = 4000;
    static constexpr std::size_t least_page_keys = 10;
    std::size_t page_keys_ = most_page_keys; ///< a hint: SCAN may give more or fewer
    std::string asked_cursor_;               ///< of the page that is due, or was received last
    bool page_due_ = false;                  ///< asked for, not received
    std::vector<std::size_t> wanted_;        ///< keys of page_ that have a value to read
    std::vector<odd_one> odd_ones_;          ///< of another type than their kind, or of no kind
    register_batch batch_;
    std::uint64_t key_count_ = 0;
};

} // namespace pryv_export::source
