#include "mongodump_regroup.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace pryv_export::source {

namespace {

namespace fs = std::filesystem;

using rank = std::uint32_t; ///< place in `users`

/// A record of the copy: header and document.
struct record
{
    std::uint64_t position = 0;
    rank owner = 0;
    format::bson_bytes document;

    std::size_t bytes() const noexcept { return record_header_bytes + document.size(); }
    void write(std::uint8_t* to) const
    {
        write_header(to);
        std::memcpy(to + record_header_bytes, document.data(), document.size());
    }
    void write_header(std::uint8_t* to) const
    {
        std::memcpy(to, &position, 8);
        std::memcpy(to + 8, &owner, 4);
    }
    /// Precondition: `from` holds a whole record.
    static record read(const std::uint8_t* from)
    {
        record found;
        std::memcpy(&found.position, from, 8);
        std::memcpy(&found.owner, from + 8, 4);
        found.document = {from + record_header_bytes,
                          static_cast<std::size_t>(format::load_i32(from + record_header_bytes))};
        return found;
    }
};

/// Consecutive users whose regions are written as one.
struct group
{
    rank first = 0;
    rank last = 0; ///< one behind
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    std::uint64_t bytes() const noexcept { return end - begin; }
};

[[noreturn]] void throw_changed(std::string_view file)
{
    throw export_error{exit_status::io_error, printable(file), "changed while it was read",
                       "leave the dump alone while it is exported"};
}

/// Cuts users [first, last) into groups: one user each when there are few, else of about a size that can be
/// sorted in memory.
std::vector<group> make_groups(std::span<const regroup_user> users, rank first, rank last,
                               const regroup_limits& limits)
{
    std::uint64_t total = 0;
    for (rank r = first; r < last; ++r) total += users[r].region.bytes;
    bool const each = last - first <= limits.groups;
    // With two groups or more, what is too large to be sorted gets smaller each time.
    std::uint64_t const groups_wanted = std::max<std::size_t>(limits.groups, 2);
    std::uint64_t const target = std::max<std::uint64_t>(total / groups_wanted + 1, limits.sort_bytes / 2);
    std::vector<group> groups;
    for (rank r = first; r < last; ++r) {
        auto const& region = users[r].region;
        bool const full = groups.empty() || each || groups.back().bytes() + region.bytes > target;
        if (full) groups.push_back({r, r, region.offset, region.offset});
        groups.back().last = r + 1;
        groups.back().end = region.offset + region.bytes;
    }
    return groups;
}

/// Writes records behind each other into the places of their groups, buffered.
class group_writer
{
public:
    group_writer(int fd, std::vector<group> groups, const regroup_limits& limits, const fs::path& folder)
        : fd_{fd}, groups_{std::move(groups)}, folder_{folder}
    {
        std::size_t const count = std::max<std::size_t>(groups_.size(), 1);
        buffer_bytes_ = std::clamp<std::size_t>(limits.write_buffer_bytes / count, 512, 1U << 20);
        memory_ = std::make_unique_for_overwrite<std::uint8_t[]>(buffer_bytes_ * count);
        for (auto const& part : groups_) places_.push_back({part.begin, 0});
        rank const first = groups_.empty() ? 0 : groups_.front().first;
        first_ = first;
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            group_of_.insert(group_of_.end(), groups_[i].last - groups_[i].first,
                             static_cast<std::uint32_t>(i));
        }
    }

    /// False when the record's group has no room for it or the owner is none of the group's.
    bool add(const record& added)
    {
        if (added.owner < first_ || added.owner - first_ >= group_of_.size()) return false;
        std::size_t const index = group_of_[added.owner - first_];
        auto& to = places_[index];
        if (to.at + to.buffered + added.bytes() > groups_[index].end) return false;
        if (to.buffered + added.bytes() > buffer_bytes_) flush_pages(index);
        if (to.buffered + added.bytes() > buffer_bytes_) {
            flush(index, to.buffered);
            write_long(to, added);
        } else {
            added.write(buffer(index) + to.buffered);
            to.buffered += added.bytes();
        }
        return true;
    }

    /// Writes what is buffered. False when a group is not full.
    bool finish()
    {
        bool full = true;
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            flush(i, places_[i].buffered);
            full = full && places_[i].at == groups_[i].end;
        }
        return full;
    }

private:
    static constexpr std::size_t page_bytes = 4096;

    struct place
    {
        std::uint64_t at = 0;
        std::size_t buffered = 0;
    };

    std::uint8_t* buffer(std::size_t index) { return memory_.get() + index * buffer_bytes_; }

    /// Writes up to a page border: a page that is written in parts can be evicted in between, and is then
    /// read again.
    void flush_pages(std::size_t index)
    {
        auto const& to = places_[index];
        std::size_t const beyond = static_cast<std::size_t>((to.at + to.buffered) % page_bytes);
        if (beyond < to.buffered) flush(index, to.buffered - beyond);
    }

    void flush(std::size_t index, std::size_t bytes)
    {
        auto& to = places_[index];
        std::uint8_t* const begin = buffer(index);
        write_at(fd_, to.at, {begin, bytes}, folder_.native());
        to.at += bytes;
        to.buffered -= bytes;
        std::memmove(begin, begin + bytes, to.buffered);
    }

    void write_long(place& to, const record& added)
    {
        std::array<std::uint8_t, record_header_bytes> header{};
        added.write_header(header.data());
        write_at(fd_, to.at, header, folder_.native());
        write_at(fd_, to.at + header.size(), added.document, folder_.native());
        to.at += added.bytes();
    }

    int fd_;
    std::vector<group> groups_;
    const fs::path& folder_;
    std::size_t buffer_bytes_ = 0;
    std::unique_ptr<std::uint8_t[]> memory_;
    std::vector<place> places_;
    std::vector<std::uint32_t> group_of_;
    rank first_ = 0;
};

class regrouper
{
public:
    regrouper(std::span<regroup_user> users, const std::string& name, const fs::path& folder,
              const regroup_limits& limits)
        : users_{users}, folder_{folder}, limits_{limits}
    {
        user_slot most = 0;
        for (auto const& user : users_) most = std::max(most, user.slot);
        rank_of_.assign(std::size_t{most} + 1, none);
        std::uint64_t at = 0;
        for (std::size_t i = 0; i < users_.size(); ++i) {
            auto& user = users_[i];
            rank_of_[user.slot] = static_cast<rank>(i);
            user.region = {at, user.bytes + user.documents * record_header_bytes, user.documents};
            at += user.region.bytes;
        }
        copy_.size = at;
        copy_.fd = create_nameless_file(folder_);
        copy_.name = name;
        reserve_space(copy_.fd.value(), copy_.size, folder_);
    }

    template <class ForEach>
    dump_file run(const ForEach& for_each)
    {
        auto const groups = make_groups(users_, 0, static_cast<rank>(users_.size()), limits_);
        distribute(groups, for_each);
        for (auto const& part : groups) sort(part);
        return std::move(copy_);
    }

private:
    static constexpr rank none = 0xffffffff;

    template <class ForEach>
    void distribute(const std::vector<group>& groups, const ForEach& for_each)
    {
        group_writer writer{copy_.fd.value(), groups, limits_, folder_};
        for_each([&](user_slot slot, const found_document& found) {
            rank const owner = slot < rank_of_.size() ? rank_of_[slot] : none;
            if (owner == none || !writer.add({found.offset, owner, found.bytes})) throw_changed(copy_.name);
        });
        if (!writer.finish()) throw_changed(copy_.name);
    }

    void sort(const group& part)
    {
        if (part.last - part.first < 2) return;
        if (part.bytes() <= limits_.sort_bytes)
            sort_in_memory(part);
        else
            sort_on_disk(part);
    }

    void sort_in_memory(const group& part)
    {
        auto const size = static_cast<std::size_t>(part.bytes());
        if (sorted_.size() < size) {
            unsorted_.resize(limits_.sort_bytes);
            sorted_.resize(limits_.sort_bytes);
        }
        read_copy(part.begin, std::span{unsorted_}.first(size));
        std::vector<std::uint64_t> ends;
        for (rank r = part.first; r < part.last; ++r) ends.push_back(users_[r].region.offset - part.begin);
        for (std::size_t at = 0; at < size;) {
            auto const found = record::read(unsorted_.data() + at);
            auto& end = ends[found.owner - part.first];
            std::memcpy(sorted_.data() + end, unsorted_.data() + at, found.bytes());
            end += found.bytes();
            at += found.bytes();
        }
        write_at(copy_.fd.value(), part.begin, std::span{sorted_}.first(size), folder_.native());
    }

    /// Moves the group into a file of its own and distributes it from there into smaller groups.
    void sort_on_disk(const group& part)
    {
        dump_file scratch;
        scratch.fd = create_nameless_file(folder_);
        scratch.name = folder_.native();
        scratch.size = part.bytes();
        reserve_space(scratch.fd.value(), scratch.size, folder_);
        move_out(part, scratch);
        auto const groups = make_groups(users_, part.first, part.last, limits_);
        redistribute(scratch, groups);
        scratch = {};
        for (auto const& smaller : groups) sort(smaller);
    }

    void move_out(const group& part, const dump_file& scratch)
    {
        std::vector<std::uint8_t> piece(1U << 20);
        for (std::uint64_t done = 0; done < part.bytes();) {
            auto const size =
                static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), part.bytes() - done));
            auto const bytes = std::span{piece}.first(size);
            read_copy(part.begin + done, bytes);
            write_at(scratch.fd.value(), done, bytes, folder_.native());
            done += size;
        }
    }

    void redistribute(const dump_file& scratch, const std::vector<group>& groups)
    {
        group_writer writer{copy_.fd.value(), groups, limits_, folder_};
        file_window window{scratch, {}};
        for (std::uint64_t at = 0; at < scratch.size;) {
            auto const length =
                format::load_i32(window.view(at, record_header_bytes + 4) + record_header_bytes);
            auto const found =
                record::read(window.view(at, record_header_bytes + static_cast<std::size_t>(length)));
            if (!writer.add(found)) throw_changed(copy_.name);
            at += found.bytes();
        }
        if (!writer.finish()) throw_changed(copy_.name);
    }

    void read_copy(std::uint64_t offset, std::span<std::uint8_t> into) const
    {
        if (read_at(copy_.fd.value(), offset, into, copy_.name) != into.size()) throw_changed(copy_.name);
    }

    std::span<regroup_user> users_;
    const fs::path& folder_;
    const regroup_limits& limits_;
    std::vector<rank> rank_of_;
    dump_file copy_;
    std::vector<std::uint8_t> unsorted_;
    std::vector<std::uint8_t> sorted_;
};

} // namespace

dump_file
regroup(std::span<regroup_user> users, const std::string& name, const fs::path& folder,
        const regroup_limits& limits,
        const std::function<void(const std::function<void(user_slot, const found_document&)>&)>& for_each)
{
    regrouper work{users, name, folder, limits};
    return work.run(for_each);
}

} // namespace pryv_export::source
