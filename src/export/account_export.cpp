#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include "user_export.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

convert::password to_password(source::password_row&& row)
{
    convert::password password;
    password.time = row.time;
    password.hash = std::move(row.hash);
    password.created_by = std::move(row.created_by);
    return password;
}

convert::key_value to_key_value(source::key_value_row&& row)
{
    convert::key_value entry;
    entry.store_id = std::move(row.store_id);
    entry.key = std::move(row.key);
    entry.value_json = std::move(row.value_json);
    entry.from_sqlite_text = true;
    return entry;
}

/// The text of a JSON string value.
std::string unquoted(const std::string& value)
{
    boost::system::error_code error;
    json::value const parsed = json::parse(value, error);
    return !error && parsed.is_string() ? std::string{parsed.get_string()} : value;
}

void set_field_aside(convert::output& out, std::string_view field, const convert::account_value& value)
{
    std::string const id = json::serialize(json::string_view{value.event_id});
    append_set_aside(out, convert::rule::account_history, "events", id,
                     fmt::format(R"({{"id":{},"field":"{}","value":{}}})", id, field, value.value_json));
}

} // namespace

void user_export::gather_account()
{
    if (core_.mongo_accounts) {
        if (auto const found = core_.mongo_accounts->find(user_.id); found != core_.mongo_accounts->end()) {
            account_ = std::move(found->second);
        }
        return;
    }
    if (!has_source_folder()) return;
    source::place const file{source_folder_, "account-1.0.0.sqlite"};
    auto rows = source::read_account(core_.sqlite, file);
    if (!rows) {
        if (user_.in_index && core_.version.at_least(1, 8)) {
            throw export_error{
                exit_status::partial, file.path(),
                fmt::format("is missing: user {} would lose the password", printable(user_.id)),
                "restore the file from a backup, or remove the user from the index"};
        }
        return;
    }
    for (auto& row : rows->passwords) account_.passwords.push_back(to_password(std::move(row)));
    for (auto& row : rows->key_values) account_.key_values.push_back(to_key_value(std::move(row)));
}

void user_export::note_user()
{
    if (account_line_.lines == 0) report_.notes.add(convert::rule::no_password, user_.id);
    if (!is_routable_name(user_.name))
        report_.notes.add(convert::rule::unroutable_name, user_.id, user_.name);
    if (!user_.in_index)
        report_.notes.add(convert::rule::unlisted_user, user_.id,
                          fmt::format("named '{}' from {}", user_.name, user_.name_from));
}

/// Stores before 1.8 keep the password in an event; a later store can have such events as leftovers.
void user_export::add_event_passwords()
{
    bool const only_source = account_.passwords.empty();
    for (const auto& value : event_passwords_) {
        if (only_source) {
            convert::password password;
            password.time = value.time;
            password.hash = unquoted(value.value_json);
            password.created_by = value.created_by;
            account_.passwords.push_back(std::move(password));
        } else {
            set_field_aside(fields_out_, "passwordHash", value);
        }
    }
    for (const auto& value : event_usernames_) {
        if (unquoted(value.value_json) == user_.name) continue;
        set_field_aside(fields_out_, "username", value);
    }
}

} // namespace pryv_export::exporting
