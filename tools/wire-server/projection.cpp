#include "projection.hpp"

#include "command_error.hpp"

#include <algorithm>

namespace wire {

projection::projection(bson_bytes spec)
{
    bool with_id = true;
    bson_reader reader{spec};
    for (bson_element e; reader.next(e);) {
        all_ = false;
        if (e.type == bson_type::document || e.is_string() || e.key.find('.') != std::string_view::npos)
            throw command_error(codes::bad_value, "only a projection of whole fields is served");
        bool const wanted = truth(e, true);
        if (e.key == "_id")
            with_id = wanted;
        else if (wanted)
            fields_.push_back(e.key);
        else
            left_out_.push_back(e.key);
    }
    if (!fields_.empty() && !left_out_.empty())
        throw command_error(31254, "Cannot do exclusion in inclusion projection");
    if (all_) return;
    bool const including = !fields_.empty() || (left_out_.empty() && with_id);
    if (including && with_id) fields_.push_back("_id");
    if (!including && !with_id) left_out_.push_back("_id");
}

bytes projection::apply(bson_bytes document) const
{
    bson_writer out;
    bson_reader reader{document};
    auto const is_in = [](const std::vector<std::string_view>& list, std::string_view key) {
        return std::find(list.begin(), list.end(), key) != list.end();
    };
    for (bson_element e; reader.next(e);)
        if (fields_.empty() ? !is_in(left_out_, e.key) : is_in(fields_, e.key)) out.element(e.key, e);
    return out.finish();
}

} // namespace wire
