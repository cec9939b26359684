#pragma once

#include "json_text.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::verify {

/// Finds objects that have a key twice, escapes undone. Keeps its memory; one per thread.
class key_checker
{
public:
    /// The repeated name, of the first object that has one; nothing when all keys are unique. The view lives
    /// until the next call.
    const std::string_view* repeated(const json_text& text);

private:
    bool repeats(json_value object);
    bool note(std::string_view key);
    bool sorted_repeats();
    std::string_view text_of(json_value key);

    std::vector<std::string_view> keys_;
    std::deque<std::string> unescaped_;
    std::string_view name_;
    std::uint64_t seen_ = 0;
};

} // namespace pryv_export::verify
