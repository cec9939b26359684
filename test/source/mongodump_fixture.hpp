#pragma once

#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/format/gzip.hpp"
#include "pryv_export/format/text_buffer.hpp"
#include "pryv_export/source/mongodump_store.hpp"

#include "bson_builder.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Dump folders for tests and what is read from them.
namespace test {

namespace fs = std::filesystem;
namespace source = pryv_export::source;

inline void write_file(const fs::path& path, std::string_view bytes)
{
    fs::remove(path); // writing over a file makes ext4 wait for the disk
    std::ofstream out{path, std::ios::binary};
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error{"cannot write " + path.native()};
}

inline std::string gzip(std::string_view text)
{
    pryv_export::format::gzip_compressor compressor{1};
    pryv_export::format::text_buffer out;
    compressor.append_member(out, text);
    return std::string{out.view()};
}

/// An event as v1 stores it, `userId` last.
inline std::string event(std::string_view id, std::string_view user, std::string_view content = "x")
{
    return doc()
        .str("_id", id)
        .float64("time", 1675099361.472)
        .str("type", "note/txt")
        .sub("content", doc().str("text", content).int32("n", 7))
        .null("deleted")
        .str("userId", user)
        .bytes();
}

/// `count` events of `users` users in turn, of various lengths.
inline std::vector<std::string> interleaved(std::size_t count, std::size_t users)
{
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(event(fmt::format("c{:06}", i), fmt::format("u{}", i % users),
                            std::string(1 + i * 37 % 97, 'x')));
    }
    return all;
}

inline std::string joined(const std::vector<std::string>& documents)
{
    std::string all;
    for (auto const& one : documents) all += one;
    return all;
}

/// A document that was read.
struct seen
{
    std::string bytes;
    std::uint64_t position = 0;
    bool operator==(const seen&) const = default;
};

inline std::vector<std::vector<seen>> batches_of(source::document_cursor& cursor)
{
    std::vector<std::vector<seen>> all;
    for (source::batch part; cursor.next(part);) {
        all.emplace_back();
        for (auto const& found : part.documents) {
            all.back().push_back(
                {{reinterpret_cast<const char*>(found.bytes.data()), found.bytes.size()}, found.position});
        }
    }
    return all;
}

inline std::vector<seen> documents_of(source::document_cursor& cursor)
{
    std::vector<seen> all;
    for (auto& part : batches_of(cursor)) all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// A private folder with a dump in it.
class dump_folder
{
public:
    dump_folder() : root_{fs::temp_directory_path()}
    {
        fs::create_directories(folder());
        fs::create_directories(spool());
    }

    fs::path folder() const { return root_.path() / "pryv-node"; }
    fs::path spool() const { return root_.path() / "spool"; }
    fs::path root() const { return root_.path(); }
    void put(std::string_view name, std::string_view bytes) const { write_file(folder() / name, bytes); }

    source::mongodump_options options() const
    {
        source::mongodump_options settings;
        settings.folder = folder();
        settings.spool_folder = spool();
        settings.regroup_above_bytes = std::uint64_t{1} << 40;
        settings.batch_bytes = 2000;
        return settings;
    }
    std::unique_ptr<source::document_store> open() const { return source::open_mongodump(options()); }

private:
    pryv_export::private_folder root_;
};

/// All documents of a collection, by their place in the file, however the store hands them out.
inline std::map<std::uint64_t, std::string> all_documents(source::document_store& store,
                                                          source::collection kind)
{
    std::map<std::uint64_t, std::string> all;
    for (auto const& user : store.user_ids()) {
        auto const cursor = store.open(kind, user);
        for (auto& one : documents_of(*cursor)) all.emplace(one.position, std::move(one.bytes));
    }
    store.for_each_unowned([&](source::collection from, const source::document& found) {
        if (from != kind) return;
        all.emplace(found.position,
                    std::string{reinterpret_cast<const char*>(found.bytes.data()), found.bytes.size()});
    });
    return all;
}

} // namespace test
