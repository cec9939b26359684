#include "other_checks.hpp"

#include "record_schema.hpp"

#include <fmt/format.h>

#include <vector>

namespace pryv_export::verify {

namespace {

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        std::size_t const end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == text.npos) return parts;
        text.remove_prefix(end + 1);
    }
}

} // namespace

void account_checker::unique(std::initializer_list<std::string_view> parts, std::string_view what)
{
    if (!keys_.insert(exact_hash_of(parts)).second)
        scope_.add(rule::account_repeated, line_, {}, std::string{what});
}

bool account_checker::needs(json_value row, std::string_view list, std::string_view member, json_kind kind)
{
    json_value const value = row.is(json_kind::object) ? row.find(member) : json_value{};
    if (value && value.is(kind)) return true;
    scope_.add(rule::account_shape, line_, {},
               fmt::format("{} without a {} '{}'", list, name_of(kind), member));
    return false;
}

void account_checker::password(json_value row)
{
    bool const timed = needs(row, "a password", "time", json_kind::number);
    if (!needs(row, "a password", "hash", json_kind::string)) return;
    if (!text_of(row, "hash").starts_with("$2"))
        scope_.add(rule::account_shape, line_, {}, "a password that is no bcrypt hash");
    if (timed) unique({"p", row.find("time").raw()}, "two passwords of one time");
}

void account_checker::key_value(json_value row)
{
    bool const store = needs(row, "a key-value", "storeId", json_kind::string);
    if (!needs(row, "a key-value", "key", json_kind::string) || !store) return;
    unique({"k", text_of(row, "storeId"), text_of(row, "key")}, "two values of one store and key");
    if (scope_.facts().made_by == maker::pryv_export) return;
    std::string const value = text_of(row, "value");
    if (value.starts_with('{') || value.starts_with('[') || value.starts_with('"'))
        scope_.add(rule::key_value_text, line_, text_of(row, "key"),
                   "a value that is JSON text inside a text");
}

void account_checker::field(json_value row)
{
    bool const timed = needs(row, "an account field", "time", json_kind::number);
    if (!needs(row, "an account field", "field", json_kind::string)) return;
    std::string const name = text_of(row, "field");
    if (timed)
        unique({"f", name, row.find("time").raw()}, fmt::format("two values of '{}' at one time", name));
    if (name.starts_with(":_system:") || name.starts_with(":system:"))
        scope_.add(rule::account_shape, line_, {},
                   fmt::format("the field '{}' with its stream's prefix", name));
    if (name == "username" || name == "passwordHash")
        scope_.add(rule::account_shape, line_, {}, fmt::format("'{}' is no account field in v2", name));
}

void account_checker::record(json_value account, std::uint64_t line)
{
    line_ = line;
    bool password_seen = false;
    std::string scratch;
    account.each_member([&](json_value key, json_value list) {
        std::string_view const name = key.text(scratch);
        bool const known = name == "passwords" || name == "storeKeyValues" || name == "accountFields";
        if (!known) {
            scope_.add(rule::unknown_key, line, {},
                       fmt::format("the key '{}' of an account", name.substr(0, 100)));
        } else if (!list.is(json_kind::array)) {
            scope_.add(rule::account_shape, line, {}, fmt::format("{} is no list", name));
        } else if (name == "passwords") {
            password_seen = list.size() > 0;
            list.each_item([&](json_value row) { password(row); });
        } else if (name == "storeKeyValues") {
            list.each_item([&](json_value row) { key_value(row); });
        } else {
            list.each_item([&](json_value row) { field(row); });
        }
    });
    if (!password_seen) scope_.add(rule::password_missing, line, {}, "no password");
}

void series_checker::record(json_value measurement, std::uint64_t line)
{
    std::string const name = text_of(measurement, "measurement");
    if (name.empty()) scope_.add(rule::series_shape, line, {}, "no measurement");
    json_value const points = measurement.find("points");
    if (!points || !points.is(json_kind::array)) {
        scope_.add(rule::series_shape, line, name, "no list of points");
        return;
    }
    std::uint64_t bad = 0;
    points.each_item([&](json_value point) {
        json_value const time = point.is(json_kind::object) ? point.find("time") : json_value{};
        bad += !time || !time.is(json_kind::number);
    });
    if (bad > 0)
        scope_.add(rule::series_shape, line, name, fmt::format("{} points whose time is no number", bad));
}

void extra_checker::record(json_value original, std::uint64_t line)
{
    for (std::string_view const member : {"rule", "kind"}) {
        if (text_of(original, member).empty()) {
            scope_.add(rule::extra_shape, line, {}, fmt::format("no {}", member));
            return;
        }
    }
    if (!original.find("id")) scope_.add(rule::extra_shape, line, {}, "no id");
}

void platform_checker::unique(std::string_view field, std::string_view value, std::uint64_t line,
                              std::string_view username)
{
    if (!unique_.insert(exact_hash_of({field, value})).second)
        scope_.add(rule::platform_conflict, line, username, fmt::format("another row has this {}", field));
}

void platform_checker::record(json_value row, std::uint64_t line)
{
    if (has_value(row, "username"))
        structured(row, line);
    else
        raw(row, line);
}

void platform_checker::structured(json_value row, std::uint64_t line)
{
    std::string const username = text_of(row, "username");
    json_value const is_unique = row.find("isUnique");
    bool const boolean = is_unique && (is_unique.is(json_kind::yes) || is_unique.is(json_kind::no));
    std::string const field = text_of(row, "field");
    if (username.empty() || field.empty() || !boolean || !row.find("value")) {
        scope_.add(rule::platform_shape, line, username, "a row needs isUnique, field, username and value");
        return;
    }
    if (is_unique.is(json_kind::yes)) unique(field, row.find("value").raw(), line, username);
}

/// Keys user-unique/<field>/<value> and user-indexed/<field>/<username>, as v1 stores them.
void platform_checker::raw(json_value row, std::uint64_t line)
{
    std::string const key = text_of(row, "key");
    if (key.empty() || !row.find("value")) {
        scope_.add(rule::platform_shape, line, {}, "neither a username nor a key with a value");
        return;
    }
    auto const parts = split(key, '/');
    bool const unique_key = parts[0] == "user-unique";
    if ((!unique_key && parts[0] != "user-indexed") || parts.size() < 3) {
        scope_.add(rule::platform_unknown, line, {},
                   fmt::format("a key that v2 does not know: {}/…", parts[0].substr(0, 60)));
        return;
    }
    if (parts.size() > 3)
        scope_.add(rule::platform_slash, line, {}, fmt::format("a value of {} with a slash", parts[1]));
    if (unique_key) unique(parts[1], parts[2], line, {});
}

void register_checker::record(json_value server, std::uint64_t line)
{
    std::string const name = text_of(server, "username");
    if (name.empty()) {
        scope_.add(rule::register_shape, line, {}, "no username");
    } else if (!names_.insert(exact_hash_of({name})).second) {
        scope_.add(rule::register_shape, line, name, "the user is there twice");
    }
}

} // namespace pryv_export::verify
