#pragma once

#include <boost/json/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// JSON with two spaces per level, as JSON.stringify(value, null, 2) writes it; no final newline.
/// indent: level at which the text will stand (its first line is not indented). Any thread.
namespace pryv_export::archive {

std::string pretty_json(const boost::json::value& value, std::size_t indent = 0);

/// Writes an object or an array in this form, item by item, without a tree of values in between. It ends with
/// the object's life. While one that was begun inside of it is alive, nothing may be added to the outer one.
class pretty_scope
{
public:
    pretty_scope(const pretty_scope&) = delete;
    pretty_scope& operator=(const pretty_scope&) = delete;

protected:
    pretty_scope(std::string& out, std::size_t indent, std::string_view brackets) noexcept
        : out_{out}, indent_{indent}, brackets_{brackets}
    {
    }
    ~pretty_scope();

    void next_item();
    template <class Value>
    void write(const Value& value)
    {
        if constexpr (std::convertible_to<const Value&, std::string_view> &&
                      !std::same_as<Value, std::nullptr_t>)
            write_text(value);
        else if constexpr (std::unsigned_integral<Value> && !std::same_as<Value, bool>)
            write_count(value);
        else
            write_value(value);
    }
    void write_text(std::string_view text);

    std::string& out_;
    std::size_t indent_;

private:
    void write_count(std::uint64_t number);
    void write_value(const boost::json::value& value);

    std::string_view brackets_;
    bool empty_ = true;
};

class pretty_list;

class pretty_object : public pretty_scope
{
public:
    explicit pretty_object(std::string& out, std::size_t indent = 0) noexcept
        : pretty_scope{out, indent, "{}"}
    {
    }

    template <class Value>
    void member(std::string_view key, const Value& value)
    {
        begin_member(key);
        write(value);
    }
    /// value: JSON text of the level that a member's value has here.
    void laid_out_member(std::string_view key, std::string_view value)
    {
        begin_member(key);
        out_ += value;
    }
    pretty_object object(std::string_view key);
    pretty_list list(std::string_view key);

private:
    void begin_member(std::string_view key);
};

class pretty_list : public pretty_scope
{
public:
    explicit pretty_list(std::string& out, std::size_t indent = 0) noexcept : pretty_scope{out, indent, "[]"}
    {
    }

    template <class Value>
    void item(const Value& value)
    {
        next_item();
        write(value);
    }
    pretty_object object();
};

} // namespace pryv_export::archive
