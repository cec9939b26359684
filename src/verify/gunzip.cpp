#include "gunzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#if defined(PRYV_EXPORT_HAS_ISAL)
#include <isa-l.h>
#endif

namespace pryv_export::verify {

namespace {

#if defined(PRYV_EXPORT_HAS_ISAL)

/// Raw deflate by ISA-L, about twice as fast as zlib.
class inflater
{
public:
    void reset() { isal_inflate_init(&stream_); }
    /// Moves `in` and `out` on. False: broken.
    bool run(std::span<const std::uint8_t>& in, std::span<char>& out)
    {
        stream_.next_in = const_cast<std::uint8_t*>(in.data());
        stream_.avail_in = static_cast<std::uint32_t>(in.size());
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        stream_.avail_out = static_cast<std::uint32_t>(out.size());
        int const result = isal_inflate(&stream_);
        in = in.last(stream_.avail_in);
        out = out.last(stream_.avail_out);
        return result >= 0;
    }
    bool ended() const noexcept { return stream_.block_state == ISAL_BLOCK_FINISH; }
    /// Bytes behind the end of the stream that were taken in already, at most 8.
    unsigned unread(std::array<std::uint8_t, 10>& bytes) const noexcept
    {
        unsigned const bits = static_cast<unsigned>(std::max(stream_.read_in_length, 0));
        std::uint64_t rest = stream_.read_in >> (bits % 8);
        for (unsigned i = 0; i < bits / 8; ++i, rest >>= 8) bytes[i] = static_cast<std::uint8_t>(rest);
        return bits / 8;
    }
    static std::uint32_t crc(std::uint32_t before, std::span<const char> text) noexcept
    {
        return crc32_gzip_refl(before, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }

private:
    inflate_state stream_;
};

#else

class inflater
{
public:
    inflater()
    {
        if (inflateInit2(&stream_, -15) != Z_OK) throw std::bad_alloc{};
    }
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;
    ~inflater() { inflateEnd(&stream_); }

    void reset()
    {
        inflateReset(&stream_);
        ended_ = false;
    }
    bool run(std::span<const std::uint8_t>& in, std::span<char>& out)
    {
        stream_.next_in = const_cast<Bytef*>(in.data());
        stream_.avail_in = static_cast<uInt>(in.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        int const result = inflate(&stream_, Z_NO_FLUSH);
        in = in.last(stream_.avail_in);
        out = out.last(stream_.avail_out);
        ended_ = result == Z_STREAM_END;
        return ended_ || result == Z_OK || result == Z_BUF_ERROR;
    }
    bool ended() const noexcept { return ended_; }
    static unsigned unread(std::array<std::uint8_t, 10>&) noexcept { return 0; }
    static std::uint32_t crc(std::uint32_t before, std::span<const char> text) noexcept
    {
        return static_cast<std::uint32_t>(
            crc32_z(before, reinterpret_cast<const Bytef*>(text.data()), text.size()));
    }

private:
    z_stream stream_{};
    bool ended_ = false;
};

#endif

} // namespace

/// Header and trailer are read here, so that lengths and checksums are ours.
struct gunzip::state
{
    enum class part : std::uint8_t
    {
        head,    ///< the ten bytes
        extra_1, ///< length of the extra field
        extra,
        name,
        comment,
        head_crc,
        body,
        trailer,
        padding,
        failed,
        trailing
    };
    enum flag : unsigned
    {
        has_crc = 2,
        has_extra = 4,
        has_name = 8,
        has_comment = 16,
        unknown_flags = 0xe0
    };

    inflater inflate;
    std::span<const std::uint8_t> input;
    part at = part::head;
    std::array<std::uint8_t, 10> bytes{};
    unsigned held = 0; ///< of `bytes`
    unsigned flags = 0;
    unsigned extra_left = 0;
    std::uint32_t crc = 0;
    std::uint32_t size = 0; ///< modulo 2^32
    bool any_byte = false;
    bool any_member = false;
    bool ended = false;

    bool fill(unsigned wanted);
    void next_optional(part behind);
    void head();
    void skip_text(part self);
    void padding();
    void trailer();
    void step();
    std::size_t body(std::span<char> out);
};

/// Collects `wanted` bytes; true when they are there.
bool gunzip::state::fill(unsigned wanted)
{
    while (held < wanted && !input.empty()) {
        bytes[held++] = input.front();
        input = input.subspan(1);
    }
    return held == wanted;
}

/// Goes to the next part of the header that the flags announce.
void gunzip::state::next_optional(part behind)
{
    held = 0;
    if (behind < part::extra_1 && (flags & has_extra) != 0) {
        at = part::extra_1;
    } else if (behind < part::name && (flags & has_name) != 0) {
        at = part::name;
    } else if (behind < part::comment && (flags & has_comment) != 0) {
        at = part::comment;
    } else if (behind < part::head_crc && (flags & has_crc) != 0) {
        at = part::head_crc;
    } else {
        at = part::body;
        inflate.reset();
        crc = 0;
        size = 0;
    }
}

void gunzip::state::head()
{
    if (held == 0 && any_member && input.front() == 0) {
        at = part::padding;
        return;
    }
    if (!fill(10)) return;
    flags = bytes[3];
    bool const good = bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8 && (flags & unknown_flags) == 0;
    if (good)
        next_optional(part::head);
    else
        at = any_member ? part::trailing : part::failed;
}

void gunzip::state::skip_text(part self)
{
    auto const zero = std::find(input.begin(), input.end(), 0);
    bool const found = zero != input.end();
    input = input.subspan(static_cast<std::size_t>(zero - input.begin()) + (found ? 1 : 0));
    if (found) next_optional(self);
}

void gunzip::state::padding()
{
    bool const only_zeros =
        input.front() == 0 && std::memcmp(input.data(), input.data() + 1, input.size() - 1) == 0;
    input = {};
    if (!only_zeros) at = part::trailing;
}

void gunzip::state::trailer()
{
    if (!fill(8)) return;
    auto const u32 = [&](unsigned i) {
        return static_cast<std::uint32_t>(bytes[i]) | static_cast<std::uint32_t>(bytes[i + 1]) << 8 |
               static_cast<std::uint32_t>(bytes[i + 2]) << 16 |
               static_cast<std::uint32_t>(bytes[i + 3]) << 24;
    };
    bool const good = u32(0) == crc && u32(4) == size;
    any_member = true;
    held = 0;
    at = good ? part::head : part::failed;
}

/// Works on whatever is no body. Precondition: there is input.
void gunzip::state::step()
{
    switch (at) {
    case part::head: return head();
    case part::extra_1:
        if (!fill(2)) return;
        extra_left = bytes[0] | static_cast<unsigned>(bytes[1]) << 8;
        at = part::extra;
        [[fallthrough]];
    case part::extra: {
        auto const skipped = std::min<std::size_t>(extra_left, input.size());
        input = input.subspan(skipped);
        extra_left -= static_cast<unsigned>(skipped);
        if (extra_left == 0) next_optional(part::extra);
        return;
    }
    case part::name: return skip_text(part::name);
    case part::comment: return skip_text(part::comment);
    case part::head_crc:
        if (fill(2)) next_optional(part::head_crc);
        return;
    case part::trailer: return trailer();
    case part::padding: return padding();
    default: input = {};
    }
}

std::size_t gunzip::state::body(std::span<char> out)
{
    std::span<char> left = out;
    if (!inflate.run(input, left)) {
        at = part::failed;
        return 0;
    }
    std::size_t const produced = out.size() - left.size();
    crc = inflater::crc(crc, out.first(produced));
    size += static_cast<std::uint32_t>(produced);
    if (inflate.ended()) {
        held = inflate.unread(bytes);
        at = part::trailer;
    }
    return produced;
}

gunzip::gunzip() : state_{new state} {}
gunzip::gunzip(gunzip&&) noexcept = default;
gunzip& gunzip::operator=(gunzip&&) noexcept = default;
gunzip::~gunzip() = default;

void gunzip::reset()
{
    state& s = *state_;
    s.input = {};
    s.at = state::part::head;
    s.held = 0;
    s.any_byte = s.any_member = s.ended = false;
}

void gunzip::feed(std::span<const std::uint8_t> input)
{
    state& s = *state_;
    s.ended = input.empty();
    s.any_byte = s.any_byte || !input.empty();
    s.input = input;
}

std::size_t gunzip::read(std::span<char> out)
{
    state& s = *state_;
    std::size_t produced = 0;
    while (produced < out.size()) {
        if (s.at == state::part::body) {
            std::size_t const before = s.input.size();
            std::size_t const some = s.body(out.subspan(produced));
            produced += some;
            if (some == 0 && s.input.size() == before && s.at == state::part::body) break;
        } else if (s.input.empty()) {
            break;
        } else {
            s.step();
        }
    }
    return produced;
}

gunzip_status gunzip::status() const noexcept
{
    const state& s = *state_;
    if (s.at == state::part::failed) return gunzip_status::broken;
    if (s.at == state::part::trailing) return gunzip_status::trailing;
    if (!s.ended) return gunzip_status::more;
    if (!s.any_byte) return gunzip_status::empty;
    bool const between = s.at == state::part::head && s.held == 0;
    if (s.at == state::part::padding || (between && s.any_member)) return gunzip_status::end;
    return s.any_member && s.at == state::part::head ? gunzip_status::trailing : gunzip_status::truncated;
}

} // namespace pryv_export::verify
