#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace micro {

/// What one round went through.
struct work
{
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
};

/// A round owns what it reads and keeps its buffers from round to round.
using round = std::function<work()>;

struct bench
{
    std::string name;
    std::function<round()> prepare; ///< not measured; throws when the data cannot be made
};

void add_format(std::vector<bench>& to);
void add_convert(std::vector<bench>& to);
void add_redis(std::vector<bench>& to);
void add_files(std::vector<bench>& to);

} // namespace micro
