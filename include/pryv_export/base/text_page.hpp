#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pryv_export {

/// Text for a terminal of 80 columns, line by line. Pure.
class text_page
{
public:
    static constexpr std::size_t width = 80;

    /// colour: ANSI colours.
    explicit text_page(bool colour) : colour_{colour} {}

    /// code: of an ANSI attribute, like "1;31".
    std::string paint(std::string_view code, std::string_view text) const;
    void line(std::string_view text);
    /// An empty line, then the text in bold.
    void title(std::string_view text);
    /// Words on lines of at most `width` columns. The first line begins with `head`, which takes
    /// `head_columns`; the others with as many spaces.
    void wrapped(std::string_view head, std::size_t head_columns, std::string_view text);
    void wrapped(std::string_view head, std::string_view text) { wrapped(head, head.size(), text); }
    /// A name of at most 8 columns, and what it is.
    void fact(std::string_view name, std::string_view text);

    std::string take() && { return std::move(out_); }

private:
    bool colour_;
    std::string out_;
};

/// Characters, not bytes; good enough for columns.
std::size_t columns_of(std::string_view text);
/// At most `most` columns of a text, with an ellipsis when cut.
std::string cut_to_columns(std::string_view text, std::size_t most);

} // namespace pryv_export
