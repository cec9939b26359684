#include "mongodump_unpack.hpp"

#include "pryv_export/base/text.hpp"
#include "pryv_export/format/gzip.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <vector>

namespace pryv_export::source {

namespace {

constexpr std::size_t packed_piece_bytes = 64 * 1024;
constexpr std::size_t unpacked_piece_bytes = 512 * 1024;

/// One run over a packed file.
class unpacker
{
public:
    unpacker(const dump_file& packed, dump_file& into, const std::filesystem::path& spool_folder)
        : packed_{packed}, into_{into}, spool_{spool_folder}, input_(packed_piece_bytes),
          output_(unpacked_piece_bytes)
    {
    }

    /// Returns how the gzip stream ended.
    format::gzip_reader::status run(const read_hook& on_read)
    {
        for (;;) {
            piece_start_ = read_;
            auto const got = read_at(packed_.fd.value(), read_, input_, packed_.name);
            read_ += got;
            reader_.feed(std::span{input_}.first(got));
            if (on_read) on_read(got);
            auto const status = drain();
            bool const broken = status == format::gzip_reader::status::corrupt ||
                                status == format::gzip_reader::status::truncated;
            if (broken || got == 0) return status;
        }
    }

    /// Offset in the packed file up to which all was good for certain.
    std::uint64_t piece_start() const noexcept { return piece_start_; }

private:
    format::gzip_reader::status drain()
    {
        for (;;) {
            std::size_t produced = 0;
            auto const status = reader_.read(output_, produced);
            write_at(into_.fd.value(), into_.size, std::span{output_}.first(produced), spool_.native());
            into_.size += produced;
            if (status != format::gzip_reader::status::more || produced == 0) return status;
        }
    }

    const dump_file& packed_;
    dump_file& into_;
    const std::filesystem::path& spool_;
    std::vector<std::uint8_t> input_;
    std::vector<std::uint8_t> output_;
    format::gzip_reader reader_;
    std::uint64_t read_ = 0;
    std::uint64_t piece_start_ = 0;
};

damage describe_end(const dump_file& packed, const dump_file& unpacked, std::uint64_t piece_start,
                    bool corrupt)
{
    damage found;
    found.thing = packed.name;
    found.offset = corrupt ? piece_start : packed.size;
    found.bytes = packed.size - found.offset;
    found.cause =
        fmt::format("{} ({} were unpacked)",
                    corrupt ? "the gzip data is corrupt at or shortly behind this offset of the packed file"
                            : "the gzip data is truncated",
                    human_bytes(unpacked.size));
    return found;
}

} // namespace

dump_file unpack(const std::filesystem::path& path, const std::filesystem::path& spool_folder,
                 const std::function<void(damage)>& on_damage, const read_hook& on_read)
{
    using status = format::gzip_reader::status;
    auto const packed = open_plain(path);
    dump_file unpacked;
    unpacked.fd = create_nameless_file(spool_folder);
    unpacked.name = packed.name;
    unpacked.unpacked = true;
    unpacker run{packed, unpacked, spool_folder};
    status const ended = run.run(on_read);
    if (ended != status::end) {
        on_damage(describe_end(packed, unpacked, run.piece_start(), ended == status::corrupt));
    }
    ::posix_fadvise(unpacked.fd.value(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return unpacked;
}

} // namespace pryv_export::source
