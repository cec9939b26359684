// Any bytes as events.bson: no crash, and every byte is either in a document or in a damaged place.
#include "pryv_export/source/mongodump_store.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdlib.h>
#include <string>

namespace {

namespace fs = std::filesystem;
using namespace pryv_export::source;

fs::path make_folder()
{
    std::string name = fs::is_directory("/dev/shm") ? "/dev/shm/fuzz-dump-XXXXXX" : "/tmp/fuzz-dump-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
}

/// Removed when the process ends.
struct folder
{
    fs::path path = make_folder();
    ~folder()
    {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

void write(const fs::path& path, const std::uint8_t* data, std::size_t size)
{
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> const file{std::fopen(path.c_str(), "wb"), &std::fclose};
    if (!file || std::fwrite(data, 1, size, file.get()) != size) std::abort();
}

std::uint64_t drain(document_store& store)
{
    std::uint64_t bytes = 0;
    for (auto const& user : store.user_ids()) {
        auto const cursor = store.open(collection::events, user);
        for (batch part; cursor->next(part);) bytes += part.bytes;
    }
    store.for_each_unowned([&](collection, const document& found) { bytes += found.bytes.size(); });
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static folder const place;
    write(place.path / "events.bson", data, size);
    for (std::uint64_t const regroup_above : {std::uint64_t{1}, std::uint64_t{1} << 40}) {
        mongodump_options options;
        options.folder = place.path;
        options.spool_folder = place.path;
        options.batch_bytes = 64;
        options.regroup_above_bytes = regroup_above;
        auto const store = open_mongodump(options);
        store->prepare(store->user_ids());
        std::uint64_t accounted = drain(*store);
        for (auto const& damaged : store->damages()) accounted += damaged.bytes;
        if (accounted != size) std::abort();
    }
    return 0;
}
