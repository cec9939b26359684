#pragma once

#include "pryv_export/format/bson.hpp"

#include <optional>
#include <string_view>

/// MongoDB's order of BSON values: across types by kind, numbers by value, strings by bytes.
namespace wire {

using pryv_export::format::bson_bytes;
using pryv_export::format::bson_element;
using pryv_export::format::bson_reader;
using pryv_export::format::bson_type;

/// Types with one rank are compared by value: all numbers, strings and symbols.
int rank(bson_type type) noexcept;

/// Below 0, 0 or above 0. The keys do not count.
int compare(const bson_element& a, const bson_element& b) noexcept;

/// The first element of that name, as the server takes it when a name occurs twice.
std::optional<bson_element> first(bson_bytes document, std::string_view key) noexcept;

/// What a document without the field counts as.
bson_element null_element() noexcept;

bool is_nan(const bson_element& element) noexcept;

/// What a document is sorted by: an array counts as its smallest (descending: greatest) element.
bson_element sort_key(bson_bytes document, std::string_view key, bool descending) noexcept;

} // namespace wire
