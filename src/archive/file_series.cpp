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
    // Large files go to disk while the next is made, so that the publisher finds little left to do.
    if (record_.bytes > flush_at_bytes) ::sync_file_range(fd_.value(), 0, 0, SYNC_FILE_RANGE_WRITE);
    fd_.close_checked(path_);
    record_.sha256_hex = format::hex(sha256_.finish().view());
    return std::move(record_);
}

file_record write_file(const file_folder& folder, std::string name, std::string_view content, medium where)
{
    archive_file file{folder, std::move(name), where};
    file.write(content);
    return file.close();
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
        open_.emplace(*folder_,
                      chunked ? chunk_name(files_.size() + 1, usual_digits) : how_.stem + how_.suffix,
                      how_.where);
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
    flush();
    if (how_.chunk_bytes == 0 && !open_) {
        open_.emplace(*folder_, how_.stem + how_.suffix, how_.where);
        open_->write(empty_content);
    }
    if (open_) close_file();
    widen_names();
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
