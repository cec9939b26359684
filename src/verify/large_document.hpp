#pragma once

#include "json_text.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace pryv_export::verify {

/// A JSON object in a file, one of whose members is a list of any length: the items one by one, the rest as a
/// whole. Bounded memory: an item of at most 64 MiB, the rest of at most 64 MiB.
class large_document
{
public:
    using item_listener = std::function<void(std::string_view text)>;

    /// Reads the file. item: told of each item of the member `list` of the object.
    /// Returns an empty text, or what is wrong. Throws export_error when the file cannot be read.
    std::string read(const std::filesystem::path& file, std::string_view list, const item_listener& item);

    /// The object, with an empty list in its place.
    json_value rest() const noexcept { return json_.root(); }
    /// Its text.
    std::string_view rest_text() const noexcept { return rest_; }
    bool list_seen() const noexcept { return list_seen_; }

private:
    void take(char c);
    void take_outside(char c);
    void take_in_list(char c);
    void end_item();
    std::string parse_rest();

    std::string_view list_;
    const item_listener* item_ = nullptr;
    std::string rest_;
    std::string current_; ///< item
    std::string key_;     ///< last string at depth 1
    std::string name_;    ///< last key at depth 1
    std::size_t depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
    bool in_list_ = false;
    bool list_seen_ = false;
    bool comma_ = false;
    bool odd_ = false;
    json_text json_;
};

/// The value as compact text, members in order: equal for documents that differ in white space only.
void append_compact(std::string& out, json_value value);

} // namespace pryv_export::verify
