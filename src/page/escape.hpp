#pragma once

#include <string>
#include <string_view>

/// Hostile texts into a page: control characters and invalid UTF-8 become \xNN.
namespace pryv_export::page {

/// For the text of an element, or an attribute between double quotes.
std::string escaped(std::string_view text);

/// Appends a JSON string that cannot end the <script> around it, nor begin a comment in it.
void append_json(std::string& out, std::string_view text);

} // namespace pryv_export::page
