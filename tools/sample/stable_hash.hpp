#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sample {

/// Appends a double as ECMAScript's Number::toString gives it; non-finite gives nothing.
void append_number(std::string& out, double value);

/// How an event's stored document becomes the object that v1 hashed at write time.
struct event_form
{
    std::string_view id;              ///< the head's id for history rows since 1.9.0, else `_id`
    std::optional<double> duration{}; ///< as the client gave it; not derived from `endTime`
    bool derive_duration = false;     ///< take `endTime - time` instead, as a later reader must
    bool keep_empty_attachments = true;
};

/// Canonical text of an event (v1's stable object representation) from its
/// stored BSON form. `stored` is one whole document; integrity, headId, tags and
/// store-level fields in it are ignored.
void append_stable_event(std::string& out, std::string_view stored, const event_form& form);

/// Canonical text of an access from its stored BSON form.
void append_stable_access(std::string& out, std::string_view stored);

/// `EVENT:0:sha256-…`, 59 characters; `scratch` is overwritten.
std::string event_integrity(std::string& scratch, std::string_view stored, const event_form& form);
std::string access_integrity(std::string& scratch, std::string_view stored);

/// Base64 of the digest; sha256 unless another OpenSSL name is given.
std::string digest_base64(std::string_view bytes, const char* algorithm = nullptr);

/// Same length as any sha256 event or access integrity, for patching in place.
inline constexpr std::string_view event_integrity_blank =
    "EVENT:0:sha256-____________________________________________";
inline constexpr std::string_view access_integrity_blank =
    "ACCESS:0:sha256-____________________________________________";

/// Overwrites the blank that begins at `at`.
void patch_integrity(std::string& bytes, std::size_t at, std::string_view integrity);

} // namespace sample
