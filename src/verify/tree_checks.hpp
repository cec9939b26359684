#pragma once

#include "record_reader.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

/// Streams, accesses, profile sets, webhooks of one user: what v2's unique indexes and its order of import
/// say.
namespace pryv_export::verify {

/// 128 bits of SHA-256: equal only for equal texts, so sets need no texts.
using exact_hash = std::array<std::uint64_t, 2>;
struct exact_hash_hasher
{
    std::size_t operator()(const exact_hash& hash) const noexcept { return hash[0]; }
};
using exact_set = std::unordered_set<exact_hash, exact_hash_hasher>;
/// Of several parts; their borders count.
exact_hash exact_hash_of(std::initializer_list<std::string_view> parts);

/// What the checks below share: ids, and keys that must be unique.
class unique_records : public record_checker
{
public:
    explicit unique_records(const file_scope& scope) : scope_{scope} {}

protected:
    /// The id, after a complaint when it is missing or was there before.
    std::string take_id(json_value record, std::uint64_t line);
    const file_scope& scope_;

private:
    exact_set ids_;
};

class stream_checker final : public unique_records
{
public:
    using unique_records::unique_records;
    void record(json_value stream, std::uint64_t line) override;
    /// Complains about parents that never came. Call once, at the end.
    void finish();

private:
    struct orphan
    {
        exact_hash parent;
        std::uint64_t line;
        std::string id;
        std::string parent_id;
    };
    void place(json_value stream, std::uint64_t line, const std::string& id);
    void check_name(json_value stream, std::uint64_t line, const std::string& id);

    std::unordered_map<exact_hash, std::uint64_t, exact_hash_hasher> path_bytes_; ///< of the streams so far
    std::vector<orphan> orphans_;
    std::uint64_t more_orphans_ = 0;
    exact_set names_;
    exact_set paths_;
};

class access_checker final : public unique_records
{
public:
    access_checker(const file_scope& scope, integrity_hasher& hasher) : unique_records{scope}, hasher_{hasher}
    {
    }
    void record(json_value access, std::uint64_t line) override;

private:
    integrity_hasher& hasher_;
    exact_set tokens_;
    exact_set names_;
};

class profile_checker final : public unique_records
{
public:
    using unique_records::unique_records;
    void record(json_value set, std::uint64_t line) override;
};

class webhook_checker final : public unique_records
{
public:
    using unique_records::unique_records;
    void record(json_value webhook, std::uint64_t line) override;

private:
    exact_set targets_;
};

} // namespace pryv_export::verify
