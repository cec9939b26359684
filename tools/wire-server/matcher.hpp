#pragma once

#include "bson_order.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace wire {

enum class test : std::uint8_t
{
    eq,
    gt,
    gte,
    lt,
    lte,
    in,
    exists,
    type,
    all_of,
    any_of,
    none_of
};

/// One condition of a filter; its operands borrow the filter's bytes.
struct predicate
{
    test kind{};
    std::string_view path;              ///< of a condition on a field
    bson_element operand;               ///< eq to lte
    std::vector<bson_element> operands; ///< in
    std::vector<int> types;             ///< type: type bytes; 0: any number
    bool wanted = true;                 ///< exists
    std::vector<predicate> parts;       ///< all_of, any_of, none_of
};

/// A filter of find and $match. Borrows the filter's bytes.
class matcher
{
public:
    matcher() = default;
    /// Throws command_error on an operator it does not know.
    explicit matcher(bson_bytes filter);

    bool matches(bson_bytes document) const;
    /// All of these must hold.
    const std::vector<predicate>& conditions() const noexcept { return conditions_; }

private:
    std::vector<predicate> conditions_;
};

} // namespace wire
