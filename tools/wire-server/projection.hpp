#pragma once

#include "bson_writer.hpp"

#include <string_view>
#include <vector>

namespace wire {

/// An inclusion of top-level fields. Borrows the command's bytes.
class projection
{
public:
    projection() = default;
    /// Throws command_error on what it cannot do.
    explicit projection(bson_bytes spec);

    bool empty() const noexcept { return all_; }
    bytes apply(bson_bytes document) const;

private:
    std::vector<std::string_view> fields_;
    std::vector<std::string_view> left_out_;
    bool all_ = true;
};

} // namespace wire
