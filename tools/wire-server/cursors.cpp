#include "cursors.hpp"

#include "command_error.hpp"

#include <fmt/format.h>

#include <utility>

namespace wire {

std::int64_t cursor_store::next_id()
{
    std::lock_guard const lock(mutex_);
    return ++last_id_;
}

void cursor_store::put(std::unique_ptr<cursor> c)
{
    std::lock_guard const lock(mutex_);
    auto const id = c->id;
    cursors_[id] = std::move(c);
}

std::unique_ptr<cursor> cursor_store::take(std::int64_t id, std::string_view space,
                                           const std::optional<std::string>& session)
{
    std::lock_guard const lock(mutex_);
    auto const found = cursors_.find(id);
    if (found == cursors_.end())
        throw command_error(codes::cursor_not_found, fmt::format("cursor id {} not found", id));
    const cursor& c = *found->second;
    if (c.space != space)
        throw command_error(codes::unauthorized,
                            fmt::format("Requested getMore on namespace '{}', but cursor belongs to a "
                                        "different namespace {}",
                                        space, c.space));
    if (c.session != session) {
        if (!c.session)
            throw command_error(codes::not_in_session,
                                fmt::format("Cannot run getMore on cursor {}, which was not created in a "
                                            "session, in a session",
                                            id));
        if (!session)
            throw command_error(codes::without_session,
                                fmt::format("Cannot run getMore on cursor {}, which was created in a "
                                            "session, without an lsid",
                                            id));
        throw command_error(codes::other_session,
                            fmt::format("Cannot run getMore on cursor {}, which was created in another "
                                        "session",
                                        id));
    }
    auto taken = std::move(found->second);
    cursors_.erase(found);
    return taken;
}

bool cursor_store::kill(std::int64_t id)
{
    std::lock_guard const lock(mutex_);
    auto const killed = cursors_.erase(id);
    killed_ += killed;
    return killed > 0;
}

std::size_t cursor_store::kill_session(const std::string& session)
{
    std::lock_guard const lock(mutex_);
    auto const killed = std::erase_if(cursors_, [&](const auto& c) { return c.second->session == session; });
    killed_ += killed;
    return killed;
}

void cursor_store::clear()
{
    std::lock_guard const lock(mutex_);
    cursors_.clear();
}

std::size_t cursor_store::open() const
{
    std::lock_guard const lock(mutex_);
    return cursors_.size();
}

std::uint64_t cursor_store::killed() const
{
    std::lock_guard const lock(mutex_);
    return killed_;
}

} // namespace wire
