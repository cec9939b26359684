#pragma once

#include "pryv_export/convert/rules.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace tight_loop {

using records = std::vector<pryv_export::convert::record>;

/// A file of a dump in memory (mapped, all pages present), and where its documents are.
class bson_file
{
public:
    /// Throws export_error when it cannot be read or a length points outside.
    explicit bson_file(const std::filesystem::path& path);
    bson_file(bson_file&& other) noexcept;
    ~bson_file();

    const records& documents() const noexcept { return documents_; }
    std::uint64_t bytes() const noexcept { return size_; }

    /// Documents of one user one behind the other, in stored order otherwise.
    void group_by_user();
    /// Pieces of `documents()`, one per user. Precondition: group_by_user() was called.
    std::vector<std::span<const pryv_export::convert::record>> users() const;

private:
    void find_documents(const std::filesystem::path& path);

    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
    records documents_;
};

/// A deployment as make-sample writes it.
struct deployment
{
    std::vector<bson_file> events;
    std::vector<bson_file> streams, accesses, profile, webhooks;
    std::vector<std::filesystem::path> audit;       ///< audit-1.0.0.sqlite of each user
    std::vector<std::filesystem::path> attachments; ///< every file below an attachments/
    std::uint64_t bytes = 0;                        ///< of all of these

    /// Adds what is in `folder` (dump/pryv-node, var-pryv/users). Throws export_error.
    void add(const std::filesystem::path& folder);
};

} // namespace tight_loop
