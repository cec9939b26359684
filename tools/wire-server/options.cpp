#include "options.hpp"

#include <CLI/CLI.hpp>

#include <stdexcept>

namespace wire {

std::optional<options> parse_options(int argc, char** argv, int& status)
{
    CLI::App app("Serves a mongodump folder as a MongoDB server would, and misbehaves on order.",
                 "wire-server");
    options opt;
    std::vector<std::string> faults;
    app.add_option("DUMP", opt.dump, "folder of a mongodump, or of one database in it")
        ->required()
        ->check(CLI::ExistingDirectory);
    app.add_option("--port", opt.port, "on 127.0.0.1; 0: any that is free")->capture_default_str();
    app.add_option("--threads", opt.threads)->check(CLI::Range(1, 64))->capture_default_str();
    app.add_option("--stats", opt.stats, "file to write the statistics to at the end");

    const std::string access = "Access";
    auto* const certificate = app.add_option("--tls-cert", opt.tls_certificate, "PEM")->group(access);
    auto* const key = app.add_option("--tls-key", opt.tls_key, "PEM")->group(access);
    certificate->needs(key);
    key->needs(certificate);
    app.add_option("--tls-ca", opt.tls_ca, "PEM: who signs certificates of clients, which must have one")
        ->needs(certificate)
        ->group(access);
    app.add_option("--tls-crl", opt.tls_crl, "PEM: certificates of clients that were revoked")
        ->needs("--tls-ca")
        ->group(access);
    app.add_flag("--tls-old", opt.tls_old, "speak TLS 1.0 only")->needs(certificate)->group(access);
    auto* const user = app.add_option("--user", opt.user, "ask for this name")->group(access);
    auto* const password = app.add_option("--password", opt.password)->group(access);
    user->needs(password);
    password->needs(user);
    app.add_option("--deny", opt.denied, "collection that no command may touch")->group(access);

    const std::string kind = "What kind of server";
    auto* const set =
        app.add_option("--replica-set", opt.replica_set, "be the primary of this set")->group(kind);
    app.add_option("--member", opt.members, "HOST:PORT of another one of the set")->needs(set)->group(kind);
    auto* const primary = app.add_option("--primary", opt.primary, "HOST:PORT: be a secondary of this one");
    primary->needs(set)->group(kind);
    app.add_option("--behind", opt.behind_seconds, "seconds that a secondary lacks")
        ->needs(primary)
        ->group(kind);
    app.add_option("--max-wire-version", opt.max_wire_version)->group(kind)->capture_default_str();
    app.add_flag("--no-sessions", opt.no_sessions, "know no sessions")->group(kind);
    app.add_flag("--no-max", opt.no_max, "refuse $max, as FerretDB does")->group(kind);
    app.add_option("--omit-index", opt.omitted_indexes, "index not to have: events.userId_1")->group(kind);
    app.add_option("--view", opt.views, "collection that is a view")->group(kind);
    app.add_option("--capped", opt.capped, "collection that is capped")->group(kind);
    app.add_flag("--router", opt.router, "be a mongos")->group(kind);
    app.add_option("--max-reply-bytes", opt.max_reply_bytes, "documents per reply end there")
        ->check(CLI::Range(1, 40'000'000))
        ->group(kind)
        ->capture_default_str();

    app.add_option("--fault", faults, "ACTION[=VALUE][@COMMAND][#NTH][xCOUNT]; see docs/wire-server.md");
    try {
        app.parse(argc, argv);
        for (const auto& spec : faults) opt.faults.push_back(parse_fault(spec));
    } catch (const CLI::ParseError& e) {
        status = app.exit(e) == 0 ? 0 : 2;
        return std::nullopt;
    } catch (const std::invalid_argument& e) {
        std::fprintf(stderr, "wire-server: %s\n", e.what());
        status = 2;
        return std::nullopt;
    }
    return opt;
}

} // namespace wire
