#include "pryv_export/base/text_page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export {

std::string text_page::paint(std::string_view code, std::string_view text) const
{
    return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string{text};
}

void text_page::line(std::string_view text)
{
    out_ += text;
    out_ += '\n';
}

void text_page::title(std::string_view text)
{
    line("\n" + paint("1", text));
}

void text_page::wrapped(std::string_view head, std::size_t head_columns, std::string_view text)
{
    std::string current{head};
    std::size_t at = head_columns;
    bool empty = true;
    while (!text.empty()) {
        std::string_view const word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        std::size_t const length = columns_of(word);
        if (!empty && at + 1 + length > width) {
            line(current);
            current.assign(head_columns, ' ');
            at = head_columns;
            empty = true;
        }
        if (!empty) current += ' ';
        current += word;
        at += length + (empty ? 0 : 1);
        empty = false;
    }
    line(current);
}

void text_page::fact(std::string_view name, std::string_view text)
{
    wrapped(fmt::format("  {:<9}", name), 11, text);
}

std::size_t columns_of(std::string_view text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string cut_to_columns(std::string_view text, std::size_t most)
{
    if (columns_of(text) <= most) return std::string{text};
    std::size_t end = 0;
    for (std::size_t seen = 0; end < text.size(); ++end) {
        if ((text[end] & 0xc0) != 0x80 && seen++ == most - 1) break;
    }
    return std::string{text.substr(0, end)} + "…";
}

} // namespace pryv_export
