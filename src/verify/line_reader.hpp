#pragma once

#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include "check_context.hpp"
#include "gunzip.hpp"

#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace pryv_export::verify {

/// What v2 can take (docs/v2-archive.md sections 3 and 4).
constexpr std::uint64_t largest_file_bytes = (2ULL << 30) - 1;
constexpr std::uint64_t most_text_units = 536'870'888; ///< UTF-16, of one file
constexpr std::uint64_t longest_line_bytes = 256ULL << 20;

class line_listener
{
public:
    virtual ~line_listener() = default;
    /// A line without its newline, not blank; borrowed for the call. number: from 1.
    virtual void line(std::string_view text, std::uint64_t number) = 0;
};

/// Reads a file of lines once, with bounded memory: its bytes for the digest, its members, its lines. Keeps
/// its memory for the next file. One thread at a time.
class line_reader
{
public:
    explicit line_reader(check_context& context);

    /// scope names the file inside the archive. Everything that is wrong up to here is a finding; throws
    /// nothing for a broken file, export_error{interrupted} when the program is asked to stop.
    void read(const file_scope& scope, bool compressed, line_listener& lines);

private:
    void read_bytes(int fd, const file_scope& scope);
    void take(std::span<const std::uint8_t> block);
    void take_compressed();
    void take_text(std::size_t size);
    void deliver(std::string_view line);
    void hold_rest(std::size_t done);
    void skip_line();
    void end_of_text();
    void say_how_members_ended();
    void forget_text();

    check_context& context_;
    std::vector<std::uint8_t> block_;
    gunzip gunzip_;
    format::text_buffer text_; ///< what belongs to the line that has not ended yet, and new text
    std::size_t searched_ = 0; ///< bytes of text_ without a newline
    std::uint64_t number_ = 0; ///< of lines that ended
    std::uint64_t blank_ = 0;
    std::uint64_t first_blank_ = 0;
    std::uint64_t units_ = 0;
    bool compressed_ = true;
    bool skipping_ = false; ///< inside a line that is too long
    bool dead_ = false;     ///< nothing more can be read from the text
    std::unique_lock<std::mutex> long_line_;
    const file_scope* scope_ = nullptr;
    line_listener* lines_ = nullptr;
};

/// Digest of a file by any algorithm. Throws export_error: unreadable; interrupted.
format::digest::result digest_result_of_file(check_context& context, const std::filesystem::path& path,
                                             format::digest_algorithm algorithm);
/// SHA-256 of a file whose content is of no concern. Throws export_error: unreadable; interrupted.
sha256_bytes digest_of_file(check_context& context, const std::filesystem::path& path);
/// Holds the digest against SHA256SUMS, where there is one.
void check_digest(check_context& context, const file_scope& scope, const sha256_bytes& digest);

} // namespace pryv_export::verify
