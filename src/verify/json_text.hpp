#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// One JSON text (RFC 8259), strict, as a flat run of nodes that point into it.
namespace pryv_export::verify {

enum class json_kind : std::uint8_t
{
    null,
    no,
    yes,
    number,
    string,
    array,
    object
};
/// "null", "boolean", "number", "text", "list", "object"
std::string_view name_of(json_kind kind) noexcept;

enum class json_verdict : std::uint8_t
{
    ok,
    invalid,
    too_deep, ///< more than json_text::max_depth levels
    too_many  ///< more than json_text::max_nodes values
};

/// What a text holds that is legal JSON but that v2 cannot keep.
enum json_trait : std::uint8_t
{
    json_plain = 0,
    json_escapes = 1U << 0,
    json_nul = 1U << 1,            ///< U+0000, escaped
    json_lone_surrogate = 1U << 2, ///< half a pair, escaped
    json_wide_integer = 1U << 3,   ///< an integer that a double does not hold
    json_infinite = 1U << 4,       ///< a number beyond the doubles
    json_printed = 1U << 5, ///< a number as JavaScript prints its value; of numbers only, not of whole texts
};

struct json_node
{
    std::uint32_t offset; ///< of the raw text without quotes; of containers, of the bracket
    std::uint32_t length; ///< of the raw text; of containers, the number of members or items
    std::uint32_t next;   ///< index of the node behind this one and all it holds
    json_kind kind;
    std::uint8_t traits;
};

class json_value;

/// Parses one text at a time and keeps its memory. The text is borrowed until the next parse().
class json_text
{
public:
    static constexpr unsigned max_depth = 1000;
    static constexpr std::size_t max_nodes = 8'000'000; ///< 128 MB
    static constexpr std::size_t max_bytes = 0xffff'ffff;

    /// Depth-first, so hostile texts cost no stack. Bytes above 0x7f are taken as they are.
    json_verdict parse(std::string_view text);

    json_value root() const noexcept;
    /// Values and keys, depth-first; root() is the first.
    std::size_t size() const noexcept { return nodes_.size(); }
    json_value at(std::size_t index) const noexcept;
    /// Places of the objects, for at().
    const std::vector<std::uint32_t>& objects() const noexcept { return objects_; }
    /// Of all strings and numbers.
    unsigned traits() const noexcept { return traits_; }
    /// How far parse() came.
    std::size_t offset() const noexcept { return offset_; }

private:
    friend class json_value;
    friend class json_parser;
    std::string_view text_;
    std::vector<json_node> nodes_;
    std::vector<std::uint32_t> objects_;
    unsigned traits_ = 0;
    std::size_t offset_ = 0;
};

/// A value inside a json_text; as valid as that.
class json_value
{
public:
    json_value() noexcept = default;
    json_value(const json_text& text, std::uint32_t index) noexcept : text_{&text}, index_{index} {}

    explicit operator bool() const noexcept { return text_ != nullptr; }
    json_kind kind() const noexcept { return node().kind; }
    bool is(json_kind which) const noexcept { return kind() == which; }
    bool is_null() const noexcept { return kind() == json_kind::null; }
    unsigned traits() const noexcept { return node().traits; }
    /// As written; of strings without quotes.
    std::string_view raw() const noexcept { return text_->text_.substr(node().offset, node().length); }
    /// Of a string, without escapes; `scratch` holds it when there were some. Halves of pairs become U+FFFD.
    std::string_view text(std::string& scratch) const;
    std::string string() const;
    /// Of a number; infinite beyond the doubles.
    double number() const noexcept;
    /// Members of an object, items of an array.
    std::size_t size() const noexcept { return node().length; }

    /// The first item, or the first key; then sibling(). Precondition: size() > 0.
    json_value first() const noexcept { return {*text_, index_ + 1}; }
    json_value sibling() const noexcept { return {*text_, node().next}; }
    /// Of a key. Precondition: this is a key.
    json_value value() const noexcept { return {*text_, index_ + 1}; }
    /// The last member of that name; empty when there is none or this is no object.
    json_value find(std::string_view name) const;

    /// member(json_value key, json_value value) for each, in order.
    template <class F>
    void each_member(F&& member) const
    {
        json_value key = first_or_none();
        for (std::size_t i = 0, n = size(); i < n; ++i, key = key.value().sibling()) member(key, key.value());
    }
    template <class F>
    void each_item(F&& item) const
    {
        json_value at = first_or_none();
        for (std::size_t i = 0, n = size(); i < n; ++i, at = at.sibling()) item(at);
    }

private:
    const json_node& node() const noexcept { return text_->nodes_[index_]; }
    json_value first_or_none() const noexcept { return {*text_, index_ + 1}; }

    const json_text* text_ = nullptr;
    std::uint32_t index_ = 0;
};

inline json_value json_text::root() const noexcept
{
    return {*this, 0};
}

inline json_value json_text::at(std::size_t index) const noexcept
{
    return {*this, static_cast<std::uint32_t>(index)};
}

} // namespace pryv_export::verify
