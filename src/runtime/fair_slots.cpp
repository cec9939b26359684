#include "pryv_export/runtime/fair_slots.hpp"

#include "pryv_export/runtime/signal.hpp"

#include <algorithm>
#include <exception>
#include <list>

namespace pryv_export::runtime {

std::vector<std::size_t> fair_shares(std::size_t limit, std::span<const std::size_t> wanted)
{
    std::vector<std::size_t> order(wanted.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
    std::vector<std::size_t> shares(wanted.size());
    std::size_t left = limit;
    for (std::size_t i = 0; i < order.size(); ++i) {
        std::size_t const parties = order.size() - i;
        std::size_t const even = std::max<std::size_t>(left / parties, 1);
        std::size_t const share = std::min(wanted[order[i]], even);
        shares[order[i]] = share;
        left -= std::min(left, share);
    }
    return shares;
}

struct fair_slots::party_state
{
    struct waiter
    {
        explicit waiter(const asio::any_io_executor& loop) : granted{loop} {}
        wake_signal granted;
        bool done = false;
    };

    std::size_t wanted = 0;
    std::size_t held = 0;
    std::size_t share = 0;
    std::list<std::shared_ptr<waiter>> line;
};

struct fair_slots::state
{
    state(const asio::any_io_executor& executor, std::size_t places) : loop{executor}, limit{places} {}

    void share_out()
    {
        std::vector<std::size_t> wanted;
        wanted.reserve(parties.size());
        // Who waits for a place wants one, even if there is nothing left to do with it.
        for (const auto& party : parties)
            wanted.push_back(std::max<std::size_t>(party->wanted, party->line.empty() ? 0 : 1));
        auto const shares = fair_shares(limit, wanted);
        for (std::size_t i = 0; i < parties.size(); ++i) parties[i]->share = shares[i];
        for (const auto& party : parties) serve(*party);
    }

    static void serve(party_state& party)
    {
        while (!party.line.empty() && party.held < party.share) {
            auto const first = party.line.front();
            party.line.pop_front();
            ++party.held;
            first->done = true;
            first->granted.notify();
        }
    }

    void give_back(party_state& party)
    {
        --party.held;
        serve(party);
    }

    asio::any_io_executor loop;
    std::size_t limit;
    std::vector<std::shared_ptr<party_state>> parties;
};

fair_slots::slot::~slot()
{
    if (state_) state_->give_back(*party_);
}

fair_slots::party::~party()
{
    if (!state_) return;
    std::erase(state_->parties, mine_);
    state_->share_out();
}

void fair_slots::party::want(std::size_t places)
{
    mine_->wanted = places;
    state_->share_out();
}

std::size_t fair_slots::party::limit() const noexcept
{
    return state_->limit;
}

task<fair_slots::slot> fair_slots::party::acquire()
{
    co_await throw_if_cancelled();
    std::shared_ptr<state> const all = state_;
    std::shared_ptr<party_state> const mine = mine_;
    if (mine->line.empty() && mine->held < mine->share) {
        ++mine->held;
        co_return slot{all, mine};
    }
    auto const waiting = std::make_shared<party_state::waiter>(all->loop);
    mine->line.push_back(waiting);
    all->share_out();
    std::exception_ptr failure;
    try {
        co_await waiting->granted.wait();
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        if (waiting->done)
            all->give_back(*mine);
        else
            mine->line.remove(waiting);
        std::rethrow_exception(failure);
    }
    co_return slot{all, mine};
}

fair_slots::fair_slots(const asio::any_io_executor& loop, std::size_t limit)
    : state_{std::make_shared<state>(loop, limit)}
{
}

fair_slots::party fair_slots::join(std::size_t wanted)
{
    auto mine = std::make_shared<party_state>();
    mine->wanted = wanted;
    state_->parties.push_back(mine);
    state_->share_out();
    return party{state_, std::move(mine)};
}

} // namespace pryv_export::runtime
