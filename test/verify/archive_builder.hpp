#pragma once

#include "pryv_export/verify/verify.hpp"

#include "temporary_folder.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Archives written with zlib and a text editor's means: nothing of the writer is used.
namespace verify_test {

std::string gzip(std::string_view text);
std::string sha256_base64(std::string_view text);

/// An event with the hash that v2 computes for it. members: further JSON members, with a leading comma.
/// stable: the same, as the stable text has them; both sorted behind "createdBy".
std::string event(std::string_view id, std::string_view attachments = {});
/// A version of `head`.
std::string history(std::string_view id, std::string_view head, std::string_view attachments = {});
/// {"id":…,"fileName":…,…} of a file with this content.
std::string attachment(std::string_view id, std::string_view content);
std::string audit_row(std::string_view id);

/// A sound archive of one user with something of each kind; tests spoil it before they write it.
class archive_builder
{
public:
    enum class style
    {
        ours,
        node_tool,
        v2_backup
    };
    explicit archive_builder(style made_by = style::ours);

    static constexpr std::string_view user = "users/cuser0001/";

    /// Lines of a record file, without suffix: "users/cuser0001/streams".
    std::vector<std::string>& lines(const std::string& name) { return records_[name]; }
    std::vector<std::string>& user_lines(const std::string& name)
    {
        return records_[std::string{user} + name];
    }
    /// A file as it is.
    std::string& file(const std::string& name) { return files_[name]; }
    /// Stands for a record file, instead of its lines.
    void raw(const std::string& name, std::string bytes) { raw_[name] = std::move(bytes); }

    std::string manifest_extra; ///< members in front of "users"
    std::string stats_extra;    ///< instead of the counts
    std::string username = "alice";
    std::string more_users;      ///< further entries, with a leading comma
    std::string report_findings; ///< of the user and of the whole
    bool compressed = true;
    std::function<void(const std::filesystem::path&)> spoil; ///< after everything is written
    std::function<void(std::map<std::string, std::string>&)> before_sums;

    /// Writes it, and verifies it.
    pryv_export::verify::verify_report check(pryv_export::verify::verify_options options = {},
                                             std::size_t jobs = 2);
    void write(const std::filesystem::path& root);

private:
    std::string user_entry() const;
    std::string manifest() const;
    std::string report() const;
    std::size_t count(const std::string& name) const;
    std::string chunk_names(const std::string& folder) const;

    style style_;
    std::map<std::string, std::vector<std::string>> records_;
    std::map<std::string, std::string> files_;
    std::map<std::string, std::string> raw_;
};

} // namespace verify_test
