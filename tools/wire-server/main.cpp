// wire-server: serves a mongodump folder over MongoDB's wire protocol, for fault tests and benchmarks.

#include "options.hpp"
#include "server.hpp"
#include "service.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

void write_stats(const wire::service& s)
{
    if (s.opt.stats.empty()) return;
    std::ofstream file(s.opt.stats);
    file << s.stats.json(s.cursors) << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + s.opt.stats.string());
}

int run(int argc, char** argv)
{
    int status = 0;
    auto opt = wire::parse_options(argc, argv, status);
    if (!opt) return status;
    unsigned const threads = opt->threads;
    wire::service service(std::move(*opt));
    boost::asio::io_context io(static_cast<int>(threads));
    boost::asio::signal_set stop(io, SIGINT, SIGTERM);
    stop.async_wait([&](auto, auto) { io.stop(); });
    wire::server server(io, service);
    server.start();
    std::printf("listening on %s\n", service.address.c_str());
    std::fflush(stdout);

    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < threads; ++i) helpers.emplace_back([&] { io.run(); });
    io.run();
    helpers.clear();
    write_stats(service);
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "wire-server: %s\n", e.what());
        return 1;
    }
}
