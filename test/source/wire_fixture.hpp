#pragma once

#include "../../src/source/mongo_client.hpp"
#include "../../src/source/mongo_error.hpp"
#include "mongodump_fixture.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

/// A server over a dump folder, in a process of its own (docs/wire-server.md).
namespace test {

class wire_process
{
public:
    /// Waits until the server listens. `more`: options like "--fault", "drop@find#2".
    explicit wire_process(const dump_folder& dump, const std::vector<std::string>& more = {})
    {
        std::vector<std::string> words{WIRE_SERVER, dump.folder().native()};
        words.insert(words.end(), more.begin(), more.end());
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
        process_ = ::fork();
        if (process_ == 0) {
            // A test that is killed leaves no server behind, nor an output that others wait for.
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(ends[1], STDOUT_FILENO);
            ::execv(WIRE_SERVER, arguments.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> const output{::fdopen(ends[0], "r"), std::fclose};
        char line[200] = "";
        constexpr std::string_view said{"listening on "};
        if (std::fgets(line, sizeof line, output.get()) == nullptr ||
            !std::string_view{line}.starts_with(said)) {
            stop();
            throw std::runtime_error{"cannot start " WIRE_SERVER};
        }
        std::string_view address{line};
        address.remove_prefix(said.size());
        uri_ = fmt::format("mongodb://{}/", address.substr(0, address.find('\n')));
    }
    ~wire_process() { stop(); }
    wire_process(const wire_process&) = delete;
    wire_process& operator=(const wire_process&) = delete;

    const std::string& uri() const noexcept { return uri_; }

    source::mongo_options options() const
    {
        source::mongo_options made;
        made.uri = uri_;
        made.batch_bytes = 2000;
        made.first_pause = std::chrono::milliseconds{0};
        return made;
    }

    /// From now on, beside what was ordered at the start.
    void order(std::string_view fault) const { ask(source::one("wireFault", fault)); }

    /// A number of {wireStats: 1}: "documentsOut", "commands.find"; 0 when the server never counted it.
    std::int64_t count(std::string_view what) const
    {
        auto const answer = ask(source::one("wireStats", std::int64_t{1}));
        auto document = answer.bytes;
        for (auto dot = what.find('.'); dot != what.npos; dot = what.find('.')) {
            auto const inner = pryv_export::format::find(document, what.substr(0, dot));
            if (!inner) return 0;
            document = inner->document();
            what.remove_prefix(dot + 1);
        }
        auto const found = pryv_export::format::find(document, what);
        return found ? static_cast<std::int64_t>(found->number().value_or(0)) : 0;
    }

private:
    source::reply ask(const source::command& what) const
    {
        source::mongo_client_pool pool{options()};
        return source::mongo_session{pool}.run("admin", what);
    }

    void stop() noexcept
    {
        if (process_ <= 0) return;
        ::kill(process_, SIGTERM);
        ::waitpid(process_, nullptr, 0);
    }

    pid_t process_ = 0;
    std::string uri_;
};

} // namespace test
