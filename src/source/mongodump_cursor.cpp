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

[[noreturn]] void throw_changed(const dump_file& file, std::uint64_t offset, std::string_view how)
{
    throw export_error{exit_status::io_error, printable(file.name),
                       fmt::format("{}, at offset {}", how, offset),
                       "leave the dump alone while it is exported"};
}

/// Fills many pieces of memory from ascending places of one file with few system calls.
class gather_reader
{
public:
    /// What is added from now on is read from `file`, which stays open until flush().
    void begin(const dump_file& file)
    {
        file_ = &file;
        slices_.clear();
    }

    void add(std::uint64_t offset, std::uint8_t* into, std::size_t bytes)
    {
        std::uint64_t const gap = offset - end_;
        bool const far = offset < end_ || gap > small_gap_bytes || slices_.size() + 2 > IOV_MAX;
        if (!slices_.empty() && far) flush();
        if (slices_.empty()) {
            begin_ = offset;
            slices_.push_back({into, bytes});
        } else if (into == into_end_ + gap) {
            slices_.back().iov_len += static_cast<std::size_t>(gap) + bytes;
        } else {
            if (gap != 0) slices_.push_back({junk_.data(), static_cast<std::size_t>(gap)});
            slices_.push_back({into, bytes});
        }
        end_ = offset + bytes;
        into_end_ = into + bytes;
    }

    void flush()
    {
        std::span<iovec> left{slices_};
        while (!left.empty()) {
            auto const got = read(left);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw_errno(errno, fmt::format("cannot read at offset {}", begin_), file_->name);
            if (got == 0) throw_changed(*file_, begin_, "became shorter while it was read");
            begin_ += static_cast<std::uint64_t>(got);
            left = skip(left, static_cast<std::size_t>(got));
        }
        slices_.clear();
    }

private:
    ssize_t read(std::span<const iovec> into) const
    {
        auto const fd = file_->fd.value();
        auto const from = static_cast<off_t>(begin_);
        if (into.size() == 1) return ::pread(fd, into.front().iov_base, into.front().iov_len, from);
        return ::preadv(fd, into.data(), static_cast<int>(into.size()), from);
    }

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

    const dump_file* file_ = nullptr;
    std::vector<iovec> slices_;
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
    std::uint8_t* into_end_ = nullptr;
    std::array<std::uint8_t, small_gap_bytes> junk_;
};

/// What is read at a time into one buffer: beginnings of extents, in ascending order. Only the last one can
/// be less than its extent.
class read_plan
{
public:
    struct piece
    {
        extent from;
        std::size_t bytes = 0;
        std::size_t at = 0; ///< place in the buffer

        bool is_whole() const noexcept { return bytes == from.bytes; }
    };

    void clear()
    {
        pieces_.clear();
        planned_ = kept_ = documents_ = 0;
    }

    void add(const extent& from, std::size_t bytes)
    {
        std::size_t const kept = kept_gap(from.offset);
        pieces_.push_back({from, bytes, planned_ + kept_ + kept});
        planned_ += bytes;
        kept_ += kept;
        double const share = static_cast<double>(bytes) / static_cast<double>(from.bytes);
        documents_ += static_cast<std::size_t>(share * static_cast<double>(from.documents));
    }

    buffer read(const dump_file& file)
    {
        auto memory = make_buffer(planned_ + kept_);
        reader_.begin(file);
        for (auto const& part : pieces_) reader_.add(part.from.offset, memory.get() + part.at, part.bytes);
        reader_.flush();
        return memory;
    }

    std::span<const piece> pieces() const noexcept { return pieces_; }
    bool is_full() const noexcept { return pieces_.size() == most_pieces; }
    /// Bytes of all pieces.
    std::size_t planned() const noexcept { return planned_; }
    /// About as many documents are in them.
    std::size_t documents() const noexcept { return documents_; }

private:
    static constexpr std::size_t most_pieces = 4096;

    /// Bytes between the last piece and `offset` that are kept in the buffer, so that one longer read fills
    /// it. They are at most a third of it.
    std::size_t kept_gap(std::uint64_t offset) const
    {
        if (pieces_.empty()) return 0;
        auto const& last = pieces_.back();
        std::uint64_t const gap = offset - (last.from.offset + last.bytes);
        return gap <= small_gap_bytes && kept_ + gap <= planned_ / 2 ? static_cast<std::size_t>(gap) : 0;
    }

    std::vector<piece> pieces_;
    std::size_t planned_ = 0;
    std::size_t kept_ = 0;
    std::size_t documents_ = 0;
    gather_reader reader_;
};

/// Plans are of one read, their memory is the thread's: cursors of small users are many.
read_plan& empty_plan()
{
    static thread_local read_plan plan;
    plan.clear();
    return plan;
}

class extent_cursor final : public document_cursor
{
public:
    extent_cursor(std::shared_ptr<const readable_file> file, extent_reader extents, std::size_t batch_bytes)
        : file_{std::move(file)}, extents_{std::move(extents)},
          batch_bytes_{std::max<std::size_t>(batch_bytes, 1)}, expected_{extents_.documents_left()}
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
    bool has_current() { return current_.documents != 0 || extents_.next(current_); }

    void fill(batch& out)
    {
        auto& plan = empty_plan();
        fill_plan(plan, batch_bytes_ - out.bytes);
        auto const memory = plan.read(file_->file);
        std::size_t const before = out.documents.size();
        if (before == 0) out.documents.reserve(plan.documents());
        for (auto const& part : plan.pieces()) take_documents(part, memory.get() + part.at, out);
        if (out.documents.size() != before)
            out.owners.push_back(memory);
        else
            take_long_document(out);
    }

    /// Chooses pieces that hold at least `wanted` bytes of documents, if there are as many and the plan can
    /// take them.
    void fill_plan(read_plan& plan, std::size_t wanted)
    {
        while (plan.planned() < wanted && !plan.is_full() && has_current()) {
            std::size_t const left = wanted - plan.planned();
            std::size_t const most = left + peek_bytes + headers_in(left);
            bool const is_whole = current_.bytes <= most;
            plan.add(current_, is_whole ? static_cast<std::size_t>(current_.bytes) : most);
            current_ = {};
            if (!is_whole) break;
        }
    }

    std::size_t headers_in(std::size_t bytes) const
    {
        auto const in_documents = current_.bytes - current_.documents * file_->header_bytes;
        if (file_->header_bytes == 0 || in_documents == 0) return 0;
        double const share = static_cast<double>(bytes) / static_cast<double>(in_documents);
        auto const documents = static_cast<std::size_t>(share * static_cast<double>(current_.documents));
        return (documents + 1) * file_->header_bytes;
    }

    /// Size of the record at `at`, of which `left` bytes are in memory and `rest` on disk. 0: not even its
    /// length is in memory.
    std::size_t record_bytes(const std::uint8_t* at, std::size_t left, std::uint64_t rest,
                             std::uint64_t offset) const
    {
        if (left < file_->header_bytes + 4) return 0;
        std::int32_t const length = format::load_i32(at + file_->header_bytes);
        if (length < 5 || static_cast<std::uint64_t>(length) + file_->header_bytes > rest) {
            throw_changed(file_->file, offset, "changed while it was read");
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
    void take_documents(const read_plan::piece& part, const std::uint8_t* at, batch& out)
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
        if (lost) throw_changed(file_->file, rest.offset, "changed while it was read");
        current_ = rest;
    }

    /// The next document is longer than what fill() reads at a time.
    void take_long_document(batch& out)
    {
        std::array<std::uint8_t, record_header_bytes + 4> start{};
        auto const start_bytes = file_->header_bytes + 4;
        read(start.data(), start_bytes);
        auto const size = record_bytes(start.data(), start_bytes, current_.bytes, current_.offset);
        auto const memory = make_buffer(size);
        read(memory.get(), size);
        append(memory.get(), size, current_.offset, out);
        out.owners.push_back(memory);
        current_ = {current_.offset + size, current_.bytes - size, current_.documents - 1};
    }

    /// Reads the beginning of current_.
    void read(std::uint8_t* into, std::size_t bytes) const
    {
        auto const& file = file_->file;
        auto const got = read_at(file.fd.value(), current_.offset, {into, bytes}, file.name);
        if (got != bytes) throw_changed(file, current_.offset + got, "became shorter while it was read");
    }

    std::shared_ptr<const readable_file> file_;
    extent_reader extents_;
    std::size_t batch_bytes_;
    std::uint64_t expected_; ///< documents that were not handed out yet
    extent current_;         ///< what is left of the extent that was read last
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
