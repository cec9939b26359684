#include "mongodump_cursor.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include <climits>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/uio.h>

namespace pryv_export::source {

namespace {

using buffer = std::shared_ptr<std::uint8_t[]>;

/// Bytes behind the documents of a batch that a parser may load (not use).
constexpr std::size_t padding_bytes = file_window::padding_bytes;
/// Reading the bytes between two extents is cheaper than another system call up to here.
constexpr std::size_t small_gap_bytes = 4096;
/// A long extent is read this far beyond the wanted bytes, so that the last document is mostly whole.
constexpr std::size_t peek_bytes = 4096;

buffer make_buffer(std::size_t bytes)
{
    auto made = std::make_shared_for_overwrite<std::uint8_t[]>(bytes + padding_bytes);
    std::memset(made.get() + bytes, 0, padding_bytes);
    return made;
}

/// Fills many pieces of memory from ascending places of one file with few system calls.
class gather_reader
{
public:
    explicit gather_reader(const dump_file& file) : file_{file} { slices_.reserve(64); }

    void add(std::uint64_t offset, std::uint8_t* into, std::size_t bytes)
    {
        std::uint64_t const gap = offset - end_;
        bool const far = offset < end_ || gap > small_gap_bytes || slices_.size() + 2 > IOV_MAX;
        if (!slices_.empty() && far) flush();
        if (slices_.empty())
            begin_ = offset;
        else if (gap != 0)
            slices_.push_back({junk_.data(), static_cast<std::size_t>(gap)});
        slices_.push_back({into, bytes});
        end_ = offset + bytes;
    }

    void flush()
    {
        std::span<iovec> left{slices_};
        while (!left.empty()) {
            auto const got = ::preadv(file_.fd.value(), left.data(), static_cast<int>(left.size()),
                                      static_cast<off_t>(begin_));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw_errno(errno, fmt::format("cannot read at offset {}", begin_), file_.name);
            if (got == 0) throw_changed(begin_, "became shorter while it was read");
            begin_ += static_cast<std::uint64_t>(got);
            left = skip(left, static_cast<std::size_t>(got));
        }
        slices_.clear();
    }

    [[noreturn]] void throw_changed(std::uint64_t offset, std::string_view how) const
    {
        throw export_error{exit_status::io_error, printable(file_.name),
                           fmt::format("{}, at offset {}", how, offset),
                           "leave the dump alone while it is exported"};
    }

private:
    static std::span<iovec> skip(std::span<iovec> slices, std::size_t bytes)
    {
        while (!slices.empty() && bytes >= slices.front().iov_len) {
            bytes -= slices.front().iov_len;
            slices = slices.subspan(1);
        }
        if (bytes != 0) {
            slices.front().iov_base = static_cast<std::uint8_t*>(slices.front().iov_base) + bytes;
            slices.front().iov_len -= bytes;
        }
        return slices;
    }

    const dump_file& file_;
    std::vector<iovec> slices_;
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
    std::array<std::uint8_t, small_gap_bytes> junk_;
};

class extent_cursor final : public document_cursor
{
public:
    extent_cursor(std::shared_ptr<const readable_file> file, extent_reader extents, std::size_t batch_bytes)
        : file_{std::move(file)}, extents_{std::move(extents)},
          batch_bytes_{std::max<std::size_t>(batch_bytes, 1)}, expected_{extents_.documents_left()},
          reader_{file_->file}
    {
    }

    bool next(batch& out) override
    {
        out = {};
        while (out.bytes < batch_bytes_ && has_current()) fill(out);
        expected_ -= out.documents.size();
        if (out.documents.empty() && expected_ != 0) {
            throw std::logic_error{"documents of a dump got lost between its index and its reader"};
        }
        return !out.documents.empty();
    }

    bool done() const override { return expected_ == 0; }

private:
    /// What one call of fill() reads: the first `bytes` of an extent.
    struct piece
    {
        extent from;
        std::size_t bytes = 0;

        bool is_whole() const noexcept { return bytes == from.bytes; }
    };

    bool has_current() { return current_.documents != 0 || extents_.next(current_); }

    void fill(batch& out)
    {
        std::size_t const bytes = plan(batch_bytes_ - out.bytes);
        auto const memory = make_buffer(bytes);
        read_pieces(memory.get());
        std::size_t const before = out.documents.size();
        const std::uint8_t* at = memory.get();
        for (auto const& part : pieces_) {
            take_documents(part, at, out);
            at += part.bytes;
        }
        if (out.documents.size() != before)
            out.owners.push_back(memory);
        else
            take_long_document(out);
    }

    /// Chooses pieces that hold at least `wanted` bytes of documents, if there are as many, and returns their
    /// size. Only the last one can be a part of an extent.
    std::size_t plan(std::size_t wanted)
    {
        pieces_.clear();
        std::size_t planned = 0;
        while (planned < wanted && has_current()) {
            std::size_t const most = wanted - planned + peek_bytes + headers_in(wanted - planned);
            auto const bytes = static_cast<std::size_t>(std::min<std::uint64_t>(current_.bytes, most));
            pieces_.push_back({current_, bytes});
            planned += bytes;
            current_ = {};
            if (!pieces_.back().is_whole()) break;
        }
        return planned;
    }

    std::size_t headers_in(std::size_t bytes) const
    {
        auto const in_documents = current_.bytes - current_.documents * file_->header_bytes;
        if (file_->header_bytes == 0 || in_documents == 0) return 0;
        double const share = static_cast<double>(bytes) / static_cast<double>(in_documents);
        auto const documents = static_cast<std::size_t>(share * static_cast<double>(current_.documents));
        return (documents + 1) * file_->header_bytes;
    }

    void read_pieces(std::uint8_t* into)
    {
        for (auto const& part : pieces_) {
            reader_.add(part.from.offset, into, part.bytes);
            into += part.bytes;
        }
        reader_.flush();
    }

    /// Size of the record at `at`, of which `left` bytes are in memory and `rest` on disk. 0: not even its
    /// length is in memory.
    std::size_t record_bytes(const std::uint8_t* at, std::size_t left, std::uint64_t rest,
                             std::uint64_t offset) const
    {
        if (left < file_->header_bytes + 4) return 0;
        std::int32_t const length = format::load_i32(at + file_->header_bytes);
        if (length < 5 || static_cast<std::uint64_t>(length) + file_->header_bytes > rest) {
            reader_.throw_changed(offset, "changed while it was read");
        }
        return static_cast<std::size_t>(length) + file_->header_bytes;
    }

    void append(const std::uint8_t* record, std::size_t bytes, std::uint64_t offset, batch& out) const
    {
        document added{{record + file_->header_bytes, bytes - file_->header_bytes}, offset};
        if (file_->header_bytes != 0) std::memcpy(&added.position, record, sizeof added.position);
        out.bytes += added.bytes.size();
        out.documents.push_back(added);
    }

    /// Takes the documents of a piece until the batch is full; what is left of its extent becomes current_.
    void take_documents(const piece& part, const std::uint8_t* at, batch& out)
    {
        extent rest = part.from;
        std::size_t left = part.bytes;
        while (out.bytes < batch_bytes_ && rest.documents != 0) {
            auto const size = record_bytes(at, left, rest.bytes, rest.offset);
            if (size == 0 || size > left) break;
            append(at, size, rest.offset, out);
            at += size;
            left -= size;
            rest = {rest.offset + size, rest.bytes - size, rest.documents - 1};
        }
        bool const lost = rest.documents == 0 ? rest.bytes != 0 : part.is_whole() && out.bytes < batch_bytes_;
        if (lost) reader_.throw_changed(rest.offset, "changed while it was read");
        current_ = rest;
    }

    /// The next document is longer than what fill() reads at a time.
    void take_long_document(batch& out)
    {
        std::array<std::uint8_t, record_header_bytes + 4> start{};
        auto const start_bytes = file_->header_bytes + 4;
        reader_.add(current_.offset, start.data(), start_bytes);
        reader_.flush();
        auto const size = record_bytes(start.data(), start_bytes, current_.bytes, current_.offset);
        auto const memory = make_buffer(size);
        reader_.add(current_.offset, memory.get(), size);
        reader_.flush();
        append(memory.get(), size, current_.offset, out);
        out.owners.push_back(memory);
        current_ = {current_.offset + size, current_.bytes - size, current_.documents - 1};
    }

    std::shared_ptr<const readable_file> file_;
    extent_reader extents_;
    std::size_t batch_bytes_;
    std::uint64_t expected_; ///< documents that were not handed out yet
    gather_reader reader_;
    extent current_; ///< what is left of the extent that was read last
    std::vector<piece> pieces_;
};

class whole_cursor final : public document_cursor
{
public:
    whole_cursor(dump_file file, std::size_t batch_bytes, std::function<void(damage)> on_damage)
        : file_{std::move(file)}, scanner_{file_, {}, std::move(on_damage)}, batch_bytes_{batch_bytes}
    {
    }

    bool next(batch& out) override
    {
        out = {};
        std::size_t left = 0;
        std::uint8_t* at = nullptr;
        for (found_document found;
             (out.bytes < batch_bytes_ || out.documents.empty()) && scanner_.next(found);) {
            if (found.bytes.size() > left) {
                left = std::max(found.bytes.size(), piece_bytes);
                auto const memory = make_buffer(left);
                at = memory.get();
                out.owners.push_back(memory);
            }
            std::memcpy(at, found.bytes.data(), found.bytes.size());
            out.documents.push_back({{at, found.bytes.size()}, found.offset});
            out.bytes += found.bytes.size();
            at += found.bytes.size();
            left -= found.bytes.size();
        }
        ended_ = out.documents.empty();
        return !ended_;
    }
    bool done() const override { return ended_; }

private:
    static constexpr std::size_t piece_bytes = 256 * 1024;

    dump_file file_;
    dump_scanner scanner_;
    std::size_t batch_bytes_;
    bool ended_ = false;
};

} // namespace

std::unique_ptr<document_cursor> make_extent_cursor(std::shared_ptr<const readable_file> file,
                                                    extent_reader extents, std::size_t batch_bytes)
{
    return std::make_unique<extent_cursor>(std::move(file), std::move(extents), batch_bytes);
}

std::unique_ptr<document_cursor> make_whole_cursor(dump_file file, std::size_t batch_bytes,
                                                   std::function<void(damage)> on_damage)
{
    return std::make_unique<whole_cursor>(std::move(file), batch_bytes, std::move(on_damage));
}

} // namespace pryv_export::source
