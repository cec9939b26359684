#include "pryv_export/base/error.hpp"
#include "pryv_export/cli/command_line.hpp"

#include "argument_secrets.hpp"
#include "terminal.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <malloc.h>
#include <new>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace pryv_export::cli {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool needs_ptrace = true; // of LeakSanitizer, which cannot look into a process that is not dumpable
#else
constexpr bool needs_ptrace = false;
#endif

/// Nothing that we create is for others, and no core file shall hold health data.
void harden()
{
    ::umask(077);
    rlimit const none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    if (!needs_ptrace) ::prctl(PR_SET_DUMPABLE, 0);
}

/// Users in flight hold files open, and many processors have many users in flight.
void allow_open_files()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 65536));
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Large blocks go back to the system when they are freed. By itself glibc learns to keep those of up to
/// 32 MiB, in an arena per thread; of smaller ones it gives back so eagerly that every reply of a server is
/// paid with page faults.
void give_memory_back()
{
#if defined(__GLIBC__)
    ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 8 << 20);
#endif
}

struct starter
{
    int operator()(const print_text& request) const
    {
        write_stdout(request.text);
        return 0;
    }
    int operator()(core_options& options) const { return run_core(std::move(options)); }
    int operator()(register_options& options) const { return run_register(std::move(options)); }
    int operator()(run_options& options) const { return run_job(std::move(options)); }
    int operator()(verify_command_options& options) const { return run_verify(std::move(options)); }
    int operator()(inspect_command_options& options) const { return run_inspect(std::move(options)); }
};

/// Before the options are understood the environment decides how an error looks.
int fail(exit_status status, std::string_view event, std::string_view message)
{
    const char* const format = std::getenv("PRYV_EXPORT_LOG_FORMAT");
    bool const json = format != nullptr && std::string_view{format} == "json";
    stderr_writer out;
    logger log{json ? log_format::json : log_format::text, log_level::error, wants_colour(STDERR_FILENO),
               [&](std::string_view line) { out.line(line); }};
    log.say(log_level::error, event, message, {{"status", static_cast<std::uint64_t>(status)}});
    return static_cast<int>(status);
}

} // namespace

int run(int argc, char** argv) noexcept
try {
    keep_standard_descriptors();
    harden();
    allow_open_files();
    give_memory_back();
    if (argc <= 1) {
        stderr_writer{}.line(general_help());
        return static_cast<int>(exit_status::usage);
    }
    std::vector<std::string> const arguments{argv + 1, argv + argc};
    wipe_secrets(argc, argv);
    request wanted = parse(arguments);
    return std::visit(starter{}, wanted);
} catch (const export_error& error) {
    return fail(error.status(), error.status() == exit_status::usage ? "usage" : "error", error.what());
} catch (const std::bad_alloc&) {
    return fail(exit_status::unexpected, "error", "out of memory; lower --memory and --users-in-flight");
} catch (const std::exception& error) {
    return fail(exit_status::unexpected, "error", std::string{"unexpected: "} + error.what());
}

} // namespace pryv_export::cli
