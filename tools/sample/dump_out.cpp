#include "dump_out.hpp"

#include "rng.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sample {

out_file::out_file(std::filesystem::path path, bool gzip) : path_(std::move(path))
{
    if (gzip) {
        path_ += ".gz";
        gz_ = gzopen(path_.c_str(), "wb1");
    } else {
        plain_ = std::fopen(path_.c_str(), "wb");
    }
    if (gz_ == nullptr && plain_ == nullptr) fail("create");
}

out_file::~out_file()
{
    if (gz_ != nullptr) gzclose(gz_);
    if (plain_ != nullptr) std::fclose(plain_);
}

void out_file::fail(const char* what) const
{
    throw std::runtime_error(fmt::format("cannot {} {}: {}", what, path_.string(), std::strerror(errno)));
}

void out_file::write(std::string_view bytes)
{
    if (bytes.empty()) return;
    if (gz_ != nullptr) {
        while (!bytes.empty()) {
            const auto part = bytes.substr(0, 1U << 30U);
            if (gzwrite(gz_, part.data(), static_cast<unsigned>(part.size())) <= 0) fail("write");
            bytes.remove_prefix(part.size());
        }
        return;
    }
    if (std::fwrite(bytes.data(), 1, bytes.size(), plain_) != bytes.size()) fail("write");
}

void out_file::close()
{
    if (gz_ != nullptr && gzclose(std::exchange(gz_, nullptr)) != Z_OK) fail("close");
    if (plain_ != nullptr && std::fclose(std::exchange(plain_, nullptr)) != 0) fail("close");
}

namespace {

/// Key pattern and options of one index, as extended JSON without the key `v`.
std::string index_json(std::string_view keys, std::string_view name, std::string_view rest = "")
{
    return fmt::format(R"({{"v":{{"$numberInt":"2"}},"key":{{{}}},"name":"{}"{}}})", keys, name, rest);
}

std::string ascending(std::initializer_list<std::string_view> fields)
{
    std::string keys;
    for (const auto field : fields) {
        if (!keys.empty()) keys += ',';
        keys += fmt::format(R"("{}":{{"$numberInt":"1"}})", field);
    }
    return keys;
}

std::string simple_index(std::initializer_list<std::string_view> fields, std::string_view rest = "")
{
    std::string name;
    for (const auto field : fields) name += fmt::format("{}{}_1", name.empty() ? "" : "_", field);
    return index_json(ascending(fields), name, rest);
}

constexpr std::string_view unique = R"(,"unique":true)";
constexpr std::string_view unique_live =
    R"(,"unique":true,"partialFilterExpression":{"deleted":{"$type":"null"}})";
constexpr std::string_view background = R"(,"background":true)";
constexpr std::string_view ttl = R"(,"expireAfterSeconds":{"$numberInt":"0"})";

std::vector<std::string> event_indexes()
{
    std::vector<std::string> list{
        simple_index({"userId"}, background), simple_index({"userId", "_id"}, background),
        simple_index({"userId", "time"}, background), simple_index({"userId", "streamIds"}, background)};
    list.push_back(simple_index({"userId", "type"}, background));
    list.push_back(simple_index({"userId", "trashed"}, background));
    list.push_back(simple_index({"userId", "modified"}, background));
    list.push_back(
        simple_index({"userId", "endTime"},
                     R"(,"partialFilterExpression":{"endTime":{"$exists":true}},"background":true)"));
    return list;
}

std::vector<std::string> indexes_of(collection c, v1_version version)
{
    switch (c) {
    case collection::events: return event_indexes();
    case collection::streams:
        return {simple_index({"userId"}, background), simple_index({"userId", "streamId"}, unique),
                simple_index({"userId", "name"}), simple_index({"userId", "name", "parentId"}, unique_live),
                simple_index({"userId", "trashed"})};
    case collection::accesses:
        return {simple_index({"userId"}, background), simple_index({"userId", "token"}, unique_live),
                simple_index({"userId", "integrityBatchCode"}),
                simple_index({"userId", "name", "type", "deviceName"}, unique_live)};
    case collection::profile:
        return {simple_index({"userId"}, background), simple_index({"userId", "profileId"}, unique)};
    case collection::followed_slices:
        if (version == v1_version::v1_8_1) {
            return {simple_index({"userId"}, background), simple_index({"userId", "name"}, unique),
                    simple_index({"userId", "username", "accessToken"}, unique)};
        }
        return {simple_index({"userId"}, background), simple_index({"userId", "name"}, unique),
                simple_index({"userId", "url", "accessToken"}, unique)};
    case collection::webhooks:
        return {simple_index({"userId"}, background),
                simple_index({"userId", "accessId", "url"}, unique_live)};
    case collection::sessions:
    case collection::password_resets: return {simple_index({"expires"}, ttl)};
    case collection::id4name: return {simple_index({"userId"}, unique), simple_index({"username"}, unique)};
    case collection::passwords: return {simple_index({"userId"}), simple_index({"userId", "time"}, unique)};
    case collection::key_values: return {simple_index({"storeId", "userId", "key"}, unique)};
    case collection::platform_unique: return {simple_index({"field", "value"}, unique)};
    case collection::platform_indexed:
        return {simple_index({"username", "field"}, unique), simple_index({"field"})};
    case collection::versions:
    case collection::last: return {};
    }
    return {};
}

std::string_view database_of(collection c)
{
    return in_platform_database(c) ? "pryv-node-platform" : "pryv-node";
}

} // namespace

dump_folder::dump_folder(std::filesystem::path folder, const options& opt)
    : folder_(std::move(folder)), opt_(opt)
{
    for (std::size_t i = 0; i < collection_count; ++i) {
        const auto c = static_cast<collection>(i);
        if (of_mongo_engines(c) && !opt.mongo_index) continue;
        const auto database = folder_ / database_of(c);
        std::filesystem::create_directories(database);
        files_[i] =
            std::make_unique<out_file>(database / fmt::format("{}.bson", collection_name(c)), opt.gzip);
        if (opt.metadata) write_metadata(c);
    }
}

void dump_folder::write_metadata(collection c) const
{
    std::string indexes = index_json(R"("_id":{"$numberInt":"1"})", "_id_");
    for (const auto& index : indexes_of(c, opt_.version)) indexes += "," + index;
    const auto name = collection_name(c);
    out_file file(folder_ / database_of(c) / fmt::format("{}.metadata.json", name), opt_.gzip);
    file.write(fmt::format(
        R"({{"options":{{}},"indexes":[{}],"uuid":"{:016x}{:016x}","collectionName":"{}","type":"collection"}})",
        indexes, mix(opt_.seed, static_cast<std::uint64_t>(c), 1),
        mix(opt_.seed, static_cast<std::uint64_t>(c), 2), name));
    file.close();
}

void dump_folder::write(collection c, std::string_view bytes)
{
    auto& file = files_[static_cast<std::size_t>(c)];
    if (file) file->write(bytes);
}

void dump_folder::close()
{
    for (auto& file : files_) {
        if (file) file->close();
    }
}

} // namespace sample
