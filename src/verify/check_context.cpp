#include "check_context.hpp"

#include "pryv_export/base/text.hpp"

namespace pryv_export::verify {

namespace {

/// Ids and texts of hostile archives have any length.
std::string shown(std::string_view text)
{
    constexpr std::size_t most = 120;
    if (text.size() <= most) return printable(text);
    return printable(text.substr(0, most)) + "…";
}

} // namespace

void file_scope::add(rule which, std::uint64_t line, std::string_view id, std::string text) const
{
    add(which, facts_of(which).level, line, id, std::move(text));
}

void file_scope::add(rule which, severity level, std::uint64_t line, std::string_view id,
                     std::string text) const
{
    out_.add(which, level, {printable(name_), line, shown(id), printable(text)});
}

} // namespace pryv_export::verify
