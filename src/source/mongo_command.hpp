#pragma once

#include "pryv_export/format/bson.hpp"

#include <cstdint>
#include <memory>
#include <mongoc/mongoc.h>
#include <string_view>
#include <utility>

namespace pryv_export::source {

/// A BSON document that is built for a command.
class command
{
public:
    command() : bson_{bson_new()} {}
    ~command() { bson_destroy(bson_); }
    command(command&& from) noexcept : bson_{std::exchange(from.bson_, nullptr)}, items_{from.items_} {}
    command& operator=(command&& from) noexcept
    {
        std::swap(bson_, from.bson_);
        items_ = from.items_;
        return *this;
    }

    command& add(std::string_view key, std::string_view text);
    command& add(std::string_view key, std::int64_t number);
    command& add(std::string_view key, const command& document);
    command& add_flag(std::string_view key, bool value);
    command& add_array(std::string_view key, const command& array);
    /// A value as it was read from the server.
    command& add(std::string_view key, const format::bson_element& value);
    /// The next item of an array that is built.
    command& push(std::string_view text);
    command& push(const command& document);

    command copy() const
    {
        command made;
        bson_concat(made.bson_, bson_);
        return made;
    }
    const bson_t* get() const noexcept { return bson_; }
    /// For functions of libmongoc that add to it.
    bson_t* get_to_append() noexcept { return bson_; }
    format::bson_bytes bytes() const noexcept { return {bson_get_data(bson_), bson_->len}; }

private:
    bson_t* bson_;
    std::uint32_t items_ = 0;
};

/// {key: value}
template <class T>
command one(std::string_view key, const T& value)
{
    command made;
    made.add(key, value);
    return made;
}

/// A server's answer, with the memory that it came in.
struct reply
{
    std::shared_ptr<const std::uint8_t> owner;
    format::bson_bytes bytes;
};

} // namespace pryv_export::source
