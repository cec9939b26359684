// The limit of an export: the same conversion, hashes, compression and copies of the same bytes from memory,
// on as many threads, without users, folders or order. One JSON object on stdout.

#include "work.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

struct options
{
    std::vector<std::filesystem::path> folders;
    std::filesystem::path work;
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    int level = 1;
};

struct times
{
    double wall = 0;
    double cpu = 0; ///< of all threads
};

template <class Action>
times timed(Action action)
{
    auto const begin = std::chrono::steady_clock::now();
    std::clock_t const cpu_begin = std::clock();
    action();
    std::chrono::duration<double> const wall = std::chrono::steady_clock::now() - begin;
    return {wall.count(), static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC};
}

void measure(const options& chosen)
{
    tight_loop::deployment all;
    for (const auto& folder : chosen.folders) all.add(folder);
    auto const jobs = tight_loop::cut(all);
    tight_loop::settings const settings{chosen.level, chosen.work / "scratch", chosen.work / "copies"};
    std::filesystem::create_directories(settings.scratch);
    std::filesystem::create_directories(settings.copies);
    tight_loop::totals sums;
    times const took = timed([&] { sums = tight_loop::run(jobs, chosen.threads, settings); });
    std::printf(
        "{\"threads\":%u,\"wall\":%.6f,\"cpu\":%.6f,\"records\":%llu,\"bytesIn\":%llu,\"textBytes\":%llu,"
        "\"bytesOut\":%llu}\n",
        chosen.threads, took.wall, took.cpu, static_cast<unsigned long long>(sums.records),
        static_cast<unsigned long long>(all.bytes), static_cast<unsigned long long>(sums.text_bytes),
        static_cast<unsigned long long>(sums.bytes_out));
}

} // namespace

int main(int argc, char** argv)
{
    options chosen;
    CLI::App app{"Times the tight loop over deployments that make-sample wrote.", "tight-loop"};
    app.add_option("DEPLOYMENT", chosen.folders, "folders with dump/ and var-pryv/")->required();
    app.add_option("--work", chosen.work, "folder for copies; made, and left as it is then")->required();
    app.add_option("--threads", chosen.threads, "default: all cores");
    app.add_option("--level", chosen.level, "of gzip")->check(CLI::Range(0, 9));
    CLI11_PARSE(app, argc, argv);
    try {
        measure(chosen);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tight-loop: %s\n", error.what());
        return 1;
    }
}
