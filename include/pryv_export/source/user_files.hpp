#pragma once

#include "pryv_export/base/file.hpp"
#include "pryv_export/source/place.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// v1's folders of users and their attachments (docs/v1-data.md "Folders"). All calls block. No link is ever
/// followed.
namespace pryv_export::source {

struct user_place
{
    path_kind kind = path_kind::other;
    opened_folder folder; ///< the path without a descriptor when `kind` is not `folder`
};
/// Opens `<base>/<last char>/<last but one>/<last but two>/<user id>`, no link followed on the way below
/// `base`. `other` and no path for an id that v1 refuses (fewer than 3 characters) or that is not a safe file
/// name. Throws export_error when a level may not be read.
user_place open_user_folder(const opened_folder& base, std::string_view user_id);

/// The same, for one look.
user_place open_user_folder(const std::filesystem::path& base, std::string_view user_id);

/// v1's folder of users; a link to it is followed. Without a descriptor when there is none. Throws
/// export_error when it may not be read.
opened_folder open_users_folder(const std::filesystem::path& base);

/// User ids that have a folder below `base` (each at the place that open_user_folder looks at), sorted. Other
/// entries of the three levels go to `strangers`. Throws export_error when a folder cannot be read.
std::vector<std::string> list_user_folders(const std::filesystem::path& base,
                                           std::vector<std::string>& strangers);

struct attachment_file
{
    std::string event_id;
    std::string file_id;
    std::uint64_t bytes = 0; ///< when listed
};
struct attachment_listing
{
    std::vector<attachment_file> files; ///< sorted by (event id, file id), byte order
    std::vector<std::string> strangers; ///< links, sockets, files at the wrong level, …: paths relative to
                                        ///< the folder, with what they are
};
/// Lists `<folder>/<eventId>/<fileId>`. An absent folder is an empty listing. Throws export_error{denied}
/// when a folder may not be read.
attachment_listing list_attachments(const place& folder);

/// Why the regular file (no link is followed) cannot be opened for reading, as an error line; nothing when it
/// can.
std::optional<std::string> why_unreadable(const std::filesystem::path& file);

struct copied_file
{
    std::uint64_t bytes = 0;
    std::string sha256_base64; ///< standard base64 of the digest of the bytes that were written
    std::string sha256_hex;
    bool changed_while_read = false; ///< size or mtime differed before and after, twice
};
/// Copies the regular file `from` (opened O_NOFOLLOW, checked with fstat on the same descriptor) to the new
/// file `to` (mode 0600, O_EXCL): reflink for large files where the file system can, else read/write; hashed
/// while copied, holes kept. A file that changes while it is read is read again once; never more than its
/// size at the start is read. `stop` is asked every 256 KiB; export_error{interrupted} then. `to` is removed
/// on every error. fsync is the caller's business. Throws export_error naming the file.
copied_file copy_attachment(const std::filesystem::path& from, const std::filesystem::path& to,
                            const std::function<bool()>& stop = {});

} // namespace pryv_export::source
