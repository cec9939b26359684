#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::verify {

/// One fact, for both forms of the answer.
struct fact
{
    std::string name; ///< of the JSON member
    std::string label;
    std::string text;
    std::string json;
};

fact number_fact(std::string name, std::string label, std::uint64_t value);
fact text_fact(std::string name, std::string label, std::string_view value);
fact bytes_fact(std::string name, std::string label, std::uint64_t value);

/// As a JSON object, without a final newline.
std::string object_of(const std::vector<fact>& facts);
/// JSON texts between brackets.
std::string list_of(std::string_view open, const std::vector<std::string>& items, std::string_view close);
/// As lines for people.
std::string table_of(const std::vector<fact>& facts);

} // namespace pryv_export::verify
