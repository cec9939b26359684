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
        std::memcpy(room(text.size()), text.data(), text.size());
        size_ += text.size();
    }
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
    void grow(std::size_t bytes)
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
