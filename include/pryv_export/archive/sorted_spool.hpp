#pragma once

#include "pryv_export/base/file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::archive {

/// Texts under keys that come in any order and are needed in the order of their keys (as bytes; equal keys in
/// the order in which they came). What does not fit into memory goes to disk as sorted runs. Blocking where
/// said; one thread at a time. The file has no name: it goes when the process goes.
class sorted_spool
{
public:
    /// folder: where the nameless file is made, if it is needed. memory_bytes: what is kept before a run is
    /// written, and again what merging takes.
    explicit sorted_spool(std::filesystem::path folder, std::size_t memory_bytes = 16U << 20);

    /// No I/O. key and text: less than 4 GiB together.
    void put(std::string_view key, std::string_view text);
    /// True when spill() should be called before more is put.
    bool full() const noexcept { return texts_.size() + entries_.size() * sizeof(entry) >= memory_bytes_; }
    /// Blocking: sorts what is in memory and writes it.
    void spill();
    /// Blocking: calls `each` for all in order; the views are valid during the call. Once, at the end.
    void read(const std::function<void(std::string_view key, std::string_view text)>& each);

    /// Everything that was put is forgotten.
    void clear();
    std::uint64_t size() const noexcept { return size_; }

private:
    struct entry
    {
        std::uint64_t head; ///< first 8 bytes of the key, for a fast comparison
        std::uint32_t offset;
        std::uint32_t key_bytes;
        std::uint32_t text_bytes;
    };
    struct run
    {
        std::uint64_t begin;
        std::uint64_t end;
    };
    class cursor;

    std::string_view key_of(const entry& e) const
    {
        return std::string_view{texts_}.substr(e.offset, e.key_bytes);
    }
    void sort();
    void merge(const std::function<void(std::string_view, std::string_view)>& each);

    std::filesystem::path folder_;
    std::size_t memory_bytes_;
    std::string texts_;
    std::vector<entry> entries_;
    unique_fd fd_;
    std::uint64_t end_ = 0;
    std::vector<run> runs_;
    std::uint64_t size_ = 0;
};

} // namespace pryv_export::archive
