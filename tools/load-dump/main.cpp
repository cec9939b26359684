// load-dump: fills a MongoDB server with the documents of a mongodump folder, bytes unchanged.

#include "dump_files.hpp"
#include "indexes.hpp"
#include "load.hpp"
#include "server.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <set>
#include <string>

namespace {

struct options
{
    std::filesystem::path dump;
    std::string uri;
    bool drop = false;
    bool count = false;
};

/// libmongoc wants to be told when it begins and ends.
struct driver
{
    driver()
    {
        mongoc_init();
        mongoc_log_set_handler(log, nullptr);
    }
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;
    ~driver() { mongoc_cleanup(); }

    /// Without warnings: FerretDB lacks endSessions, which is no harm.
    static void log(mongoc_log_level_t level, const char* domain, const char* message, void* unused)
    {
        if (level < MONGOC_LOG_LEVEL_WARNING) mongoc_log_default_handler(level, domain, message, unused);
    }
};

void print(const load_dump::collection_file& file, std::int64_t count)
{
    fmt::print("{}.{} {}\n", file.database, file.collection, count);
}

void load(const options& opt)
{
    const auto files = load_dump::collections_of(opt.dump);
    load_dump::server server{opt.uri};
    if (opt.drop) {
        std::set<std::string> databases;
        for (const auto& file : files) databases.insert(file.database);
        for (const auto& database : databases) server.drop_database(database);
    }
    for (const auto& file : files) {
        if (opt.count) {
            print(file, server.count(file.database, file.collection));
            continue;
        }
        print(file, load_dump::load_collection(opt.uri, server, file));
        for (const auto& line : load_dump::create_indexes(server, file.database, file.collection))
            fmt::print(stderr, "load-dump: warning: {}\n", line);
    }
}

int run(int argc, char** argv)
{
    CLI::App app("Fills a MongoDB server with the documents of a mongodump folder.", "load-dump");
    options opt;
    app.add_option("DUMP", opt.dump, "folder with one folder of .bson[.gz] files per database")
        ->required()
        ->check(CLI::ExistingDirectory);
    app.add_option("URI", opt.uri, "mongodb://...")->required();
    auto* const drop = app.add_flag("--drop", opt.drop, "drop the dump's databases on the server first");
    app.add_flag("--count", opt.count, "load nothing: count what the server has of the dump's collections")
        ->excludes(drop);
    CLI11_PARSE(app, argc, argv);
    const driver mongoc;
    load(opt);
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        std::fflush(stdout);
        std::fprintf(stderr, "load-dump: %s\n", e.what());
        return 1;
    }
}
