#pragma once

#include "pryv_export/convert/events.hpp"
#include "pryv_export/convert/outcome.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pryv_export::convert {

struct password
{
    double time = 0;
    std::string hash;
    std::string created_by;
    bool created_by_is_number = false;
    double created_by_number = 0;
};
struct key_value
{
    std::string store_id;
    std::string key;
    std::string value_json;
    bool from_sqlite_text = false;
    bool ill_formed = false;
};

/// Everything of a user's account, gathered from wherever v1 kept it.
struct account
{
    std::vector<password> passwords;
    std::vector<key_value> key_values;
    std::vector<account_value> fields;
    std::vector<account_past> past_fields;
};

/// Reads a password row of Mongo's `passwords` (docs/v1-data.md 1.13); nullopt when it is unreadable (counted
/// by the caller).
std::optional<password> read_password(format::bson_bytes document);
/// Reads a row of `stores-key-value`. nullopt when unreadable.
std::optional<key_value> read_key_value(format::bson_bytes document);

/// Appends the one line of account.jsonl, LF included: keys passwords, storeKeyValues, accountFields
/// (docs/conversion.md "Account"). `passwords_out` and `key_values_out` get tallies, findings and `extra`
/// lines of their kinds; `fields_out` findings about fields (account-time) and extra lines of kind events, no
/// tallies: these records were counted by event_converter. Passwords are sorted by time, fields by (field,
/// time). line_count of the first two is the number of items.
void append_account_line(account&& what, format::text_buffer& line, output& passwords_out,
                         output& key_values_out, output& fields_out);

} // namespace pryv_export::convert
