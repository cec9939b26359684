#include "pryv_export/convert/collections.hpp"

namespace pryv_export::convert {

void convert_followed_slices(std::span<const record> records, output& out)
{
    for (record const& each : records)
        set_aside(each, name_of(kind::followed_slices), rule::no_place_in_v2, out);
}

} // namespace pryv_export::convert
