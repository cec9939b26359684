#pragma once

#include "pryv_export/runtime/progress.hpp"
#include "pryv_export/verify/finding.hpp"

#include "checksums.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace pryv_export::verify {

enum class maker : std::uint8_t
{
    pryv_export,
    node_tool, ///< the Node export tools for v1
    v2_backup,
};

/// What the manifest says about the archive as a whole.
struct archive_facts
{
    maker made_by = maker::v2_backup;
    bool compressed = true;
    bool integrity_dropped = false; ///< the operator asked for it
    std::string_view suffix() const noexcept { return compressed ? ".jsonl.gz" : ".jsonl"; }
};

/// What all jobs of one verification share. Outlives them.
struct check_context
{
    std::filesystem::path root;
    archive_facts facts;
    std::optional<checksum_list> checksums; ///< absent: the archive has no SHA256SUMS
    const std::atomic<bool>& stopping;
    runtime::progress& progress;
    std::mutex long_line; ///< held by whoever has a line of more than a few MiB in memory
};

/// Where findings of one file go.
class file_scope
{
public:
    /// name: path inside the archive. All are borrowed.
    file_scope(findings& out, const archive_facts& facts, std::string name)
        : out_{out}, facts_{facts}, name_{std::move(name)}
    {
    }

    void add(rule which, std::uint64_t line, std::string_view id, std::string text) const;
    void add(rule which, severity level, std::uint64_t line, std::string_view id, std::string text) const;

    const archive_facts& facts() const noexcept { return facts_; }
    const std::string& name() const noexcept { return name_; }
    findings& out() const noexcept { return out_; }

private:
    findings& out_;
    const archive_facts& facts_;
    std::string name_;
};

} // namespace pryv_export::verify
