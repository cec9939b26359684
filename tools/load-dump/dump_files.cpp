#include "dump_files.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

namespace load_dump {

namespace fs = std::filesystem;

namespace {

/// MongoDB's own limit for what it stores internally: 16 MiB and 16 KiB.
constexpr std::int32_t largest_document = (16 << 20) + (16 << 10);

std::string collection_name(std::string_view file)
{
    for (const std::string_view suffix : {".bson", ".bson.gz"}) {
        if (file.size() > suffix.size() && file.ends_with(suffix))
            return std::string{file.substr(0, file.size() - suffix.size())};
    }
    return {};
}

} // namespace

std::vector<collection_file> collections_of(const fs::path& dump)
{
    std::vector<collection_file> found;
    for (const auto& folder : fs::directory_iterator{dump}) {
        if (!folder.is_directory()) continue;
        for (const auto& file : fs::directory_iterator{folder}) {
            auto name = collection_name(file.path().filename().string());
            if (name.empty()) continue;
            found.push_back({folder.path().filename().string(), std::move(name), file.path()});
        }
    }
    if (found.empty())
        throw std::runtime_error(fmt::format("{}: no <database>/<collection>.bson", dump.string()));
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::tie(a.database, a.collection) < std::tie(b.database, b.collection);
    });
    return found;
}

document_file::document_file(fs::path path) : path_{std::move(path)}
{
    // zlib reads files that are not packed as they are.
    file_ = gzopen(path_.c_str(), "rb");
    if (file_ == nullptr)
        throw std::runtime_error(fmt::format("cannot open {}: {}", path_.string(), std::strerror(errno)));
    gzbuffer(file_, 1U << 20U);
}

document_file::~document_file()
{
    gzclose(file_);
}

void document_file::fail(const char* what) const
{
    throw std::runtime_error(fmt::format("{}: {} at byte {}", path_.string(), what, offset_));
}

std::size_t document_file::read(std::uint8_t* at, std::size_t size)
{
    const int got = gzread(file_, at, static_cast<unsigned>(size));
    if (got < 0) fail("cannot be read");
    return static_cast<std::size_t>(got);
}

bool document_file::append_next(std::vector<std::uint8_t>& into)
{
    std::uint8_t head[4];
    const auto got = read(head, sizeof head);
    if (got == 0) return false;
    if (got < sizeof head) fail("the file ends inside a document");
    const auto length = pryv_export::format::load_i32(head);
    if (length < 5 || length > largest_document) fail("impossible length of a document");
    const auto rest = static_cast<std::size_t>(length) - sizeof head;
    into.insert(into.end(), head, head + sizeof head);
    const auto begin = into.size();
    into.resize(begin + rest);
    if (read(into.data() + begin, rest) < rest) fail("the file ends inside a document");
    if (into.back() != 0) fail("a document without its final NUL");
    offset_ += static_cast<std::uint64_t>(length);
    return true;
}

} // namespace load_dump
