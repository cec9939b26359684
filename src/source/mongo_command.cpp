#include "mongo_command.hpp"

#include "mongo_error.hpp"

#include <cstring>

namespace pryv_export::source {

namespace {

int size_of(std::string_view text)
{
    return static_cast<int>(text.size());
}

} // namespace

command& command::add(std::string_view key, std::string_view text)
{
    // libbson takes no address for null, even where there is nothing to read.
    const char* const data = text.empty() ? "" : text.data();
    bson_append_utf8(bson_, key.data(), size_of(key), data, size_of(text));
    return *this;
}

command& command::add(std::string_view key, std::int64_t number)
{
    if (number >= INT32_MIN && number <= INT32_MAX)
        bson_append_int32(bson_, key.data(), size_of(key), static_cast<std::int32_t>(number));
    else
        bson_append_int64(bson_, key.data(), size_of(key), number);
    return *this;
}

command& command::add(std::string_view key, const command& document)
{
    bson_append_document(bson_, key.data(), size_of(key), document.get());
    return *this;
}

command& command::add_flag(std::string_view key, bool value)
{
    bson_append_bool(bson_, key.data(), size_of(key), value);
    return *this;
}

command& command::add_array(std::string_view key, const command& array)
{
    bson_append_array(bson_, key.data(), size_of(key), array.get());
    return *this;
}

command& command::add(std::string_view key, const format::bson_element& value)
{
    // The element as a document of its own, so that libbson copies a value of any type.
    std::string whole(4, '\0');
    whole.push_back(static_cast<char>(value.type));
    whole.push_back('\0');
    whole.append(reinterpret_cast<const char*>(value.value.data()), value.value.size());
    whole.push_back('\0');
    auto const size = static_cast<std::int32_t>(whole.size());
    std::memcpy(whole.data(), &size, sizeof size);
    bson_t document;
    bson_iter_t at;
    if (!bson_init_static(&document, reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size()) ||
        !bson_iter_init(&at, &document) || !bson_iter_next(&at))
        throw mongo_failure{"a value of the server's reply cannot be read"};
    bson_append_iter(bson_, key.data(), size_of(key), &at);
    return *this;
}

command& command::push(std::string_view text)
{
    return add(std::to_string(items_++), text);
}

command& command::push(const command& document)
{
    return add(std::to_string(items_++), document);
}

} // namespace pryv_export::source
