#pragma once

#include "pryv_export/convert/outcome.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace pryv_export::exporting {

/// Findings of all users. Users end in any order; the examples kept are those of the first users, so that the
/// report is the same for any number of threads.
class run_notes
{
public:
    void add(std::size_t user_number, std::string_view user_id, const convert::findings& notes);
    convert::findings in_order() const;

private:
    struct numbered
    {
        std::size_t user;
        std::size_t place;
        convert::findings::example example;
    };
    struct entry
    {
        std::uint64_t count = 0;
        std::vector<numbered> examples;
    };
    std::array<entry, convert::rule_count> entries_{};
};

} // namespace pryv_export::exporting
