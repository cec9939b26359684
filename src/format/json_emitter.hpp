#pragma once

#include "pryv_export/format/json_writer.hpp"

#include "format/object_members.hpp"

#include <cstring>
#include <string_view>

namespace pryv_export::format {

/// Room for the JSON of `size` bytes of BSON: every element but a regex needs at most 6 bytes for each
/// of its own.
constexpr std::size_t json_room(std::size_t size) noexcept
{
    return 6 * size + 128;
}

/// Writes BSON values as JSON into room made once. It first takes every object for a usual one, whose names
/// come in JavaScript's order and once each; where that proves wrong it says `irregular`, and the whole text
/// is to be written again by an exact emitter, which sorts out every object. So no input costs more than
/// twice. Functions take and give the place to write at; nullptr is an error.
class json_emitter
{
public:
    enum class manner : bool
    {
        quick,
        exact
    };

    json_emitter(text_buffer& out, std::size_t source_size, nul_policy nul, manner how) noexcept
        : out_{out}, source_size_{source_size}, nul_{nul}, exact_{how == manner::exact}
    {
    }

    bson_errc error() const noexcept { return error_; }
    bool irregular() const noexcept { return irregular_; }
    json_notes notes() const noexcept { return notes_; }

    char* start() { return out_.room(json_room(source_size_)); }

    /// `depth`: levels of documents around and including this one. Bytes up to `readable` may be read.
    char* object(char* at, bson_bytes document, const std::uint8_t* readable, unsigned depth);
    char* array(char* at, bson_bytes document, const std::uint8_t* readable, unsigned depth);
    /// `depth`: levels around the value.
    char* value(char* at, bson_type type, bson_bytes bytes, const std::uint8_t* readable, unsigned depth);
    char* string(char* at, std::string_view text, const std::uint8_t* readable);
    char* number(char* at, double value);

    char* fail(bson_errc error) noexcept
    {
        error_ = error;
        return nullptr;
    }

private:
    struct key_filter;

    char* fail_irregular() noexcept
    {
        irregular_ = true;
        return nullptr;
    }
    void note(json_note what) noexcept { notes_ = notes_ | what; }

    char* quick_object(char* at, bson_bytes document, const std::uint8_t* readable, unsigned depth);
    char* exact_object(char* at, bson_bytes document, unsigned depth);
    char* key(char* at, const std::uint8_t* name, std::size_t size, const std::uint8_t* readable,
              key_filter& seen);
    char* short_key(char* at, const std::uint8_t* name, std::size_t size, key_filter& seen);
    char* rare_value(char* at, bson_type type, bson_bytes bytes, const std::uint8_t* readable,
                     unsigned depth);
    char* integer(char* at, std::int64_t value);
    char* date(char* at, std::int64_t milliseconds);
    char* binary(char* at, bson_bytes bytes);
    char* regex(char* at, bson_bytes bytes);
    char* pointer(char* at, bson_bytes bytes);
    char* scoped_code(char* at, bson_bytes bytes, unsigned depth);

    text_buffer& out_;
    std::size_t source_size_;
    nul_policy nul_;
    bool exact_;
    bool irregular_ = false;
    bson_errc error_ = bson_errc::ok;
    json_notes notes_ = 0;
};

/// Runs `write(emitter, at)` quickly and, where that meets something irregular, once more exactly.
template <class Write>
bson_errc emit_json(text_buffer& out, std::size_t source_size, nul_policy nul, json_notes& notes, Write write)
{
    std::size_t const before = out.size();
    for (auto const how : {json_emitter::manner::quick, json_emitter::manner::exact}) {
        json_emitter emitter{out, source_size, nul, how};
        if (char* const end = write(emitter, emitter.start())) {
            out.advance_to(end);
            notes |= emitter.notes();
            return bson_errc::ok;
        }
        out.truncate(before);
        if (!emitter.irregular()) return emitter.error();
    }
    return bson_errc::bad_type; // not reached: an exact emitter is never irregular
}

inline char* put(char* at, std::string_view text) noexcept
{
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

} // namespace pryv_export::format
