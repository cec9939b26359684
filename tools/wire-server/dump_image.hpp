#pragma once

#include "bson_order.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace wire {

/// One document of a mapped file, and where its keys lie.
struct document
{
    const std::uint8_t* data;
    std::uint32_t size;
    std::uint32_t user_at; ///< offset of the element userId; 0: none
    std::uint32_t id_at;   ///< offset of the element _id; 0: none

    bson_bytes view() const noexcept { return {data, size}; }
    bson_element user() const noexcept;
    bson_element id() const noexcept;
};

using order = std::vector<std::uint32_t>;

struct collection
{
    std::string name;
    std::vector<document> documents; ///< as in the file
    order by_user;                   ///< by userId, then _id
    order by_id;
    std::uint64_t bytes = 0;
    /// No userId or _id is an array: both orders can be searched for values.
    bool plain_keys = true;
};

/// A file mapped for reading.
class mapped_file
{
public:
    explicit mapped_file(const std::filesystem::path& path);
    mapped_file(mapped_file&& other) noexcept;
    mapped_file& operator=(mapped_file&&) = delete;
    ~mapped_file();
    bson_bytes view() const noexcept { return {data_, size_}; }

private:
    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

using database = std::map<std::string, collection, std::less<>>;

/// A mongodump folder, mapped and put in order. Does not change once it is made.
class dump_image
{
public:
    explicit dump_image(const std::filesystem::path& folder);

    const std::map<std::string, database, std::less<>>& databases() const noexcept { return databases_; }
    /// Nothing when there is no such collection.
    const collection* find(std::string_view database_name, std::string_view name) const noexcept;

private:
    void add_database(const std::filesystem::path& folder);

    std::map<std::string, database, std::less<>> databases_;
    std::vector<mapped_file> files_;
};

} // namespace wire
