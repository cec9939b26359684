#include "sqlite_schema.hpp"

#include <algorithm>
#include <array>

namespace pryv_export::source {

namespace {

char upper(char c) noexcept
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool same_name(std::string_view a, std::string_view b) noexcept
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return upper(x) == upper(y); });
}

bool is_space(char c) noexcept
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool is_word(char c) noexcept
{
    return (upper(c) >= 'A' && upper(c) <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The next word or mark; empty at the end, and a mark that is none of `(),` is given as it is.
std::string_view next_token(std::string_view& text)
{
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    std::size_t size = 0;
    while (size < text.size() && is_word(text[size])) ++size;
    std::string_view const token = text.substr(0, std::max<std::size_t>(size, 1));
    text.remove_prefix(token.size());
    return token;
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words)
{
    return std::any_of(words.begin(), words.end(), [&](auto each) { return same_name(word, each); });
}

/// Words that begin a constraint of the whole table.
constexpr std::array<std::string_view, 4> constraint_words{"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN"};
/// Words that change what is stored, or in which order.
constexpr std::array<std::string_view, 5> other_words{"AS", "GENERATED", "COLLATE", "DESC", "CHECK"};
/// Words that end a type.
constexpr std::array<std::string_view, 6> column_words{"NOT",     "NULL",   "DEFAULT",
                                                       "PRIMARY", "UNIQUE", "REFERENCES"};

/// SQLite's rule ("Determination Of Column Affinity"): the first that fits of INT, CHAR, CLOB, TEXT, BLOB,
/// then REAL, FLOA, DOUB.
bool is_real(std::string type)
{
    std::transform(type.begin(), type.end(), type.begin(), upper);
    auto const has = [&](std::string_view part) { return type.find(part) != type.npos; };
    if (has("INT") || has("CHAR") || has("CLOB") || has("TEXT") || has("BLOB")) return false;
    return has("REAL") || has("FLOA") || has("DOUB");
}

bool begins_with_create(std::string_view& text)
{
    if (!same_name(next_token(text), "CREATE") || !same_name(next_token(text), "TABLE")) return false;
    std::string_view const name = next_token(text);
    return !name.empty() && is_word(name.front()) && next_token(text) == "(";
}

/// Reads the definitions one by one.
class definitions
{
public:
    explicit definitions(std::string_view text) : text_{text} {}

    bool read(std::vector<plain_column>& columns)
    {
        while (!ended_) {
            std::string_view const name = next_token(text_);
            if (name.empty() || !is_word(name.front())) return false;
            bool const constraint = is_one_of(name, constraint_words);
            std::string const type = definition(name);
            if (bad_) return false;
            if (!constraint) columns.push_back({std::string{name}, is_real(type)});
        }
        // PRIMARY KEY on an INTEGER makes it the rowid, which is not stored a second time.
        return next_token(text_).empty() && !(has_primary_ && has_integer_);
    }

private:
    /// The rest of a definition; gives the words of the type in front of what is said about the column.
    std::string definition(std::string_view first)
    {
        std::string type;
        bool in_type = true;
        note(first);
        for (int depth = 0;;) {
            std::string_view const token = next_token(text_);
            if (token == "(") ++depth;
            if (token == ")" && depth-- == 0) ended_ = true;
            if (ended_ || (token == "," && depth == 0)) return type;
            note(token);
            if (bad_) return type;
            in_type = in_type && !is_one_of(token, column_words);
            if (in_type && depth == 0 && token != ")") (type += token) += ' ';
        }
    }

    void note(std::string_view token)
    {
        constexpr std::string_view marks{"(),.-+"};
        bad_ = bad_ || token.empty() || is_one_of(token, other_words) ||
               (!is_word(token.front()) && marks.find(token.front()) == marks.npos);
        has_primary_ = has_primary_ || same_name(token, "PRIMARY");
        has_integer_ = has_integer_ || same_name(token, "INTEGER");
    }

    std::string_view text_;
    bool ended_ = false;
    bool bad_ = false;
    bool has_primary_ = false;
    bool has_integer_ = false;
};

} // namespace

std::optional<std::vector<plain_column>> plain_columns(std::string_view sql)
{
    // "--" would begin a comment.
    if (sql.find("--") != sql.npos || !begins_with_create(sql)) return std::nullopt;
    std::vector<plain_column> columns;
    if (!definitions{sql}.read(columns) || columns.empty()) return std::nullopt;
    return columns;
}

named_table table_named(const std::vector<schema_entry>& schema, std::string_view name)
{
    named_table found;
    for (const schema_entry& entry : schema) {
        if (entry.type == "index") {
            if (same_name(entry.table, name) && entry.sql.empty()) found.index = &entry;
        } else if (entry.type != "trigger" && same_name(entry.name, name)) {
            found.ambiguous = found.table != nullptr || entry.type != "table" || entry.root < 2;
            found.table = &entry;
        }
    }
    return found;
}

} // namespace pryv_export::source
