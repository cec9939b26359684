#include "line_reader.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pryv_export::verify {

namespace {

constexpr std::size_t block_bytes = 128U << 10;
constexpr std::size_t text_block_bytes = 512U << 10;
constexpr std::size_t long_line_bytes = 4U << 20;

void throw_if_stopping(const check_context& context)
{
    if (context.stopping)
        throw export_error{exit_status::interrupted, context.root.string(), "the check was interrupted"};
}

/// UTF-16 units of UTF-8 text: one per character, two beyond the basic plane.
std::uint64_t units_of(std::string_view text) noexcept
{
    const char* at = text.data();
    const char* const end = at + text.size();
    std::uint64_t units = 0;
#if defined(__SSE2__)
    for (; end - at >= 16; at += 16) {
        auto const block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        auto const begins = _mm_cmpgt_epi8(block, _mm_set1_epi8(-65));
        auto const astral = _mm_cmpeq_epi8(_mm_max_epu8(block, _mm_set1_epi8(-16)), block);
        // Each lane counts down from 0.
        auto const counts = _mm_sub_epi8(_mm_setzero_si128(), _mm_add_epi8(begins, astral));
        auto const sums = _mm_sad_epu8(counts, _mm_setzero_si128());
        units += static_cast<std::uint64_t>(_mm_cvtsi128_si64(sums)) +
                 static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums)));
    }
#endif
    for (; at != end; ++at)
        units += (static_cast<signed char>(*at) > -65) + (static_cast<unsigned char>(*at) >= 0xf0);
    return units;
}

sha256_bytes bytes_of(const format::digest::result& result)
{
    sha256_bytes out{};
    std::copy_n(result.bytes.begin(), out.size(), out.begin());
    return out;
}

/// JSON's white space and what JavaScript's trim() takes besides.
bool is_blank(std::string_view line) noexcept
{
    return line.find_first_not_of(" \t\r\v\f") == line.npos;
}

} // namespace

line_reader::line_reader(check_context& context) : context_{context}, block_(block_bytes) {}

void line_reader::forget_text()
{
    if (text_.capacity() > 2 * long_line_bytes) text_ = {};
    text_.clear();
    searched_ = 0;
    if (long_line_.owns_lock()) long_line_.unlock();
}

void line_reader::read(const file_scope& scope, bool compressed, line_listener& lines)
{
    scope_ = &scope;
    lines_ = &lines;
    compressed_ = compressed;
    number_ = blank_ = first_blank_ = units_ = 0;
    skipping_ = dead_ = false;
    gunzip_.reset();
    forget_text();
    try {
        unique_fd const fd = open_for_reading(context_.root / scope.name());
        read_bytes(fd.value(), scope);
        if (!dead_) end_of_text();
    } catch (const export_error& error) {
        forget_text();
        if (error.status() == exit_status::interrupted) throw;
        scope.add(rule::file_unreadable, 0, {}, error.what());
    }
    if (blank_ > 0) scope.add(rule::line_blank, first_blank_, {}, fmt::format("{} blank lines", blank_));
    forget_text();
}

void line_reader::read_bytes(int fd, const file_scope& scope)
{
    std::uint64_t offset = 0;
    format::digest digest;
    bool const digest_wanted = context_.checksums.has_value();
    while (std::size_t const size = read_at(fd, offset, block_, scope.name())) {
        throw_if_stopping(context_);
        offset += size;
        context_.progress.bytes_done += size;
        std::span<const std::uint8_t> const block = std::span{block_}.first(size);
        if (digest_wanted) digest.update({reinterpret_cast<const char*>(block.data()), size});
        if (!dead_) take(block);
    }
    if (compressed_ && !dead_) {
        gunzip_.feed({});
        take_compressed();
    }
    if (offset > largest_file_bytes) scope.add(rule::file_too_large, 0, {}, fmt::format("{} bytes", offset));
    if (digest_wanted) check_digest(context_, scope, bytes_of(digest.finish()));
}

void line_reader::take(std::span<const std::uint8_t> block)
{
    if (compressed_) {
        gunzip_.feed(block);
        take_compressed();
        return;
    }
    char* const room = text_.room(block.size());
    std::memcpy(room, block.data(), block.size());
    take_text(block.size());
}

void line_reader::take_compressed()
{
    while (!dead_) {
        std::size_t const size = gunzip_.read({text_.room(text_block_bytes), text_block_bytes});
        if (size == 0) break;
        take_text(size);
    }
    gunzip_status const status = gunzip_.status();
    if (status != gunzip_status::more && status != gunzip_status::end && !dead_) {
        say_how_members_ended();
        dead_ = true;
    }
}

void line_reader::say_how_members_ended()
{
    switch (gunzip_.status()) {
    case gunzip_status::empty:
        scope_->add(rule::gzip_truncated, 0, {}, "the file is empty, not even a gzip header");
        break;
    case gunzip_status::truncated:
        scope_->add(rule::gzip_truncated, 0, {},
                    fmt::format("the file ends inside a gzip member, behind line {}", number_));
        break;
    case gunzip_status::trailing:
        scope_->add(rule::gzip_trailing, 0, {}, "something that is no gzip follows the last member");
        break;
    default:
        scope_->add(rule::gzip_broken, 0, {},
                    fmt::format("no gzip, or a wrong checksum, behind line {}", number_));
    }
}

/// `size` new bytes are behind the end of text_.
void line_reader::take_text(std::size_t size)
{
    text_.advance_to(text_.data() + text_.size() + size);
    std::string_view const added = text_.view().substr(text_.size() - size);
    units_ += units_of(added);
    if (units_ > most_text_units) {
        scope_->add(rule::text_too_large, 0, {}, fmt::format("more than {} UTF-16 units", most_text_units));
        dead_ = true;
        forget_text();
        return;
    }
    std::size_t done = 0;
    for (;;) {
        std::string_view const all = text_.view();
        std::size_t const end = all.find('\n', searched_);
        if (end == all.npos) break;
        ++number_;
        if (!skipping_) deliver(all.substr(done, end - done));
        skipping_ = false;
        done = searched_ = end + 1;
    }
    hold_rest(done);
}

void line_reader::deliver(std::string_view line)
{
    if (!is_blank(line)) {
        lines_->line(line, number_);
        return;
    }
    if (blank_++ == 0) first_blank_ = number_;
}

/// Keeps what is behind the last newline.
void line_reader::hold_rest(std::size_t done)
{
    std::size_t const rest = text_.size() - done;
    if (done > 0 && text_.capacity() > 2 * long_line_bytes && rest < long_line_bytes) {
        std::string const kept{text_.view().substr(done)};
        forget_text();
        text_.append(kept);
    } else if (done > 0) {
        std::memmove(text_.data(), text_.data() + done, rest);
        text_.truncate(rest);
    }
    searched_ = rest;
    if (skipping_ || rest > longest_line_bytes) return skip_line();
    if (rest <= long_line_bytes) {
        if (long_line_.owns_lock()) long_line_.unlock();
    } else if (!long_line_.owns_lock()) {
        long_line_ = std::unique_lock{context_.long_line};
    }
}

void line_reader::skip_line()
{
    if (!skipping_) {
        scope_->add(rule::line_too_long, number_ + 1, {},
                    fmt::format("more than {} MiB", longest_line_bytes >> 20));
    }
    skipping_ = true;
    forget_text();
}

void line_reader::end_of_text()
{
    if (text_.empty() && !skipping_) return;
    ++number_;
    scope_->add(rule::line_unended, number_, {}, "no newline at the end of the file");
    if (!skipping_) deliver(text_.view());
}

format::digest::result digest_result_of_file(check_context& context, const std::filesystem::path& path,
                                             format::digest_algorithm algorithm)
{
    unique_fd const fd = open_for_reading(path);
    std::vector<std::uint8_t> block(block_bytes);
    format::digest digest{algorithm};
    std::uint64_t offset = 0;
    while (std::size_t const size = read_at(fd.value(), offset, block, path.string())) {
        throw_if_stopping(context);
        offset += size;
        context.progress.bytes_done += size;
        digest.update({reinterpret_cast<const char*>(block.data()), size});
    }
    return digest.finish();
}

sha256_bytes digest_of_file(check_context& context, const std::filesystem::path& path)
{
    return bytes_of(digest_result_of_file(context, path, format::digest_algorithm::sha256));
}

void check_digest(check_context& context, const file_scope& scope, const sha256_bytes& digest)
{
    if (!context.checksums || !context.checksums->expects(scope.name())) return;
    if (!context.checksums->matches(scope.name(), digest))
        scope.add(rule::checksum_mismatch, 0, {}, "its bytes are not those of SHA256SUMS");
}

} // namespace pryv_export::verify
