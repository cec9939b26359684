// Arbitrary bytes as a database of v1: the reader of plain tables stays inside of them.
#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"

#include "source/sqlite_plain.hpp"

#include <fmt/format.h>

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pryv_export;
    static std::string const path = fmt::format("/tmp/fuzz-sqlite-{}", ::getpid());
    {
        unique_fd const fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
        write_all(fd.value(), {reinterpret_cast<const char*>(data), size}, path);
    }
    try {
        static constexpr std::array<std::string_view, 2> names{"t", "events"};
        (void)source::read_plain_tables(std::filesystem::path{path}, std::chrono::milliseconds{0}, names);
    } catch (const export_error&) {
    }
    ::unlink(path.c_str());
    return 0;
}
