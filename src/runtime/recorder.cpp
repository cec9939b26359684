#include "recorder.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/log.hpp"

#include <fmt/format.h>

#include <array>
#include <fcntl.h>
#include <iterator>
#include <pthread.h>

namespace pryv_export::runtime {

namespace {

constexpr std::size_t buffer_bytes = 256U << 10;

constexpr std::array<std::string_view, stage_count> stage_names{
    "open", "fetch", "convert", "compress", "write", "copy", "publish", "server", "memory", "user"};
constexpr std::array<std::string_view, activity_count> activity_names{"busy", "starved", "blocked", "lasts"};

std::string thread_name()
{
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    return name.data();
}

std::uint64_t next_generation()
{
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

/// Microseconds with three decimals, as the format wants them.
void append_time(std::string& out, std::string_view key, std::int64_t ns)
{
    out += key;
    out += fmt::format_int(ns / 1000).c_str();
    auto const rest = static_cast<int>(ns % 1000);
    out += '.';
    for (int const digit : {rest / 100, rest / 10 % 10, rest % 10}) out += static_cast<char>('0' + digit);
}

void append_end(std::string& out, std::string_view label)
{
    if (!label.empty()) {
        out += R"(,"args":{"user":)";
        out += json_quoted(label);
        out += '}';
    }
    out += "},\n";
}

unique_fd create_trace(const std::filesystem::path& path)
{
    unique_fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!file) {
        throw export_error{exit_status::cannot_create, path.native(), "the trace cannot be written there",
                           "name a file in a folder that this user may write to"};
    }
    return file;
}

} // namespace

std::string_view name_of(stage which) noexcept
{
    return stage_names[static_cast<std::size_t>(which)];
}

std::string_view name_of(activity which) noexcept
{
    return activity_names[static_cast<std::size_t>(which)];
}

void detail::record(recorder& into, stage which, activity how, std::string_view label, std::int64_t begin_ns,
                    std::int64_t end_ns, std::int64_t own_ns) noexcept
{
    into.record(which, how, label, begin_ns, end_ns, own_ns);
}

recorder::recorder(recording_options options)
    : options_{std::move(options)}, generation_{next_generation()}, begin_ns_{detail::now_ns()}
{
    if (!options_.trace_file) return;
    file_ = create_trace(*options_.trace_file);
    write_all(file_.value(), std::string_view{"[\n"}, options_.trace_file->native());
}

recorder::thread_buffer& recorder::mine()
{
    thread_local std::uint64_t owner = 0;
    thread_local thread_buffer* buffer = nullptr;
    if (owner == generation_) return *buffer;
    auto fresh = std::make_unique<thread_buffer>();
    buffer = fresh.get();
    owner = generation_;
    std::lock_guard const lock{mutex_};
    buffer->number = static_cast<std::uint32_t>(buffers_.size() + 1);
    buffer->text = fmt::format(R"({{"name":"thread_name","ph":"M","pid":1,"tid":{},"args":{{"name":{}}}}},)"
                               "\n",
                               buffer->number, json_quoted(thread_name()));
    buffers_.push_back(std::move(fresh));
    return *buffer;
}

void recorder::record(stage which, activity how, std::string_view label, std::int64_t begin_ns,
                      std::int64_t end_ns, std::int64_t own_ns)
{
    thread_buffer& buffer = mine();
    stage_total& total = buffer.totals[static_cast<std::size_t>(which)][static_cast<std::size_t>(how)];
    ++total.count;
    total.nanoseconds += static_cast<std::uint64_t>(own_ns);
    if (traces()) append(buffer, which, how, label, begin_ns, end_ns);
}

/// Work is a slice on its thread; waiting, which overlaps, has a line of its own.
void recorder::append(thread_buffer& buffer, stage which, activity how, std::string_view label,
                      std::int64_t begin_ns, std::int64_t end_ns)
{
    std::string& out = buffer.text;
    if (how == activity::busy) {
        append_head(buffer, name_of(which), {}, how, 'X');
        append_time(out, R"(,"ts":)", begin_ns - begin_ns_);
        append_time(out, R"(,"dur":)", end_ns - begin_ns);
        append_end(out, label);
    } else {
        std::uint64_t const wait = ++next_wait_;
        for (bool const first : {true, false}) {
            append_head(buffer, name_of(which), name_of(how), how, first ? 'b' : 'e');
            out += R"(,"id":)";
            out += fmt::format_int(wait).c_str();
            append_time(out, R"(,"ts":)", (first ? begin_ns : end_ns) - begin_ns_);
            append_end(out, first ? label : std::string_view{});
        }
    }
    if (out.size() >= buffer_bytes) pass_on(buffer);
}

void recorder::append_head(thread_buffer& buffer, std::string_view name, std::string_view wait, activity how,
                           char phase)
{
    std::string& out = buffer.text;
    out += R"({"name":")";
    out += name;
    if (!wait.empty()) out += ' ';
    out += wait;
    out += R"(","cat":")";
    out += name_of(how);
    out += R"(","ph":")";
    out += phase;
    out += R"(","pid":1,"tid":)";
    out += fmt::format_int(buffer.number).c_str();
}

void recorder::count(std::string_view name, std::string_view series, std::uint64_t value)
{
    thread_buffer& buffer = mine();
    fmt::format_to(std::back_inserter(buffer.text),
                   R"({{"name":"{}","ph":"C","pid":1,"ts":{:.3f},"args":{{"{}":{}}}}},)"
                   "\n",
                   name, microseconds(detail::now_ns()), series, value);
    if (buffer.text.size() >= buffer_bytes) pass_on(buffer);
}

/// A trace that cannot be written is no reason to lose an export: it ends, and finish() says so.
void recorder::pass_on(thread_buffer& buffer)
{
    std::lock_guard const lock{mutex_};
    if (failure_.empty()) {
        try {
            write_all(file_.value(), buffer.text, options_.trace_file->native());
        } catch (const export_error& error) {
            failure_ = error.what();
        }
    }
    buffer.text.clear();
}

void recorder::take(program& running, std::uint64_t loop_ns)
{
    totals_.pools = {running.cpu().total(), running.blocking().total()};
    pool_total loop;
    loop.name = "loop";
    loop.threads = 1;
    loop.busy_ns = loop_ns;
    totals_.pools.push_back(std::move(loop));
    totals_.memory_limit = running.memory().limit();
    totals_.memory_peak = running.memory().peak();
}

stage_totals recorder::finish()
{
    std::int64_t const end_ns = detail::now_ns();
    totals_.seconds = static_cast<double>(end_ns - begin_ns_) / 1e9;
    for (const auto& buffer : buffers_) {
        for (std::size_t i = 0; i < stage_count; ++i) {
            for (std::size_t k = 0; k < activity_count; ++k) {
                totals_.stages[i][k].count += buffer->totals[i][k].count;
                totals_.stages[i][k].nanoseconds += buffer->totals[i][k].nanoseconds;
            }
        }
        if (traces()) pass_on(*buffer);
    }
    if (!traces()) return std::move(totals_);
    const std::string& path = options_.trace_file->native();
    if (failure_.empty()) {
        // The last entry has no comma behind it.
        write_all(file_.value(),
                  fmt::format(R"({{"name":"process_name","ph":"M","pid":1,"args":{{"name":"pryv-export"}}}})"
                              "\n]\n"),
                  path);
        file_.close_checked(path);
        return std::move(totals_);
    }
    throw export_error{exit_status::io_error, path, "the trace is not whole", failure_};
}

} // namespace pryv_export::runtime
