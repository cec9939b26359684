#include "pryv_export/base/text.hpp"
#include "pryv_export/base/text_page.hpp"
#include "pryv_export/runtime/recording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::runtime {

namespace {

/// From here on a pool is called the limit.
constexpr double busy_share = 0.8;

double seconds(std::uint64_t ns)
{
    return static_cast<double>(ns) / 1e9;
}

std::string cell(const stage_total& total)
{
    return total.count == 0 ? fmt::format("{:>11}", "-")
                            : fmt::format("{:>9.2f} s", seconds(total.nanoseconds));
}

std::string_view describe(stage which)
{
    switch (which) {
    case stage::open: return "open databases and folders";
    case stage::fetch: return "fetch documents and rows";
    case stage::convert: return "convert to lines, with hashes";
    case stage::compress: return "compress";
    case stage::write: return "write files of records";
    case stage::copy: return "copy attachments";
    case stage::publish: return "make durable and give names";
    case stage::server: return "commands to the database";
    case stage::memory: return "memory (--memory)";
    default: return "";
    }
}

double share(const pool_total& pool, double wall)
{
    double const available = wall * static_cast<double>(pool.threads);
    return available > 0 ? seconds(pool.busy_ns) / available : 0;
}

void append_pool(text_page& page, const pool_total& pool, double wall)
{
    double const waited = pool.jobs == 0 ? 0 : seconds(pool.queued_ns) / static_cast<double>(pool.jobs);
    std::string const jobs = pool.jobs == 0 ? std::string{}
                                            : fmt::format("{:>11} jobs, queued for {:.2f} ms each",
                                                          human_count(pool.jobs), waited * 1000);
    page.line(fmt::format("  {:<8}{:>4} {:<8}{:>5.0f} % busy{}", pool.name, pool.threads,
                          pool.threads == 1 ? "thread" : "threads", 100 * share(pool, wall), jobs));
}

std::string limit_of(const stage_totals& totals)
{
    const pool_total* busiest = nullptr;
    for (const pool_total& pool : totals.pools) {
        if (busiest == nullptr || share(pool, totals.seconds) > share(*busiest, totals.seconds))
            busiest = &pool;
    }
    double const waited =
        seconds(totals.of(stage::memory, activity::blocked).nanoseconds) / std::max(totals.seconds, 1e-9);
    if (busiest != nullptr && share(*busiest, totals.seconds) >= busy_share) {
        if (busiest->name == "px-cpu")
            return "The CPU was the limit: the threads that convert and compress were busy nearly all of the "
                   "time. "
                   "More cores (--jobs) make it faster.";
        if (busiest->name == "px-io")
            return "Reading and writing was the limit: all threads for it were busy. A faster disk or server "
                   "makes "
                   "it faster.";
        return "The one thread that orchestrates was the limit: many very small users.";
    }
    if (waited > 1) return "Memory was the limit: --memory allows more to be in flight.";
    return "No pool was busy all of the time: the work waited for the disk or the server, or was too little "
           "to "
           "fill the machine.";
}

} // namespace

std::string stage_table(const stage_totals& totals)
{
    text_page page{false};
    page.line(fmt::format("Where the time went, {}:", human_duration(totals.seconds)));
    page.line("");
    page.line(fmt::format("  {:<32}{:>13}{:>11}{:>11}{:>11}", "", "times", "busy", "starved", "blocked"));
    for (std::size_t i = 0; i < stage_count; ++i) {
        auto const which = static_cast<stage>(i);
        if (which == stage::user) continue;
        const auto& row = totals.stages[i];
        std::uint64_t count = 0;
        for (const stage_total& each : row) count = std::max(count, each.count);
        if (count == 0) continue;
        page.line(fmt::format("  {:<32}{:>13}{}{}{}", describe(which), human_count(count), cell(row[0]),
                              cell(row[1]), cell(row[2])));
    }
    page.line("");
    for (const pool_total& pool : totals.pools) append_pool(page, pool, totals.seconds);
    if (totals.memory_limit > 0) {
        page.line(fmt::format("  memory   {} in flight at most, of {}", human_bytes(totals.memory_peak),
                              human_bytes(totals.memory_limit)));
    }
    page.line("");
    page.wrapped("  ", limit_of(totals));
    page.wrapped("  ",
                 "busy: threads worked; starved: waited for the stage before; blocked: waited for room. "
                 "Users wait at the same time, so that waits add up to more than the clock shows.");
    return std::move(page).take();
}

} // namespace pryv_export::runtime
