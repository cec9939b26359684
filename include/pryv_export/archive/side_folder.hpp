#pragma once

#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/base/file.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace pryv_export::archive {

/// A folder of an output that is made on its own, beside what else the output holds: `register/`. It appears
/// complete or not at all; one that is there stays until then. Blocking.
class side_folder
{
public:
    /// Creates the output when needed and locks it, as output_folder does. Throws
    /// export_error{cannot_create}.
    side_folder(std::filesystem::path root, std::string_view name, output_folder::existing policy);
    /// What was not published is removed.
    ~side_folder();
    side_folder(const side_folder&) = delete;
    side_folder& operator=(const side_folder&) = delete;

    const std::filesystem::path& root() const noexcept { return root_; }
    /// Where the files are made: same file system, mode 0700.
    const std::filesystem::path& partial() const noexcept { return partial_; }
    /// The folder once it is published.
    const std::filesystem::path& path() const noexcept { return path_; }

    /// Makes everything durable and puts it in place of what was there. Throws export_error.
    void publish();

private:
    std::filesystem::path root_;
    std::filesystem::path path_;
    std::filesystem::path partial_;
    unique_fd folder_;
};

} // namespace pryv_export::archive
