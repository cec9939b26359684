#include "pryv_export/archive/file_series.hpp"

#include "pryv_export/runtime/stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fcntl.h>
#include <utility>

namespace pryv_export::archive {

namespace {

constexpr std::size_t flush_at_bytes = 2U << 20;
constexpr std::size_t usual_digits = 4;

/// Large files go to disk while the next is made, so that the publisher finds little left to do.
void start_write_back(int fd, std::uint64_t bytes)
{
    if (bytes > flush_at_bytes) ::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

} // namespace

archive_file::archive_file(const file_folder& folder, std::string name, medium where)
    : record_{.name = std::move(name), .bytes = 0, .sha256_hex = {}}
{
    if (where == medium::none) return;
    path_ = joined(folder.path().native(), record_.name);
    fd_ = folder.create(record_.name);
}

void archive_file::write(std::span<const char> bytes)
{
    record_.bytes += bytes.size();
    if (!fd_) return;
    write_all(fd_.value(), bytes, path_);
    sha256_.update(bytes);
}

file_record archive_file::close()
{
    if (!fd_) return std::move(record_);
    start_write_back(fd_.value(), record_.bytes);
    fd_.close_checked(path_);
    record_.sha256_hex = format::hex(sha256_.finish().view());
    return std::move(record_);
}

file_record write_file(const file_folder& folder, std::string name, std::string_view content, medium where)
{
    file_record record{.name = std::move(name), .bytes = content.size(), .sha256_hex = {}};
    if (where == medium::none) return record;
    std::string const path = joined(folder.path().native(), record.name);
    unique_fd fd = folder.create(record.name);
    write_all(fd.value(), content, path);
    start_write_back(fd.value(), record.bytes);
    fd.close_checked(path);
    record.sha256_hex = format::hex(format::digest_of(format::digest_algorithm::sha256, content).view());
    return record;
}

file_series::file_series(std::shared_ptr<const file_folder> folder, naming how)
    : folder_{std::move(folder)}, how_{std::move(how)}
{
}

file_series::file_series(std::filesystem::path folder, naming how)
    : file_series{std::make_shared<const file_folder>(std::move(folder)), std::move(how)}
{
}

bool file_series::append(member&& piece)
{
    raw_bytes_ += piece.raw_bytes;
    lines_ += piece.lines;
    waiting_bytes_ += piece.bytes.size();
    waiting_.push_back(std::move(piece));
    return waiting_bytes_ >= flush_at_bytes;
}

void file_series::flush()
{
    runtime::span const busy{runtime::stage::write};
    for (const member& piece : waiting_) write(piece);
    waiting_.clear();
    waiting_bytes_ = 0;
}

void file_series::write(const member& piece)
{
    bool const chunked = how_.chunk_bytes != 0;
    if (chunked && open_ && open_raw_ + piece.raw_bytes > most_text_bytes) close_file();
    if (!open_) {
        open_.emplace(*folder_, next_name(), how_.where);
        open_raw_ = 0;
    }
    open_->write(piece.bytes.bytes());
    open_raw_ += piece.raw_bytes;
    if (chunked && open_raw_ >= how_.chunk_bytes) close_file();
}

void file_series::close_file()
{
    files_.push_back(open_->close());
    open_.reset();
}

void file_series::finish(std::string_view empty_content)
{
    if (!open_ && waiting_.size() <= 1) return write_whole_file(empty_content);
    flush();
    if (open_) close_file();
    widen_names();
}

/// Of most users each file has one member: it goes from the start to the end in one go.
void file_series::write_whole_file(std::string_view empty_content)
{
    bool const empty = waiting_.empty();
    if (empty && how_.chunk_bytes != 0) return widen_names();
    runtime::span const busy{runtime::stage::write};
    files_.push_back(
        write_file(*folder_, next_name(), empty ? empty_content : waiting_.front().bytes.view(), how_.where));
    waiting_.clear();
    waiting_bytes_ = 0;
    widen_names();
}

std::string file_series::next_name() const
{
    return how_.chunk_bytes != 0 ? chunk_name(files_.size() + 1, usual_digits) : how_.stem + how_.suffix;
}

std::string file_series::chunk_name(std::size_t number, std::size_t digits) const
{
    return fmt::format("{}{:0{}}{}", how_.stem, number, digits, how_.suffix);
}

void file_series::widen_names()
{
    std::size_t const digits = std::to_string(files_.size()).size();
    if (how_.chunk_bytes == 0 || digits <= usual_digits) return;
    for (std::size_t i = 0; i < files_.size(); ++i) {
        std::string wide = chunk_name(i + 1, digits);
        if (wide == files_[i].name) continue;
        if (how_.where == medium::disk) folder_->rename(files_[i].name, wide);
        files_[i].name = std::move(wide);
    }
}

} // namespace pryv_export::archive
