#include "deployment.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/format/bson.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tight_loop {

namespace {

namespace fs = std::filesystem;
using namespace pryv_export;

std::string_view owner(const convert::record& document)
{
    auto const found = format::find(document.bson, "userId");
    return found && found->is_string() ? found->text() : std::string_view{};
}

void add_collection(std::vector<bson_file>& to, std::uint64_t& bytes, const fs::path& path)
{
    if (!fs::exists(path)) return;
    to.emplace_back(path);
    bytes += to.back().bytes();
}

} // namespace

bson_file::bson_file(const fs::path& path)
{
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info
    {
    };
    if (file < 0 || ::fstat(file, &info) != 0) {
        throw std::system_error{errno, std::generic_category(), path.string()};
    }
    size_ = static_cast<std::size_t>(info.st_size);
    if (size_ != 0) {
        void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
        ::close(file);
        if (mapped == MAP_FAILED) throw std::system_error{errno, std::generic_category(), path.string()};
        data_ = static_cast<const std::uint8_t*>(mapped);
        find_documents(path);
    } else {
        ::close(file);
    }
}

bson_file::bson_file(bson_file&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)},
      documents_{std::move(other.documents_)}
{
}

bson_file::~bson_file()
{
    if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

void bson_file::find_documents(const fs::path& path)
{
    for (std::size_t at = 0; at < size_;) {
        std::size_t const left = size_ - at;
        auto const length = left < 5 ? 0 : static_cast<std::size_t>(format::load_i32(data_ + at));
        if (length < 5 || length > left) {
            throw std::runtime_error{path.string() + ": no document at byte " + std::to_string(at)};
        }
        documents_.push_back({{data_ + at, length}, at});
        at += length;
    }
}

void bson_file::group_by_user()
{
    std::stable_sort(documents_.begin(), documents_.end(),
                     [](const auto& a, const auto& b) { return owner(a) < owner(b); });
}

std::vector<std::span<const convert::record>> bson_file::users() const
{
    std::vector<std::span<const convert::record>> found;
    for (auto begin = documents_.begin(); begin != documents_.end();) {
        auto const end = std::find_if(begin, documents_.end(), [user = owner(*begin)](const auto& each) {
            return owner(each) != user;
        });
        found.emplace_back(begin, end);
        begin = end;
    }
    return found;
}

void deployment::add(const fs::path& folder)
{
    fs::path const dump = folder / "dump" / "pryv-node";
    add_collection(events, bytes, dump / "events.bson");
    add_collection(streams, bytes, dump / "streams.bson");
    add_collection(accesses, bytes, dump / "accesses.bson");
    add_collection(profile, bytes, dump / "profile.bson");
    add_collection(webhooks, bytes, dump / "webhooks.bson");
    for (auto* const kind : {&streams, &accesses, &profile, &webhooks}) {
        for (bson_file& file : *kind) file.group_by_user();
    }
    fs::path const users = folder / "var-pryv" / "users";
    if (!fs::exists(users)) return;
    for (const auto& entry : fs::recursive_directory_iterator{users}) {
        if (!entry.is_regular_file()) continue;
        bool const is_audit = entry.path().filename() == "audit-1.0.0.sqlite";
        bool const is_attachment = entry.path().parent_path().parent_path().filename() == "attachments";
        if (!is_audit && !is_attachment) continue;
        (is_audit ? audit : attachments).push_back(entry.path());
        bytes += entry.file_size();
    }
}

} // namespace tight_loop
