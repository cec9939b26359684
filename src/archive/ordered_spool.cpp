#include "pryv_export/archive/ordered_spool.hpp"

#include "pryv_export/base/error.hpp"

#include "nameless_file.hpp"

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

std::string ordered_spool::get(std::size_t number) const
{
    place const& where = places_.at(number);
    std::uint64_t const written = end_ - waiting_.size();
    if (where.offset >= written)
        return waiting_.substr(static_cast<std::size_t>(where.offset - written),
                               static_cast<std::size_t>(where.bytes));
    std::string text(static_cast<std::size_t>(where.bytes), '\0');
    std::span<std::uint8_t> const into{reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
    if (read_at(fd_.value(), where.offset, into, folder_.native()) != text.size()) {
        throw export_error{exit_status::io_error, folder_.native(), "a temporary file lost its end"};
    }
    return text;
}

} // namespace pryv_export::archive
