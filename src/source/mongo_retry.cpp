#include "mongo_retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <thread>

namespace pryv_export::source {

namespace {

constexpr unsigned most_doublings = 7;
/// A pause is cut into pieces so that a stop is noticed.
constexpr std::chrono::milliseconds piece{50};

std::int64_t now_ms()
{
    auto const since_start = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_start).count();
}

/// Trying again could lock the user out.
export_error no_more_welcome(const mongo_failure& failure, const std::string& thing)
{
    return {exit_status::unreachable, thing,
            fmt::format("the login that worked before is refused now: {}", failure.what()),
            "nothing of this run counts: see what was changed for this MongoDB user, then export again"};
}

} // namespace

void mongo_retry::run(const std::string& thing, const std::function<void()>& attempt) const
{
    std::optional<std::int64_t> first_failure;
    for (unsigned failures = 0;; ++failures) {
        throw_if_stopped(thing);
        try {
            attempt();
            silent_since_ = 0;
            logged_in_ = true;
            return;
        } catch (const mongo_failure& failure) {
            if (failure.is_refused_login() && logged_in_) throw give_up(no_more_welcome(failure, thing));
            if (!failure.is_transient()) throw failure.explained(thing);
            auto const now = now_ms();
            if (!first_failure) first_failure = now;
            std::int64_t answers = 0;
            if (failure.code() == 0)
                silent_since_.compare_exchange_strong(answers, now);
            else
                silent_since_ = 0;
            if (now - *first_failure >= give_up_after_.count() || is_gone_for_good()) {
                throw give_up({exit_status::unreachable, thing,
                               fmt::format("{} (tried {} times)", failure.what(), failures + 1),
                               "nothing of this run counts: see that the server stays up, then export again; "
                               "--give-up-after waits longer"});
            }
        }
        pause(failures, thing);
    }
}

bool mongo_retry::is_gone_for_good() const
{
    auto const since = silent_since_.load();
    return since != 0 && now_ms() - since >= give_up_after_.count();
}

export_error mongo_retry::give_up(export_error failure) const
{
    std::lock_guard const lock{mutex_};
    if (!given_up_) given_up_ = failure;
    return failure;
}

void mongo_retry::throw_if_stopped(const std::string& thing) const
{
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed))
        throw export_error{exit_status::interrupted, thing, "stopped while reading from MongoDB"};
    std::lock_guard const lock{mutex_};
    if (given_up_) throw export_error{*given_up_};
}

void mongo_retry::pause(unsigned failures, const std::string& thing) const
{
    thread_local std::minstd_rand random{std::random_device{}()};
    auto const longest = first_pause_ * (1U << std::min(failures, most_doublings));
    auto left = longest / 2 + longest * static_cast<int>(random() % 512) / 1024;
    for (; left.count() > 0; left -= piece) {
        throw_if_stopped(thing);
        std::this_thread::sleep_for(std::min(left, piece));
    }
}

} // namespace pryv_export::source
