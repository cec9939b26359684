#pragma once

#include "bson_writer.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace wire {

class cursor_store;

/// Counts for {wireStats: 1} and --stats.
class statistics
{
public:
    void command(std::string_view name);
    void connection();
    void sent(std::uint64_t size, std::uint64_t documents);

    bytes document(const cursor_store& cursors) const;
    std::string json(const cursor_store& cursors) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::int64_t, std::less<>> commands_;
    std::uint64_t connections_ = 0;
    std::uint64_t bytes_out_ = 0;
    std::uint64_t documents_out_ = 0;
};

} // namespace wire
