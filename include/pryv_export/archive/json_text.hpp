#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace pryv_export::archive {

/// JSON with two spaces per level, as JSON.stringify(value, null, 2) writes it; no final newline.
/// indent: level at which the text will stand (its first line is not indented).
std::string pretty_json(const boost::json::value& value, std::size_t indent = 0);

} // namespace pryv_export::archive
