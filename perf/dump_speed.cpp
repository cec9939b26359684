// How fast a mongodump folder is scanned, regrouped and read user by user. One JSON line on stdout.
//   dump-speed make FOLDER BYTES USERS [grouped]    writes FOLDER/events.bson
//   dump-speed read FOLDER SPOOL regroup|direct|auto [THREADS]
#include "pryv_export/base/error.hpp"
#include "pryv_export/source/mongodump_store.hpp"

#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

using namespace pryv_export;

namespace {

using clock_type = std::chrono::steady_clock;

/// Wall and processor time since it was made.
class stopwatch
{
public:
    double wall() const { return std::chrono::duration<double>(clock_type::now() - start_).count(); }
    double cpu() const { return cpu_now() - cpu_; }

private:
    static double seconds(const timeval& time)
    {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }
    static double cpu_now()
    {
        struct rusage usage
        {
        };
        ::getrusage(RUSAGE_SELF, &usage);
        return seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }

    clock_type::time_point start_ = clock_type::now();
    double cpu_ = cpu_now();
};

void put_key(std::string& out, char type, std::string_view key)
{
    out.push_back(type);
    out.append(key).push_back('\0');
}

void put_bytes(std::string& out, const void* value, std::size_t size)
{
    out.append(static_cast<const char*>(value), size);
}

void put_string(std::string& out, std::string_view key, std::string_view value)
{
    put_key(out, 0x02, key);
    auto const length = static_cast<std::int32_t>(value.size() + 1);
    put_bytes(out, &length, 4);
    out.append(value).push_back('\0');
}

void put_double(std::string& out, std::string_view key, double value)
{
    put_key(out, 0x01, key);
    put_bytes(out, &value, 8);
}

/// An event in the shape of a v1.9 store, about 420 bytes, `userId` last.
std::string make_event(std::uint64_t number, std::size_t user, std::mt19937_64& random)
{
    std::string out(4, '\0');
    double const time = 1.6e9 + static_cast<double>(number) + 0.472;
    put_string(out, "_id", fmt::format("c{:024}", number));
    put_key(out, 0x04, "streamIds");
    std::string list(4, '\0');
    put_string(list, "0", fmt::format("stream-{}", random() % 50));
    list.push_back('\0');
    auto const list_size = static_cast<std::int32_t>(list.size());
    std::memcpy(list.data(), &list_size, 4);
    out += list;
    put_double(out, "time", time);
    put_double(out, "endTime", time);
    put_string(out, "type", "note/txt");
    put_string(out, "content", std::string(static_cast<std::size_t>(random() % 120), 'x'));
    put_key(out, 0x0a, "description");
    put_key(out, 0x0a, "clientData");
    put_key(out, 0x08, "trashed");
    out.push_back('\0');
    put_key(out, 0x0a, "deleted");
    put_double(out, "created", time);
    put_string(out, "createdBy", "ckd0br26e00075s2q3zzrkcl0");
    put_double(out, "modified", time);
    put_string(out, "modifiedBy", "ckd0br26e00075s2q3zzrkcl0");
    put_string(out, "integrity", "EVENT:0:sha256-GdvSgsaPFJnvcKOtK1rw/QgdvXfjZXiobnuA77Nhayo=");
    put_string(out, "userId", fmt::format("ckd0br26e{:016}", user));
    out.push_back('\0');
    auto const size = static_cast<std::int32_t>(out.size());
    std::memcpy(out.data(), &size, 4);
    return out;
}

std::uint64_t number(const char* text)
{
    std::uint64_t value = 0;
    std::from_chars(text, text + std::strlen(text), value);
    return value;
}

int make(const char* folder, std::uint64_t bytes, std::size_t users, bool grouped)
{
    std::filesystem::create_directories(folder);
    std::ofstream out{std::string{folder} + "/events.bson", std::ios::binary};
    std::mt19937_64 random{1};
    std::string block;
    std::uint64_t written = 0;
    for (std::uint64_t i = 0; written < bytes; ++i) {
        std::size_t const user = grouped ? static_cast<std::size_t>(written * users / bytes)
                                         : static_cast<std::size_t>(random() % users);
        block += make_event(i, user, random);
        if (block.size() < (1U << 20) && written + block.size() < bytes) continue;
        out.write(block.data(), static_cast<std::streamsize>(block.size()));
        written += block.size();
        block.clear();
    }
    return out.flush() ? 0 : 1;
}

/// Reads every user's documents, users in order, on `threads` threads; touches each document once.
std::uint64_t drain(source::document_store& store, unsigned threads)
{
    std::atomic<std::size_t> next_user{0};
    std::atomic<std::uint64_t> bytes{0};
    auto const work = [&] {
        auto const& users = store.user_ids();
        for (std::size_t i = next_user++; i < users.size(); i = next_user++) {
            auto const cursor = store.open(source::collection::events, users[i]);
            for (source::batch part; cursor->next(part);) {
                std::uint64_t sum = 0;
                for (auto const& found : part.documents) sum += found.bytes.size() + found.bytes.back();
                bytes += sum;
            }
        }
    };
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
    work();
    for (auto& other : others) other.join();
    return bytes;
}

int read(const char* folder, const char* spool, std::string_view mode, unsigned threads)
{
    source::mongodump_options options;
    options.folder = folder;
    options.spool_folder = spool;
    options.jobs = threads;
    options.regroup_above_bytes = mode == "regroup" ? 1 : mode == "direct" ? ~std::uint64_t{0} : 0;
    stopwatch const scan_watch;
    auto const store = source::open_mongodump(std::move(options));
    double const scan = scan_watch.wall();
    double const scan_cpu = scan_watch.cpu();
    auto const total = store->total(source::collection::events);
    stopwatch const prepare_watch;
    store->prepare(store->user_ids());
    double const prepare = prepare_watch.wall();
    double const prepare_cpu = prepare_watch.cpu();
    stopwatch const drain_watch;
    std::uint64_t const drained = drain(*store, threads);
    double const read_seconds = drain_watch.wall();
    double const read_cpu = drain_watch.cpu();
    if (drained != total.bytes || !store->damages().empty()) {
        fmt::print(stderr, "wrong: {} bytes of {}\n", drained, total.bytes);
        return 1;
    }
    struct rusage usage
    {
    };
    ::getrusage(RUSAGE_SELF, &usage);
    double const mb = static_cast<double>(total.bytes) / 1e6;
    fmt::print("{{\"mode\":\"{}\",\"threads\":{},\"mb\":{:.0f},\"documents\":{},\"users\":{},", mode, threads,
               mb, total.documents, store->user_ids().size());
    fmt::print("\"scan_mb_s\":{:.0f},\"scan_cpu_s\":{:.2f},\"prepare_s\":{:.2f},\"prepare_cpu_s\":{:.2f},",
               mb / scan, scan_cpu, prepare, prepare_cpu);
    fmt::print("\"drain_mb_s\":{:.0f},\"drain_cpu_s\":{:.2f},\"all_mb_s\":{:.0f},\"peak_rss_mb\":{:.1f}}}\n",
               mb / read_seconds, read_cpu, mb / (scan + prepare + read_seconds),
               static_cast<double>(usage.ru_maxrss) / 1e3);
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        std::string_view const command = argc > 1 ? argv[1] : "";
        if (command == "make" && argc >= 5) {
            return make(argv[2], number(argv[3]), static_cast<std::size_t>(number(argv[4])), argc > 5);
        }
        if (command == "read" && argc >= 5) {
            return read(argv[2], argv[3], argv[4], argc > 5 ? static_cast<unsigned>(number(argv[5])) : 1U);
        }
        fmt::print(stderr, "usage: dump-speed make FOLDER BYTES USERS [grouped]\n"
                           "       dump-speed read FOLDER SPOOL regroup|direct|auto [THREADS]\n");
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
