#pragma once

#include "user_export.hpp"

namespace pryv_export::exporting {

struct user_export::small_collection
{
    source::collection source;
    convert::kind kind;
    std::function<void(std::span<const convert::record>, convert::output&)> convert;
    source::user_share share{};
    std::unique_ptr<source::document_cursor> cursor;
    source::batch batch;
    convert::output out;
    std::optional<line_writer> writer; ///< none: nothing of it goes to v2

    bool more() const { return cursor && !cursor->done(); }

    template <class Converter>
    void convert_with(const convert::rules& rules)
    {
        if (share.documents == 0) return;
        convert = [converter = std::make_shared<Converter>(rules)](auto records, auto& to) {
            converter->convert(records, to);
        };
    }
};

} // namespace pryv_export::exporting
