// Speed of the parts that the time goes into, with Google Benchmark's options; or, for callgrind, one round
// of each:
//     micro [--benchmark_filter=REGEX …]
//     micro --instructions            under perf/instructions; one JSON line per part

#include "bench.hpp"

#include <benchmark/benchmark.h>
#include <cstdio>
#include <exception>
#include <string_view>
#include <valgrind/callgrind.h>

namespace {

std::vector<micro::bench> all()
{
    std::vector<micro::bench> benches;
    micro::add_format(benches);
    micro::add_convert(benches);
    micro::add_redis(benches);
    micro::add_files(benches);
    return benches;
}

void measure(benchmark::State& state, const micro::bench& which)
{
    micro::round const round = which.prepare();
    micro::work sum;
    for (auto _ : state) {
        micro::work const done = round();
        sum.bytes += done.bytes;
        sum.records += done.records;
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(sum.bytes));
    state.SetItemsProcessed(static_cast<std::int64_t>(sum.records));
}

/// The first round grows buffers and binds symbols; the second is counted.
void count(const micro::bench& which)
{
    micro::round const round = which.prepare();
    round();
    CALLGRIND_TOGGLE_COLLECT;
    micro::work const done = round();
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(which.name.c_str());
    std::printf("{\"name\":\"%s\",\"records\":%llu,\"bytes\":%llu}\n", which.name.c_str(),
                static_cast<unsigned long long>(done.records), static_cast<unsigned long long>(done.bytes));
}

} // namespace

int main(int argc, char** argv)
{
    try {
        auto const benches = all();
        if (argc == 2 && std::string_view{argv[1]} == "--instructions") {
            for (const micro::bench& each : benches) count(each);
            return 0;
        }
        for (const micro::bench& each : benches) {
            benchmark::RegisterBenchmark(each.name.c_str(),
                                         [&](benchmark::State& state) { measure(state, each); });
        }
        benchmark::Initialize(&argc, argv);
        if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
        benchmark::RunSpecifiedBenchmarks();
        benchmark::Shutdown();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "micro: %s\n", error.what());
        return 1;
    }
}
