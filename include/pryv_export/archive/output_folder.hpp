#pragma once

#include "pryv_export/base/file.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace pryv_export::archive {

/// The folder that becomes an archive. While it is made, unfinished things live in `.partial` inside it;
/// without manifest.json it is no archive. Blocking.
class output_folder
{
public:
    enum class existing : std::uint8_t
    {
        refuse,
        overwrite
    };

    /// Creates the folder (0700; its parent must exist) or takes an empty one. One that holds only register
    /// data (`register/`, made before) or a converted configuration counts as empty. With `overwrite` an
    /// archive in it, finished or not, is removed; other things are never removed: they make it refuse. Takes
    /// a lock that a second run on the same folder meets. Throws export_error{cannot_create}.
    output_folder(std::filesystem::path root, existing policy);
    output_folder(output_folder&&) noexcept = default;
    output_folder& operator=(output_folder&&) noexcept = default;

    const std::filesystem::path& root() const noexcept { return root_; }
    /// For unfinished things: same file system, mode 0700.
    const std::filesystem::path& partial() const noexcept { return partial_; }

    /// Makes everything written so far below the folder durable. One call covers any number of files. Throws
    /// export_error.
    void sync_all() const;
    /// rename(2) inside the output; refuses to replace anything. Throws export_error.
    void publish(const std::filesystem::path& from, const std::filesystem::path& to) const;
    /// Removes `.partial`. Called when the archive is complete.
    void finish();

    /// Takes back what the constructor made, as long as nothing was published: the folder can be used again.
    void abandon() noexcept;

private:
    void refuse_or_clear(existing policy);
    std::filesystem::path root_;
    std::filesystem::path partial_;
    unique_fd folder_;
};

} // namespace pryv_export::archive
