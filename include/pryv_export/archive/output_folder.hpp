#pragma once

#include "pryv_export/archive/medium.hpp"
#include "pryv_export/base/file.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

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
    /// data (`register/`, made before) or a converted configuration counts as empty. With `overwrite` it may
    /// hold an archive, finished or not, which stays until begin(); other things are never removed: they make
    /// it refuse. Takes a lock that a second run on the same folder meets. Throws
    /// export_error{cannot_create}.
    output_folder(std::filesystem::path root, existing policy);
    /// An output that is only thought of (a dry run): nothing below `root` is made or changed, and files for
    /// it go nowhere. scratch: what partial() is then; an existing private folder.
    static output_folder imagined(std::filesystem::path root, std::filesystem::path scratch);
    /// Throws what the constructor would throw; makes and locks nothing.
    static void check(const std::filesystem::path& root, existing policy);
    output_folder(output_folder&&) noexcept = default;
    output_folder& operator=(output_folder&&) noexcept = default;

    const std::filesystem::path& root() const noexcept { return root_; }
    /// Where the files that are written for this output go.
    medium where() const noexcept { return folder_ ? medium::disk : medium::none; }
    /// For unfinished things: same file system, mode 0700.
    const std::filesystem::path& partial() const noexcept { return partial_; }

    /// The sources are open, the export begins: removes the old archive and makes `users`. Once, before
    /// publish(). Throws export_error{cannot_create}.
    void begin();
    /// Makes everything written so far below the folder durable. One call covers any number of files. Throws
    /// export_error.
    void sync_all() const;
    /// rename(2) inside the output; refuses to replace anything. Throws export_error.
    void publish(const std::filesystem::path& from, const std::filesystem::path& to) const;
    /// Removes `.partial`. Called when the archive is complete.
    void finish();

    /// Instead of begin(): takes back what the constructor made. An old archive is as it was.
    void abandon() noexcept;

private:
    output_folder(std::filesystem::path root, std::filesystem::path partial);
    static std::vector<std::filesystem::path> find_old_archive(const std::filesystem::path& root,
                                                               existing policy);

    std::filesystem::path root_;
    std::filesystem::path partial_;
    unique_fd folder_; ///< none when imagined
    std::vector<std::filesystem::path> old_archive_;
};

} // namespace pryv_export::archive
