#pragma once

#include "ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sample {

enum class bson_type : std::uint8_t
{
    number = 0x01,
    string = 0x02,
    document = 0x03,
    array = 0x04,
    binary = 0x05,
    undefined = 0x06,
    oid = 0x07,
    boolean = 0x08,
    date = 0x09,
    null = 0x0a,
    regex = 0x0b,
    db_pointer = 0x0c,
    code = 0x0d,
    symbol = 0x0e,
    code_with_scope = 0x0f,
    int32 = 0x10,
    timestamp = 0x11,
    int64 = 0x12,
    decimal128 = 0x13,
    max_key = 0x7f,
    min_key = 0xff,
};

/// Appends BSON documents to one growing buffer; see bsonspec.org. Documents may
/// follow each other (a mongodump file is nothing else) and nest. Keys and
/// strings are taken as bytes: invalid UTF-8 and U+0000 in values pass, which is
/// what the odd records need.
class bson_out
{
public:
    const std::string& bytes() const { return bytes_; }
    std::string& bytes() { return bytes_; }
    std::size_t size() const { return bytes_.size(); }
    void clear() { bytes_.clear(); }

    void begin();
    void end();
    void begin_document(std::string_view key);
    void begin_array(std::string_view key);

    void string(std::string_view key, std::string_view value);
    /// A number as the Node driver stores it: Int32 when integral and in range,
    /// else Double.
    void number(std::string_view key, double value);
    void real(std::string_view key, double value);
    void int32(std::string_view key, std::int32_t value);
    void int64(std::string_view key, std::int64_t value);
    void boolean(std::string_view key, bool value);
    void null(std::string_view key);
    void date(std::string_view key, std::int64_t milliseconds);
    void oid(std::string_view key, const object_id& value);
    /// Any type by its raw payload.
    void raw(bson_type type, std::string_view key, std::string_view payload);
    void strings(std::string_view key, const std::vector<std::string>& values);

private:
    void head(bson_type type, std::string_view key);
    template <class T>
    void put(T value);

    std::string bytes_;
    std::vector<std::size_t> open_;
};

/// "0", "1", … without allocation; index < 1000.
std::string_view index_key(std::size_t index);

} // namespace sample
