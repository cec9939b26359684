#include "register_scan.hpp"

#include "redis_error.hpp"

#include <algorithm>
#include <utility>

namespace pryv_export::source {

namespace {

constexpr std::size_t roomy_page_bytes = 1U << 20;
constexpr std::size_t window_bytes = 32U << 10;
constexpr std::size_t batch_bytes = 1U << 20;

/// The command that reads a kind's type of value.
std::string_view command_of(register_kind kind)
{
    switch (kind) {
    case register_kind::reservation:
    case register_kind::user:
    case register_kind::invitation: return "HGETALL";
    case register_kind::inactive: return "LRANGE";
    case register_kind::reserved: return "SMEMBERS";
    default: return "GET";
    }
}

std::string_view command_of(std::string_view type)
{
    if (type == "string") return "GET";
    if (type == "hash") return "HGETALL";
    if (type == "list") return "LRANGE";
    if (type == "set") return "SMEMBERS";
    if (type == "zset") return "ZRANGE";
    return {};
}

void ask(redis_client& client, std::string_view command, std::string_view key)
{
    if (command == "LRANGE")
        client.queue({command, key, "0", "-1"});
    else if (command == "ZRANGE")
        client.queue({command, key, "0", "-1", "WITHSCORES"});
    else
        client.queue({command, key});
}

/// A text for GET, a flat array of texts for the others, pairs for HGETALL.
bool has_shape(const redis_values& values, std::size_t index, std::string_view command)
{
    const redis_value& value = values.at(index);
    if (command == "GET") return value.kind == redis_kind::text;
    if (value.kind != redis_kind::array || values.size() - index - 1 != value.size) return false;
    for (std::size_t i = index + 1; i < values.size(); ++i) {
        if (values.at(i).kind != redis_kind::text) return false;
    }
    return command != "HGETALL" || value.size % 2 == 0;
}

/// Whether that command reads the value that the key's kind has; a reservation is of its ending's kind here.
bool is_usual(std::string_view command, std::string_view key)
{
    return command == command_of(classify(key, false).kind);
}

bool is_nothing(const redis_value& value)
{
    return value.kind == redis_kind::nil || (value.kind == redis_kind::array && value.size == 0);
}

} // namespace

runtime::task<void> register_scan::run()
{
    ask_for_page("0");
    co_await receive_page();
    for (;;) {
        co_await shrink_page();
        std::string const cursor = begin_page();
        bool const last = cursor == "0";
        if (!last) ask_for_page(cursor);
        co_await read_values();
        if (page_due_) co_await receive_page();
        co_await read_odd_ones();
        // Keys that are not asked for fill a batch too.
        if (batch_.values.bytes() >= batch_bytes) co_await hand_over();
        if (last) break;
    }
    co_await hand_over();
}

void register_scan::ask_for_page(std::string_view cursor)
{
    client_.queue({"SCAN", cursor, "COUNT", std::to_string(page_keys_)});
    asked_cursor_ = cursor;
    page_due_ = true;
}

/// Long keys may fill more than is taken: the same page with fewer of them.
runtime::task<void> register_scan::shrink_page()
{
    while (next_page_.at(0).kind == redis_kind::too_large && page_keys_ > least_page_keys) {
        page_keys_ = std::max(least_page_keys, page_keys_ / 8);
        std::string const cursor = asked_cursor_;
        ask_for_page(cursor);
        co_await receive_page();
    }
}

runtime::task<void> register_scan::receive_page()
{
    co_await client_.flush();
    next_page_.clear();
    co_await client_.receive(next_page_);
    page_due_ = false;
}

/// Takes over the page that was received: [cursor, [key…]]. Returns the cursor.
std::string register_scan::begin_page()
{
    std::swap(page_, next_page_);
    const redis_value& top = page_.at(0);
    if (top.kind == redis_kind::error) throw failure_of_answer(page_.text_of(0), "SCAN");
    if (top.kind == redis_kind::too_large) {
        throw redis_failure{exit_status::source_missing,
                            "10 keys are longer than 16 MiB: this is no register's database",
                            "check --redis-db, --redis-host and --redis-port", redis_failure::passes::never};
    }
    bool const pair = top.kind == redis_kind::array && top.size == 2 && page_.size() >= 3 &&
                      page_.at(1).kind == redis_kind::text && page_.at(2).kind == redis_kind::array &&
                      page_.at(2).size == page_.size() - 3;
    if (!pair) throw failure_of_garbage();
    for (std::size_t key = 3; key < page_.size(); ++key) {
        if (page_.at(key).kind != redis_kind::text) throw failure_of_garbage();
        sort_out(key);
    }
    if (page_.bytes() < roomy_page_bytes) page_keys_ = std::min(most_page_keys, page_keys_ * 2);
    key_count_ += page_.size() - 3;
    progress_.records_done += page_.size() - 3;
    return std::string{page_.text_of(1)};
}

void register_scan::sort_out(std::size_t key)
{
    std::string_view const text = page_.text_of(key);
    register_kind const kind = classify(text).kind;
    if (is_excluded(kind))
        add_entry(text, register_batch::none, register_outcome::excluded);
    else if (kind == register_kind::other)
        odd_ones_.push_back({std::string{text}, register_outcome::unknown, {}});
    else
        wanted_.push_back(key);
}

/// Windows of commands, each asked for before the answers to the one before it are taken, so that the server
/// works meanwhile. The next page's answer comes before those of the first window.
runtime::task<void> register_scan::run_windows(exchange work, redis_values& into)
{
    std::size_t asked = 0;
    auto const ask_window = [&] {
        while (asked < work.count && client_.queued_bytes() < window_bytes) work.ask(asked++);
    };
    ask_window();
    co_await client_.flush();
    for (std::size_t taken = 0; taken < work.count;) {
        std::size_t const due = asked;
        ask_window();
        co_await client_.flush();
        if (page_due_) co_await receive_page();
        for (; taken < due; ++taken) {
            std::size_t const before = into.bytes();
            std::size_t const value = co_await client_.receive(into);
            progress_.bytes_done += into.bytes() - before;
            work.take(taken, value);
            if (batch_.values.bytes() >= batch_bytes) co_await hand_over();
        }
    }
}

runtime::task<void> register_scan::read_values()
{
    exchange work{
        .count = wanted_.size(),
        .ask =
            [this](std::size_t i) {
                std::string_view const key = page_.text_of(wanted_[i]);
                ask(client_, command_of(classify(key).kind), key);
            },
        .take = [this](std::size_t i, std::size_t value) { take_value(page_.text_of(wanted_[i]), value); }};
    co_await run_windows(std::move(work), batch_.values);
    wanted_.clear();
}

void register_scan::take_value(std::string_view key, std::size_t value)
{
    redis_values& values = batch_.values;
    std::string_view const command = command_of(classify(key).kind);
    const redis_value& got = values.at(value);
    if (got.kind == redis_kind::error) {
        std::string_view const answer = values.text_of(value);
        if (!answer.starts_with("WRONGTYPE")) throw failure_of_answer(answer, command);
        odd_ones_.push_back({std::string{key}, register_outcome::wrong_type, {}});
        values.truncate(value, values.text_bytes() - answer.size());
    } else if (got.kind == redis_kind::too_large) {
        add_entry(key, register_batch::none, register_outcome::too_large);
    } else if (is_nothing(got)) {
        add_entry(key, register_batch::none, register_outcome::vanished);
    } else if (!has_shape(values, value, command)) {
        throw failure_of_garbage();
    } else if (classify(key).kind == register_kind::reservation) {
        take_hash_of_reservation(key, value);
    } else {
        add_entry(key, value, register_outcome::found);
    }
}

void register_scan::take_hash_of_reservation(std::string_view key, std::size_t value)
{
    if (is_reservation(batch_.values, value))
        add_entry(key, register_batch::none, register_outcome::excluded);
    else if (is_usual("HGETALL", key))
        add_entry(key, value, register_outcome::found);
    else
        add_entry(key, value, register_outcome::wrong_type, "hash");
}

runtime::task<void> register_scan::read_odd_ones()
{
    redis_values types;
    exchange ask_types{.count = odd_ones_.size(),
                       .ask =
                           [this](std::size_t i) {
                               client_.queue({"TYPE", odd_ones_[i].key});
                           },
                       .take =
                           [this, &types](std::size_t i, std::size_t value) {
                               if (types.at(value).kind == redis_kind::error)
                                   throw failure_of_answer(types.text_of(value), "TYPE");
                               odd_ones_[i].type = types.text_of(value);
                               types.clear();
                           }};
    co_await run_windows(std::move(ask_types), types);
    exchange ask_values{
        .count = odd_ones_.size(),
        .ask = [this](std::size_t i) { ask_by_type(odd_ones_[i]); },
        .take = [this](std::size_t i, std::size_t value) { take_odd_value(odd_ones_[i], value); }};
    co_await run_windows(std::move(ask_values), batch_.values);
    odd_ones_.clear();
}

void register_scan::ask_by_type(const odd_one& odd)
{
    std::string_view const command = command_of(odd.type);
    // A type that cannot be read (a stream, a module's) still takes an answer, so that all have one.
    command.empty() ? client_.queue({"TYPE", odd.key}) : ask(client_, command, odd.key);
}

void register_scan::take_odd_value(const odd_one& odd, std::size_t value)
{
    redis_values& values = batch_.values;
    std::string_view const command = command_of(odd.type);
    const redis_value& got = values.at(value);
    if (got.kind == redis_kind::error && !values.text_of(value).starts_with("WRONGTYPE"))
        throw failure_of_answer(values.text_of(value), command.empty() ? "TYPE" : command);
    if (odd.type == "none" || is_nothing(got))
        add_entry(odd.key, register_batch::none, register_outcome::vanished);
    else if (got.kind == redis_kind::too_large)
        add_entry(odd.key, register_batch::none, register_outcome::too_large, odd.type);
    else if (!command.empty() && has_shape(values, value, command) && is_usual(command, odd.key) &&
             classify(odd.key).kind == register_kind::reservation)
        add_entry(odd.key, value, register_outcome::found);
    else if (!command.empty() && has_shape(values, value, command))
        add_entry(odd.key, value, odd.outcome, odd.type);
    else
        add_entry(odd.key, register_batch::none, odd.outcome, odd.type);
}

void register_scan::add_entry(std::string_view key, std::size_t value, register_outcome outcome,
                              std::string type)
{
    std::size_t const index = batch_.values.size();
    batch_.values.add_text(redis_kind::text, key);
    batch_.entries.push_back({index, value, outcome, std::move(type)});
}

runtime::task<void> register_scan::hand_over()
{
    register_batch full = std::exchange(batch_, {});
    co_await sink_.take(std::move(full));
}

} // namespace pryv_export::source
