#pragma once

#include "document_stream.hpp"
#include "reply.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace wire {

struct cursor
{
    std::int64_t id = 0;
    std::string space;                  ///< database.collection
    std::optional<std::string> session; ///< the bytes of lsid.id
    std::unique_ptr<document_stream> documents;
};

/// All open cursors. Every one is in use by at most one command at a time.
class cursor_store
{
public:
    std::int64_t next_id();
    void put(std::unique_ptr<cursor> c);
    /// Takes a cursor out for a command; throws command_error when it must not have it.
    std::unique_ptr<cursor> take(std::int64_t id, std::string_view space,
                                 const std::optional<std::string>& session);
    bool kill(std::int64_t id);
    std::size_t kill_session(const std::string& session);
    void clear();

    std::size_t open() const;
    std::uint64_t killed() const;

private:
    mutable std::mutex mutex_;
    std::map<std::int64_t, std::unique_ptr<cursor>> cursors_;
    std::int64_t last_id_ = 0x5eed'0000'0000;
    std::uint64_t killed_ = 0;
};

} // namespace wire
