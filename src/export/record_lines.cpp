#include "record_lines.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/format/gzip.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pryv_export::exporting {

namespace {

constexpr std::size_t longest_line_bytes = 16U << 20;

class line_reader
{
public:
    line_reader(std::filesystem::path path, bool gzip) : path_{std::move(path)}, gzip_{gzip} {}

    void read(const std::function<void(std::string_view)>& on_line)
    {
        unique_fd const fd = open_for_reading(path_);
        std::vector<std::uint8_t> input(256U << 10);
        for (std::uint64_t offset = 0;;) {
            std::size_t const got = read_at(fd.value(), offset, input, path_.native());
            offset += got;
            std::span<const std::uint8_t> const piece{input.data(), got};
            gzip_ ? unpack(piece, on_line) : take(piece, on_line);
            if (got == 0) break;
        }
        if (!line_.empty()) on_line(line_);
    }

private:
    void unpack(std::span<const std::uint8_t> packed, const std::function<void(std::string_view)>& on_line)
    {
        unpacker_.feed(packed);
        for (;;) {
            std::size_t produced = 0;
            auto const status = unpacker_.read(plain_, produced);
            take({plain_.data(), produced}, on_line);
            if (status == format::gzip_reader::status::corrupt ||
                status == format::gzip_reader::status::truncated) {
                throw export_error{exit_status::source_missing, path_.native(), "is a damaged gzip file",
                                   "export the register again"};
            }
            if (produced == 0 || status == format::gzip_reader::status::end) return;
        }
    }

    void take(std::span<const std::uint8_t> bytes, const std::function<void(std::string_view)>& on_line)
    {
        for (std::uint8_t const byte : bytes) {
            if (byte == '\n') {
                on_line(line_);
                line_.clear();
            } else if (line_.size() < longest_line_bytes) {
                line_ += static_cast<char>(byte);
            }
        }
    }

    std::filesystem::path path_;
    bool gzip_;
    format::gzip_reader unpacker_;
    std::vector<std::uint8_t> plain_ = std::vector<std::uint8_t>(256U << 10);
    std::string line_;
};

} // namespace

void for_each_line(const std::filesystem::path& file, const std::function<void(std::string_view)>& on_line)
{
    line_reader{file, file.extension() == ".gz"}.read(on_line);
}

} // namespace pryv_export::exporting
