#include "pryv_export/format/gzip.hpp"

#include "small_deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#if defined(PRYV_EXPORT_HAS_ISAL)
#include <isa-l.h>
#endif
#if defined(PRYV_EXPORT_HAS_DEFLATE)
#include <libdeflate.h>
#endif

namespace pryv_export::format {
namespace {

// Deflate, no flags, mtime 0, no hint of the level, unknown system: whatever wrote the member.
constexpr std::string_view header{"\x1f\x8b\x08\0\0\0\0\0\0\xff", 10};

/// The libraries count in 32 bits.
constexpr std::size_t largest_piece = 1U << 30;

[[noreturn]] void fail(const char* what)
{
    throw std::runtime_error{what};
}

unsigned crc_of(std::string_view text) noexcept
{
#if defined(PRYV_EXPORT_HAS_ISAL)
    return crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(text.data()), text.size());
#elif defined(PRYV_EXPORT_HAS_DEFLATE)
    return libdeflate_crc32(0, text.data(), text.size());
#else
    return static_cast<unsigned>(crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
#endif
}

void append_u32(text_buffer& out, std::uint32_t value)
{
    char const bytes[] = {static_cast<char>(value), static_cast<char>(value >> 8),
                          static_cast<char>(value >> 16), static_cast<char>(value >> 24)};
    out.append({bytes, sizeof bytes});
}

/// Writes one raw deflate stream.
class deflater
{
public:
    deflater() = default;
    deflater(const deflater&) = delete;
    deflater& operator=(const deflater&) = delete;
    virtual ~deflater() = default;
    virtual void append(text_buffer& out, std::string_view text) = 0;
};

class stored_blocks final : public deflater
{
public:
    void append(text_buffer& out, std::string_view text) override
    {
        constexpr std::size_t largest = 65535;
        do {
            auto const piece = text.substr(0, largest);
            text.remove_prefix(piece.size());
            auto const size = static_cast<unsigned>(piece.size());
            out.append(text.empty() ? '\1' : '\0'); // last block or not; stored
            append_u32(out, size | (~size & 0xffffU) << 16);
            out.append(piece);
        } while (!text.empty());
    }
};

#if defined(PRYV_EXPORT_HAS_ISAL)

class isal_deflater final : public deflater
{
public:
    explicit isal_deflater(int level) : level_{level}, memory_{new std::uint8_t[memory_size(level)]} {}

    void append(text_buffer& out, std::string_view text) override
    {
        // Who asks for a higher level wants small files.
        if (level_ == 1 && text.size() < small_deflater::most_bytes) return small_.append(out, text);
        isal_deflate_init(&stream_);
        stream_.level = static_cast<std::uint32_t>(level_);
        stream_.level_buf = memory_.get();
        stream_.level_buf_size = memory_size(level_);
        stream_.gzip_flag = IGZIP_DEFLATE;
        // At the start of a stream, levels 1 and 2 of ISA-L 2.30 enter something that depends on the address
        // of the stream object into their hash table: about one object in 500 then finds other matches for
        // the first bytes. Behind a first flush they do not; equal input must give equal bytes in every
        // thread and run.
        stream_.flush = SYNC_FLUSH;
        std::size_t size = std::min(first_piece, text.size());
        do {
            auto const piece = text.substr(0, size);
            text.remove_prefix(piece.size());
            stream_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(piece.data()));
            stream_.avail_in = static_cast<std::uint32_t>(piece.size());
            stream_.end_of_stream = text.empty() ? 1 : 0;
            drain(out, piece.size());
            stream_.flush = NO_FLUSH;
            size = largest_piece;
        } while (!text.empty());
    }

private:
    static constexpr std::size_t first_piece = 16;

    static std::uint32_t memory_size(int level) noexcept
    {
        return level == 1   ? ISAL_DEF_LVL1_DEFAULT
               : level == 2 ? ISAL_DEF_LVL2_DEFAULT
                            : ISAL_DEF_LVL3_DEFAULT;
    }

    void drain(text_buffer& out, std::size_t expected)
    {
        do {
            std::size_t const room = std::max<std::size_t>(expected / 2, 4096);
            char* const at = out.room(room);
            stream_.next_out = reinterpret_cast<std::uint8_t*>(at);
            stream_.avail_out = static_cast<std::uint32_t>(room);
            if (isal_deflate(&stream_) != COMP_OK) fail("ISA-L cannot compress");
            out.advance_to(at + (room - stream_.avail_out));
        } while (stream_.avail_out == 0);
    }

    int level_;
    small_deflater small_;
    std::unique_ptr<std::uint8_t[]> memory_;
    isal_zstream stream_;
};

#endif
#if defined(PRYV_EXPORT_HAS_DEFLATE)

class libdeflate_deflater final : public deflater
{
public:
    explicit libdeflate_deflater(int level) : compressor_{libdeflate_alloc_compressor(level)}
    {
        if (compressor_ == nullptr) throw std::bad_alloc{};
    }

    void append(text_buffer& out, std::string_view text) override
    {
        std::size_t const bound = libdeflate_deflate_compress_bound(compressor_.get(), text.size());
        char* const at = out.room(bound);
        std::size_t const size =
            libdeflate_deflate_compress(compressor_.get(), text.data(), text.size(), at, bound);
        if (size == 0) fail("libdeflate cannot compress");
        out.advance_to(at + size);
    }

private:
    struct deleter
    {
        void operator()(libdeflate_compressor* compressor) const noexcept
        {
            libdeflate_free_compressor(compressor);
        }
    };
    std::unique_ptr<libdeflate_compressor, deleter> compressor_;
};

#endif

#if !defined(PRYV_EXPORT_HAS_ISAL) || !defined(PRYV_EXPORT_HAS_DEFLATE)

class zlib_deflater final : public deflater
{
public:
    explicit zlib_deflater(int level)
    {
        constexpr int raw = -15;
        if (deflateInit2(&stream_, level, Z_DEFLATED, raw, 9, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc{};
    }
    ~zlib_deflater() override { deflateEnd(&stream_); }

    void append(text_buffer& out, std::string_view text) override
    {
        deflateReset(&stream_);
        do {
            auto const piece = text.substr(0, largest_piece);
            text.remove_prefix(piece.size());
            stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
            stream_.avail_in = static_cast<uInt>(piece.size());
            drain(out, piece.size(), text.empty() ? Z_FINISH : Z_NO_FLUSH);
        } while (!text.empty());
    }

private:
    void drain(text_buffer& out, std::size_t expected, int flush)
    {
        do {
            std::size_t const room = std::max<std::size_t>(expected / 2, 4096);
            char* const at = out.room(room);
            stream_.next_out = reinterpret_cast<Bytef*>(at);
            stream_.avail_out = static_cast<uInt>(room);
            int const status = deflate(&stream_, flush);
            if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
                fail("zlib cannot compress");
            out.advance_to(at + (room - stream_.avail_out));
        } while (stream_.avail_out == 0);
    }

    z_stream stream_{};
};

#endif

std::unique_ptr<deflater> deflater_for(int level)
{
    if (level < 0 || level > 9) throw std::invalid_argument{"a gzip level is 0 to 9"};
    if (level == 0) return std::make_unique<stored_blocks>();
#if defined(PRYV_EXPORT_HAS_ISAL)
    if (level <= 3) return std::make_unique<isal_deflater>(level);
#endif
#if defined(PRYV_EXPORT_HAS_DEFLATE)
    return std::make_unique<libdeflate_deflater>(level);
#else
    return std::make_unique<zlib_deflater>(level);
#endif
}

} // namespace

struct gzip_compressor::state
{
    int level;
    std::unique_ptr<deflater> method;
};

gzip_compressor::gzip_compressor(int level) : state_{new state{level, deflater_for(level)}} {}
gzip_compressor::gzip_compressor(gzip_compressor&&) noexcept = default;
gzip_compressor& gzip_compressor::operator=(gzip_compressor&&) noexcept = default;
gzip_compressor::~gzip_compressor() = default;

int gzip_compressor::level() const noexcept
{
    return state_->level;
}

void gzip_compressor::append_member(text_buffer& out, std::string_view text)
{
    out.append(header);
    state_->method->append(out, text);
    append_u32(out, crc_of(text));
    append_u32(out, static_cast<std::uint32_t>(text.size())); // modulo 2^32, as RFC 1952 has it
}

struct gzip_reader::state
{
    enum class phase : std::uint8_t
    {
        before_member,
        in_member,
        padding,
        corrupt
    };

    z_stream stream{};
    phase where = phase::before_member;
    bool any_member = false;
    bool input_ended = false;

    state()
    {
        constexpr int gzip_only = 16 + 15;
        if (inflateInit2(&stream, gzip_only) != Z_OK) throw std::bad_alloc{};
    }
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() { inflateEnd(&stream); }

    bool skip_padding() noexcept;
    bool inflate_some() noexcept;
    status ending() const noexcept;
};

/// Behind a member zeros may follow, then nothing else. False at anything else.
bool gzip_reader::state::skip_padding() noexcept
{
    const Bytef* const end = stream.next_in + stream.avail_in;
    bool const only_zeros =
        std::all_of(const_cast<const Bytef*>(stream.next_in), end, [](Bytef b) { return b == 0; });
    stream.avail_in = 0;
    return only_zeros;
}

/// False when the input is corrupt.
bool gzip_reader::state::inflate_some() noexcept
{
    int const status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
        any_member = true;
        where = phase::before_member;
        return inflateReset(&stream) == Z_OK;
    }
    return status == Z_OK || status == Z_BUF_ERROR;
}

gzip_reader::status gzip_reader::state::ending() const noexcept
{
    if (where == phase::corrupt) return status::corrupt;
    if (!input_ended || stream.avail_in != 0 || stream.avail_out == 0) return status::more;
    bool const clean = where == phase::padding || (where == phase::before_member && any_member);
    return clean ? status::end : status::truncated;
}

gzip_reader::gzip_reader() : state_{new state} {}
gzip_reader::gzip_reader(gzip_reader&&) noexcept = default;
gzip_reader& gzip_reader::operator=(gzip_reader&&) noexcept = default;
gzip_reader::~gzip_reader() = default;

void gzip_reader::feed(std::span<const std::uint8_t> input)
{
    if (input.size() > largest_piece) throw std::invalid_argument{"gzip input of more than 1 GiB at once"};
    if (input.empty()) state_->input_ended = true;
    state_->stream.next_in = const_cast<Bytef*>(input.data());
    state_->stream.avail_in = static_cast<uInt>(input.size());
}

gzip_reader::status gzip_reader::read(std::span<std::uint8_t> out, std::size_t& produced)
{
    using phase = state::phase;
    state& s = *state_;
    std::size_t const room = std::min(out.size(), largest_piece);
    s.stream.next_out = out.data();
    s.stream.avail_out = static_cast<uInt>(room);
    while (s.where != phase::corrupt && s.stream.avail_out != 0) {
        if (s.stream.avail_in == 0 && s.where != phase::in_member) break;
        if (s.where == phase::before_member) {
            s.where = s.any_member && *s.stream.next_in == 0 ? phase::padding : phase::in_member;
            continue;
        }
        if (s.where == phase::padding) {
            if (!s.skip_padding()) s.where = phase::corrupt;
            continue;
        }
        uInt const in_before = s.stream.avail_in;
        uInt const out_before = s.stream.avail_out;
        if (!s.inflate_some()) s.where = phase::corrupt;
        if (s.where == phase::in_member && s.stream.avail_in == in_before && s.stream.avail_out == out_before)
            break;
    }
    produced = room - s.stream.avail_out;
    return s.ending();
}

} // namespace pryv_export::format
