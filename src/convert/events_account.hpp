#pragma once

#include "pryv_export/convert/rules.hpp"
#include "pryv_export/format/bson.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::convert {

/// What the streams of an event say about it.
struct stream_roles
{
    std::vector<std::string_view> fields; ///< account fields without prefix, borrowed from the event
    std::vector<std::string> users;       ///< the user's own streams
    bool active = false;

    void clear();
};

/// Tells account fields, markers and the user's own streams apart (docs/conversion.md "Account fields").
class stream_classifier
{
public:
    /// Both lists sorted, borrowed. known: the configuration says which fields there are.
    stream_classifier(const std::vector<std::string>& fields, const std::vector<std::string>& others,
                      bool known)
        : fields_{&fields}, others_{&others}, known_{known}
    {
    }

    /// True when one of `stream_ids` (a BSON array of texts) could be a system stream. Cheap.
    static bool has_candidate(const format::bson_element& stream_ids) noexcept;
    /// Fills `roles`. `roles.fields` is empty when the event is no account field.
    void sort_out(const format::bson_element& stream_ids, stream_roles& roles) const;

private:
    bool is_field(std::string_view name) const;

    const std::vector<std::string>* fields_;
    const std::vector<std::string>* others_;
    bool known_;
};

} // namespace pryv_export::convert
