#include "pryv_export/archive/ordered_spool.hpp"

#include "pryv_export/base/error.hpp"

#include "nameless_file.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace pryv_export::archive {

ordered_spool::ordered_spool(std::filesystem::path folder)
    : folder_{std::move(folder)}, fd_{open_nameless_file(folder_)}
{
}

void ordered_spool::put(std::size_t number, std::string_view text)
{
    if (waiting_.size() + text.size() > most_waiting) write_waiting();
    waiting_ += text;
    if (places_.size() <= number) places_.resize(number + 1);
    places_[number] = {.offset = end_, .bytes = text.size()};
    end_ += text.size();
}

void ordered_spool::write_waiting()
{
    write_all(fd_.value(), waiting_, folder_.native());
    waiting_.clear();
}

/// A part of the file in memory.
class ordered_spool::window
{
public:
    explicit window(const ordered_spool& spool) : spool_{spool} {}

    std::string_view view(const place& where)
    {
        std::uint64_t const written = spool_.written_end();
        if (where.offset >= written) return part_of(spool_.waiting_, where.offset - written, where.bytes);
        if (where.offset < begin_ || where.offset + where.bytes > begin_ + text_.size()) load(where);
        return part_of(text_, where.offset - begin_, where.bytes);
    }

private:
    static std::string_view part_of(std::string_view text, std::uint64_t begin, std::uint64_t bytes)
    {
        return text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(bytes));
    }

    /// With what stands a little before it: users end in nearly, not quite, the order in which they began.
    void load(const place& where)
    {
        begin_ = where.offset - std::min<std::uint64_t>(where.offset, usual_bytes / 4);
        std::uint64_t const end = std::max(where.offset + where.bytes, begin_ + usual_bytes);
        text_.resize(static_cast<std::size_t>(std::min(end, spool_.written_end()) - begin_));
        std::span<std::uint8_t> const into{reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()};
        if (read_at(spool_.fd_.value(), begin_, into, spool_.folder_.native()) != text_.size()) {
            throw export_error{exit_status::io_error, spool_.folder_.native(),
                               "a temporary file lost its end"};
        }
    }

    static constexpr std::uint64_t usual_bytes = 64U << 10;

    const ordered_spool& spool_;
    std::uint64_t begin_ = 0;
    std::string text_;
};

void ordered_spool::for_each(const std::function<void(std::string_view)>& take) const
{
    window part{*this};
    for (const place& where : places_) {
        if (where.offset != nowhere) take(part.view(where));
    }
}

} // namespace pryv_export::archive
