#include "pryv_export/cli/inspect_command.hpp"

#include "pryv_export/base/error.hpp"

#include "command_run.hpp"
#include "terminal.hpp"

#include <csignal>
#include <utility>

namespace pryv_export::cli {

int run_inspect(inspect_command_options options)
{
    command_run run{options, "interrupted"};
    return run.run([&] {
        // `--cat … | head` is no failure.
        std::signal(SIGPIPE, SIG_IGN);
        if (options.inspecting.cat.empty())
            write_stdout_if_read(verify::inspect_archive(options.inspecting));
        else
            verify::print_lines(options.inspecting, write_stdout_if_read);
        return static_cast<int>(exit_status::complete);
    });
}

} // namespace pryv_export::cli
