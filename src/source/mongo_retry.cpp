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

} // namespace

void mongo_retry::run(const std::string& thing, const std::function<void()>& attempt) const
{
    using clock = std::chrono::steady_clock;
    std::optional<clock::time_point> first_failure;
    for (unsigned failures = 0;; ++failures) {
        throw_if_stopped(thing);
        try {
            return attempt();
        } catch (const mongo_failure& failure) {
            if (!failure.is_transient()) throw failure.explained(thing);
            auto const now = clock::now();
            if (!first_failure) first_failure = now;
            if (now - *first_failure >= give_up_after_) {
                throw export_error{
                    exit_status::unreachable, thing,
                    fmt::format("{} (tried {} times)", failure.what(), failures + 1),
                    "nothing of this run counts: see that the server stays up, then export again; "
                    "--give-up-after waits longer"};
            }
        }
        pause(failures, thing);
    }
}

void mongo_retry::throw_if_stopped(const std::string& thing) const
{
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed))
        throw export_error{exit_status::interrupted, thing, "stopped while reading from MongoDB"};
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
