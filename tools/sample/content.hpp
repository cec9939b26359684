#pragma once

#include "bson_out.hpp"
#include "rng.hpp"

#include <string>
#include <string_view>

namespace sample {

/// What an event is about; decides type, content and duration.
enum class subject
{
    number,
    counter,
    text,
    position,
    period,
    period_with_text,
    list,
    boolean,
    series,
    object,
    message,
    picture,
};

subject pick_subject(rng& random);
std::string_view type_of(subject what, rng& random);
/// Writes `content` and returns true, or false for null content. `ferretdb`: see options.
bool append_content(bson_out& out, subject what, std::string_view type, rng& random, double text_bytes,
                    bool ferretdb);
bool append_client_data(bson_out& out, rng& random);
/// About `bytes` of words in several scripts.
std::string make_text(rng& random, double bytes);

} // namespace sample
