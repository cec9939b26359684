#include "default_jobs.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sched.h>
#include <string>
#include <thread>

namespace pryv_export::cli {

std::size_t cores_of_cgroup(const std::filesystem::path& cpu_max, std::size_t otherwise)
{
    std::ifstream in{cpu_max};
    std::string quota;
    std::uint64_t period = 0;
    if (!(in >> quota >> period) || period == 0 || quota == "max") return otherwise;
    std::uint64_t const micros = std::strtoull(quota.c_str(), nullptr, 10);
    return std::max<std::size_t>(1, (micros + period - 1) / period);
}

std::size_t usable_cores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    std::size_t cores = std::thread::hardware_concurrency();
    if (::sched_getaffinity(0, sizeof set, &set) == 0) cores = static_cast<std::size_t>(CPU_COUNT(&set));
    cores = std::max<std::size_t>(1, cores);
    return std::min(cores, cores_of_cgroup("/sys/fs/cgroup/cpu.max", cores));
}

} // namespace pryv_export::cli
