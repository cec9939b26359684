#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace pryv_export::format {

/// A growing run of bytes, never zeroed, with room reserved once per document and then filled
/// unchecked. Reuse it: clear() keeps the memory. Not thread-safe.
class text_buffer
{
public:
    text_buffer() noexcept = default;
    text_buffer(text_buffer&& other) noexcept
        : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)},
          capacity_{std::exchange(other.capacity_, 0)}
    {
    }
    text_buffer& operator=(text_buffer&& other) noexcept
    {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~text_buffer() { std::free(data_); }

    /// A place for at least `bytes` more bytes behind what is there; valid until the next call.
    char* room(std::size_t bytes)
    {
        if (capacity_ - size_ < bytes) grow(bytes);
        return data_ + size_;
    }

    /// Takes everything up to `end`, a pointer into what room() gave, as content.
    void advance_to(const char* end) noexcept { size_ = static_cast<std::size_t>(end - data_); }

    void append(std::string_view text)
    {
        if (text.empty()) return;
        copy(room(text.size()), text.data(), text.size());
        size_ += text.size();
    }
    /// The same for a text behind which `padding` more bytes can be read: goes in whole blocks.
    void append_padded(std::string_view text)
    {
        char* const to = room(text.size() + padding);
        for (std::size_t at = 0; at < text.size(); at += padding)
            std::memcpy(to + at, text.data() + at, padding);
        size_ += text.size();
    }
    static constexpr std::size_t padding = 16;
    void append(char c)
    {
        *room(1) = c;
        ++size_;
    }

    /// Cuts the content back to its first `size` bytes.
    void truncate(std::size_t size) noexcept { size_ = size; }
    void clear() noexcept { size_ = 0; }

    const char* data() const noexcept { return data_; }
    char* data() noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::size_t capacity() const noexcept { return capacity_; }
    std::string_view view() const noexcept { return {data_, size_}; }
    std::span<const char> bytes() const noexcept { return {data_, size_}; }

private:
    /// Most texts are short, and a call of memcpy() costs more than copying them.
    static void copy(char* to, const char* from, std::size_t size) noexcept
    {
        if (size > 32) {
            std::memcpy(to, from, size);
        } else if (size >= 16) {
            copy_ends<16>(to, from, size);
        } else if (size >= 8) {
            copy_ends<8>(to, from, size);
        } else if (size >= 4) {
            copy_ends<4>(to, from, size);
        } else {
            to[0] = from[0];
            to[size / 2] = from[size / 2];
            to[size - 1] = from[size - 1];
        }
    }
    /// Both ends, which cover the text.
    template <std::size_t Bytes>
    static void copy_ends(char* to, const char* from, std::size_t size) noexcept
    {
        std::memcpy(to, from, Bytes);
        std::memcpy(to + size - Bytes, from + size - Bytes, Bytes);
    }
    [[gnu::noinline, gnu::cold]] void grow(std::size_t bytes)
    {
        std::size_t wanted = capacity_ + capacity_ / 2;
        if (wanted < size_ + bytes) wanted = size_ + bytes;
        if (wanted < 256) wanted = 256;
        auto* const moved = static_cast<char*>(std::realloc(data_, wanted));
        if (moved == nullptr) throw std::bad_alloc{};
        data_ = moved;
        capacity_ = wanted;
    }

    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace pryv_export::format
