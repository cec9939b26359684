#include "stats.hpp"

#include "cursors.hpp"

#include <bson/bson.h>
#include <sys/resource.h>

namespace wire {

namespace {

double cpu_seconds()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

} // namespace

void statistics::command(std::string_view name)
{
    std::lock_guard const lock(mutex_);
    auto const found = commands_.find(name);
    if (found != commands_.end())
        ++found->second;
    else
        commands_.emplace(name, 1);
}

void statistics::connection()
{
    std::lock_guard const lock(mutex_);
    ++connections_;
}

void statistics::sent(std::uint64_t size, std::uint64_t documents)
{
    std::lock_guard const lock(mutex_);
    bytes_out_ += size;
    documents_out_ += documents;
}

bytes statistics::document(const cursor_store& cursors) const
{
    std::lock_guard const lock(mutex_);
    bson_writer commands;
    for (const auto& [name, n] : commands_) commands.int64(name, n);
    bson_writer out;
    out.document("commands", commands.finish());
    out.int64("bytesOut", static_cast<std::int64_t>(bytes_out_));
    out.int64("documentsOut", static_cast<std::int64_t>(documents_out_));
    out.float64("cpuSeconds", cpu_seconds());
    out.int64("openCursors", static_cast<std::int64_t>(cursors.open()));
    out.int64("killedCursors", static_cast<std::int64_t>(cursors.killed()));
    out.int64("connections", static_cast<std::int64_t>(connections_));
    return out.finish();
}

std::string statistics::json(const cursor_store& cursors) const
{
    auto const made = document(cursors);
    bson_t view;
    if (!bson_init_static(&view, made.data(), made.size())) return {};
    char* const text = bson_as_relaxed_extended_json(&view, nullptr);
    std::string result = text != nullptr ? text : "";
    bson_free(text);
    return result;
}

} // namespace wire
