#include "pryv_export/archive/sorted_spool.hpp"

#include "pryv_export/base/error.hpp"

#include "nameless_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace pryv_export::archive {

namespace {

constexpr std::size_t write_bytes = 1U << 20;
constexpr std::size_t least_window = 4U << 10;
constexpr std::size_t most_window = 1U << 20;
constexpr std::size_t head_bytes = 8; // of a record on disk: two sizes

std::uint64_t head_of(std::string_view key) noexcept
{
    std::uint64_t head = 0;
    for (std::size_t i = 0; i < sizeof head; ++i)
        head = head << 8 | (i < key.size() ? static_cast<std::uint8_t>(key[i]) : 0);
    return head;
}

void append_size(std::string& out, std::uint32_t size)
{
    std::array<char, sizeof size> bytes{};
    std::memcpy(bytes.data(), &size, sizeof size);
    out.append(bytes.data(), bytes.size());
}

std::uint32_t size_at(std::string_view bytes, std::size_t offset)
{
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + offset, sizeof size);
    return size;
}

} // namespace

/// Reads one run through a window.
class sorted_spool::cursor
{
public:
    cursor(const sorted_spool& spool, run where, std::size_t window)
        : spool_{spool}, at_{where.begin}, end_{where.end}, window_{window}
    {
    }

    /// False at the end of the run.
    bool next()
    {
        used_ += record_bytes_;
        record_bytes_ = 0;
        if (!have(head_bytes)) return false;
        std::size_t const key_bytes = size_at(buffer_, used_);
        std::size_t const text_bytes = size_at(buffer_, used_ + sizeof(std::uint32_t));
        record_bytes_ = head_bytes + key_bytes + text_bytes;
        if (!have(record_bytes_)) throw lost_end();
        std::string_view const record{buffer_.data() + used_, record_bytes_};
        key_ = record.substr(head_bytes, key_bytes);
        text_ = record.substr(head_bytes + key_bytes);
        return true;
    }

    std::string_view key() const noexcept { return key_; }
    std::string_view text() const noexcept { return text_; }

private:
    export_error lost_end() const
    {
        return {exit_status::io_error, spool_.folder_.native(), "a temporary file lost its end"};
    }

    /// True when so many bytes are in the buffer behind what is used; false at the end of the run.
    bool have(std::size_t bytes)
    {
        if (buffer_.size() - used_ >= bytes) return true;
        buffer_.erase(0, used_);
        used_ = 0;
        std::size_t const before = buffer_.size();
        auto const wanted = std::min<std::uint64_t>(std::max(window_, bytes) - before, end_ - at_);
        if (before + wanted < bytes) {
            if (before + wanted > 0) throw lost_end();
            return false;
        }
        buffer_.resize(before + wanted);
        std::span<std::uint8_t> const into{reinterpret_cast<std::uint8_t*>(buffer_.data()) + before, wanted};
        if (read_at(spool_.fd_.value(), at_, into, spool_.folder_.native()) != wanted) throw lost_end();
        at_ += wanted;
        return true;
    }

    const sorted_spool& spool_;
    std::uint64_t at_;
    std::uint64_t end_;
    std::size_t window_;
    std::string buffer_;
    std::size_t used_ = 0;
    std::size_t record_bytes_ = 0;
    std::string_view key_;
    std::string_view text_;
};

sorted_spool::sorted_spool(std::filesystem::path folder, std::size_t memory_bytes)
    : folder_{std::move(folder)}, memory_bytes_{memory_bytes}
{
}

void sorted_spool::put(std::string_view key, std::string_view text)
{
    // At once: growing would take as much again, and leave holes behind.
    if (texts_.capacity() < memory_bytes_) texts_.reserve(memory_bytes_);
    entries_.push_back({.head = head_of(key),
                        .offset = static_cast<std::uint32_t>(texts_.size()),
                        .key_bytes = static_cast<std::uint32_t>(key.size()),
                        .text_bytes = static_cast<std::uint32_t>(text.size())});
    texts_ += key;
    texts_ += text;
    ++size_;
}

void sorted_spool::sort()
{
    std::stable_sort(entries_.begin(), entries_.end(), [this](const entry& a, const entry& b) {
        return a.head != b.head ? a.head < b.head : key_of(a) < key_of(b);
    });
}

void sorted_spool::spill()
{
    if (entries_.empty()) return;
    if (!fd_) fd_ = open_nameless_file(folder_);
    sort();
    std::uint64_t const begin = end_;
    std::string out;
    auto const write = [&] {
        write_all(fd_.value(), out, folder_.native());
        end_ += out.size();
        out.clear();
    };
    for (const entry& e : entries_) {
        append_size(out, e.key_bytes);
        append_size(out, e.text_bytes);
        out.append(texts_, e.offset, std::size_t{e.key_bytes} + e.text_bytes);
        if (out.size() >= write_bytes) write();
    }
    write();
    runs_.push_back({begin, end_});
    entries_.clear();
    texts_.clear();
}

void sorted_spool::read(const std::function<void(std::string_view key, std::string_view text)>& each)
{
    if (runs_.empty()) {
        sort();
        for (const entry& e : entries_) {
            each(key_of(e), std::string_view{texts_}.substr(e.offset + e.key_bytes, e.text_bytes));
        }
        return;
    }
    spill();
    entries_ = {};
    texts_ = {};
    merge(each);
}

void sorted_spool::merge(const std::function<void(std::string_view, std::string_view)>& each)
{
    std::size_t const window = std::clamp(memory_bytes_ / runs_.size(), least_window, most_window);
    std::vector<cursor> cursors;
    for (const run& where : runs_) cursors.emplace_back(*this, where, window);
    // A heap of runs, the least key on top; of equal keys the earlier run's.
    auto const later = [&](std::size_t a, std::size_t b) {
        int const order = cursors[a].key().compare(cursors[b].key());
        return order != 0 ? order > 0 : a > b;
    };
    std::vector<std::size_t> heap;
    for (std::size_t i = 0; i < cursors.size(); ++i) {
        if (cursors[i].next()) heap.push_back(i);
    }
    std::make_heap(heap.begin(), heap.end(), later);
    while (!heap.empty()) {
        std::pop_heap(heap.begin(), heap.end(), later);
        cursor& least = cursors[heap.back()];
        each(least.key(), least.text());
        if (least.next())
            std::push_heap(heap.begin(), heap.end(), later);
        else
            heap.pop_back();
    }
}

void sorted_spool::clear()
{
    entries_.clear();
    texts_.clear();
    runs_.clear();
    fd_.reset();
    end_ = 0;
    size_ = 0;
}

} // namespace pryv_export::archive
