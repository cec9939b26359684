#pragma once

#include "pryv_export/base/file.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::archive {

/// A folder that new files of an archive are made in. It is opened with the first of them and held open, so
/// that their names are looked up from it and not from the root. All functions block and throw export_error;
/// one thread at a time.
class file_folder
{
public:
    /// Nothing is opened or made yet.
    file_folder(std::filesystem::path path) : path_{std::move(path)} {} // NOLINT: a path is meant as one

    const std::filesystem::path& path() const noexcept { return path_; }

    /// Makes the folder itself, mode 0700.
    void make() const;
    /// Makes a folder in it, mode 0700, unless this object did already; fine when it is there (not as a
    /// link).
    void make_folder(std::string_view name) const;
    /// A new file of mode 0600; folders in its name ("events/…") are made. Throws when it is there already.
    unique_fd create(const std::string& name) const;
    void rename(const std::string& from, const std::string& to) const;
    /// All files are made. It would be opened again for another.
    void close() const noexcept { fd_.reset(); }

private:
    int opened() const;

    std::filesystem::path path_;
    mutable unique_fd fd_;
    mutable std::vector<std::string> made_;
};

} // namespace pryv_export::archive
