#include "dump_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <numeric>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>

namespace wire {

namespace fs = std::filesystem;

namespace {

bson_element element_at(const document& d, std::uint32_t at, std::size_t key_size) noexcept
{
    bson_element e = null_element();
    if (at == 0) return e;
    const std::uint8_t* const value = d.data + at + 1 + key_size + 1;
    std::size_t size = 0;
    e.type = static_cast<bson_type>(d.data[at]);
    pryv_export::format::detail::value_size(e.type, value, d.data + d.size - 1, size);
    e.value = {value, size};
    return e;
}

document describe(bson_bytes bytes, bool& plain_keys)
{
    document d{bytes.data(), static_cast<std::uint32_t>(bytes.size()), 0, 0};
    bson_reader reader{bytes};
    for (bson_element e; (d.user_at == 0 || d.id_at == 0) && reader.next(e);) {
        auto const at = static_cast<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(e.key.data()) - 1 -
                                                   bytes.data());
        bool const is_user = d.user_at == 0 && e.key == "userId";
        bool const is_id = d.id_at == 0 && e.key == "_id";
        if (is_user) d.user_at = at;
        if (is_id) d.id_at = at;
        if ((is_user || is_id) && e.type == bson_type::array) plain_keys = false;
    }
    return d;
}

/// Stable: users that compare equal keep the order of `by_id`. One pass over the documents, since the
/// users are few.
order sort_by_user(const std::vector<document>& documents, const order& by_id)
{
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    std::vector<bson_element> users;
    std::vector<std::uint32_t> user_of(documents.size());
    for (std::size_t i = 0; i < documents.size(); ++i) {
        const document& d = documents[i];
        bson_element const user = d.user();
        // The type byte, the name and the value: different bytes, different key.
        std::string_view const key =
            d.user_at == 0
                ? std::string_view{}
                : std::string_view{reinterpret_cast<const char*>(d.data) + d.user_at, user.value.size() + 8};
        auto const [at, added] = numbers.try_emplace(key, static_cast<std::uint32_t>(users.size()));
        if (added) users.push_back(user);
        user_of[i] = at->second;
    }
    order sorted(users.size());
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return compare(users[a], users[b]) < 0; });
    order places(users.size());
    std::uint32_t place = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (i > 0 && compare(users[sorted[i - 1]], users[sorted[i]]) != 0) ++place;
        places[sorted[i]] = place;
    }
    std::vector<std::uint32_t> starts(users.size() + 1);
    for (auto const user : user_of) ++starts[places[user] + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    order result(documents.size());
    for (auto const i : by_id) result[starts[places[user_of[i]]]++] = i;
    return result;
}

collection load(std::string name, bson_bytes file, const fs::path& path)
{
    collection c;
    c.name = std::move(name);
    c.bytes = file.size();
    for (std::size_t at = 0; at < file.size();) {
        std::size_t const left = file.size() - at;
        std::int64_t const size = left < 5 ? 0 : pryv_export::format::load_i32(file.data() + at);
        if (size < 5 || static_cast<std::size_t>(size) > left)
            throw std::runtime_error(fmt::format("{}: no document at byte {}", path.string(), at));
        auto const length = static_cast<std::size_t>(size);
        c.documents.push_back(describe(file.subspan(at, length), c.plain_keys));
        at += length;
    }
    auto const before = [&](std::uint32_t a, std::uint32_t b) {
        return compare(c.documents[a].id(), c.documents[b].id()) < 0;
    };
    c.by_id.resize(c.documents.size());
    std::iota(c.by_id.begin(), c.by_id.end(), 0U);
    // A dump is written in the order of _id.
    if (!std::is_sorted(c.by_id.begin(), c.by_id.end(), before))
        std::stable_sort(c.by_id.begin(), c.by_id.end(), before);
    c.by_user = sort_by_user(c.documents, c.by_id);
    return c;
}

} // namespace

bson_element document::user() const noexcept
{
    return element_at(*this, user_at, 6);
}
bson_element document::id() const noexcept
{
    return element_at(*this, id_at, 3);
}

mapped_file::mapped_file(const fs::path& path)
{
    auto const fail = [&] {
        throw std::runtime_error(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
    };
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail();
    struct stat info
    {
    };
    if (::fstat(fd, &info) != 0) fail();
    size_ = static_cast<std::size_t>(info.st_size);
    if (size_ > 0) {
        void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
        if (mapped == MAP_FAILED) fail();
        data_ = static_cast<const std::uint8_t*>(mapped);
    }
    ::close(fd);
}

mapped_file::mapped_file(mapped_file&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0))
{
}

mapped_file::~mapped_file()
{
    if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

void dump_image::add_database(const fs::path& folder)
{
    database& db = databases_[folder.filename().string()];
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".gz")
            throw std::runtime_error(
                fmt::format("{}: compressed dumps are not served", entry.path().string()));
        if (entry.path().extension() != ".bson") continue;
        std::string const name = entry.path().stem().string();
        auto const& file = files_.emplace_back(entry.path());
        db.emplace(name, load(name, file.view(), entry.path()));
    }
}

dump_image::dump_image(const fs::path& folder)
{
    fs::path const clean = fs::canonical(folder);
    bool has_databases = false;
    for (const auto& entry : fs::directory_iterator(clean)) {
        if (!entry.is_directory()) continue;
        has_databases = true;
        add_database(entry.path());
    }
    if (!has_databases) add_database(clean);
}

const collection* dump_image::find(std::string_view database_name, std::string_view name) const noexcept
{
    auto const db = databases_.find(database_name);
    if (db == databases_.end()) return nullptr;
    auto const found = db->second.find(name);
    return found != db->second.end() ? &found->second : nullptr;
}

} // namespace wire
