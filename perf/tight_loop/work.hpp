#pragma once

#include "deployment.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace tight_loop {

/// Sums of one round.
struct totals
{
    std::uint64_t records = 0;
    std::uint64_t text_bytes = 0; ///< JSON lines before compression
    std::uint64_t bytes_out = 0;  ///< compressed, and of copied files

    totals& operator+=(const totals& other) noexcept;
};

struct settings
{
    int level = 1;
    std::filesystem::path scratch; ///< existing folder for private copies of databases
    std::filesystem::path copies;  ///< existing folder that attachments are copied into
};

class worker;
/// One piece of work: about a MiB of records, one database or one file.
using job = std::function<void(worker&)>;

/// All pieces of a deployment, which must outlive them.
std::vector<job> cut(const deployment& from);

/// Runs all jobs on `threads` threads, each with tools of its own. Rethrows the first failure.
totals run(const std::vector<job>& jobs, unsigned threads, const settings& chosen);

} // namespace tight_loop
