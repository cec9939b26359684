#include "pryv_export/base/error.hpp"
#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/source/sqlite_files.hpp"

#include "sqlite_plain.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::source {

namespace {

constexpr std::array<std::string_view, event_row::column_count> column_names{
    "eventid", "headId",  "streamIds",   "time",       "deleted",   "endTime",
    "type",    "content", "description", "clientData", "integrity", "attachments",
    "trashed", "created", "createdBy",   "modified",   "modifiedBy"};
constexpr std::size_t stream_ids_column = 2;
constexpr std::size_t time_column = 3;
constexpr std::size_t end_time_column = 5;
constexpr std::size_t client_data_column = 9;
/// Without these a table is not v1's, whatever its version.
constexpr std::array<std::string_view, 4> required_columns{"eventid", "streamIds", "type", "content"};

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// SQLite's comparison of names: ASCII case does not matter.
bool same_name(std::string_view a, std::string_view b) noexcept
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool contains(const std::vector<std::string>& columns, std::string_view name)
{
    return std::any_of(columns.begin(), columns.end(), [&](auto& column) { return same_name(column, name); });
}

std::optional<double> number_of(const sqlite_value& value) noexcept
{
    if (auto const* const whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (auto const* const real = std::get_if<double>(&value)) return *real;
    return std::nullopt;
}

/// The `events` table of service-core 1.7, `audit.sqlite`: a duration in place of the end time.
bool is_v0(const std::vector<std::string>& columns)
{
    return contains(columns, "duration") && !contains(columns, "endTime");
}

std::string rowid_name(const std::vector<std::string>& columns)
{
    for (std::string_view const name : {"rowid", "_rowid_", "oid"}) {
        if (!contains(columns, name)) return std::string{name};
    }
    return "rowid";
}

/// rowid, the 17 columns, the duration of v0.
std::string query_for(const std::vector<std::string>& columns, bool v0)
{
    std::string const rowid = rowid_name(columns);
    std::string sql = "SELECT " + rowid;
    for (std::string_view const name : column_names) {
        sql += contains(columns, name) ? fmt::format(", \"{}\"", name) : ", NULL";
    }
    if (v0) sql += ", duration";
    return sql + " FROM events ORDER BY " + rowid;
}

std::vector<std::string> unknown_among(const std::vector<std::string>& columns, bool v0)
{
    std::vector<std::string> unknown;
    for (const std::string& column : columns) {
        bool const known = std::any_of(column_names.begin(), column_names.end(),
                                       [&](std::string_view name) { return same_name(name, column); });
        if (!known && !(v0 && same_name(column, "duration"))) unknown.push_back(column);
    }
    return unknown;
}

class table_rows : public event_rows
{
public:
    table_rows(sqlite_opener::database database, const std::vector<std::string>& columns)
        : database_{std::move(database)}, v0_{is_v0(columns)}, unknown_{unknown_among(columns, v0_)},
          rows_{database_, query_for(columns, v0_), thing_of(database_)}
    {
    }

    bool next(event_row& row) override
    {
        if (!step()) return false;
        sqlite_value const rowid = rows_.value(0);
        auto const* const number = std::get_if<std::int64_t>(&rowid);
        row.rowid = number != nullptr ? *number : 0;
        for (std::size_t column = 0; column < event_row::column_count; ++column) {
            row.columns[column] = rows_.value(static_cast<int>(column) + 1);
        }
        if (v0_) modernise(row);
        return true;
    }

    std::uint64_t count() override
    {
        sqlite_rows rows{database_, "SELECT count(*) FROM events", thing_of(database_)};
        rows.next();
        return static_cast<std::uint64_t>(std::get<std::int64_t>(rows.value(0)));
    }

    const std::vector<std::string>& unknown_columns() const override { return unknown_; }

private:
    static std::string thing_of(const sqlite_opener::database& database)
    {
        return database.file().native() + ", table events";
    }

    bool step()
    {
        try {
            if (rows_.next()) return true;
        } catch (const export_error&) {
            if (!database_.changed()) throw;
        }
        if (!database_.changed()) return false;
        throw export_error{exit_status::io_error, thing_of(database_), "was written to while it was read",
                           "stop v1's API and run again"};
    }

    /// What v1's own migration of `audit.sqlite` does, without its loss of the ids.
    void modernise(event_row& row)
    {
        sqlite_value& end = row.columns[end_time_column];
        end = row.columns[time_column];
        auto const time = number_of(end);
        auto const duration = number_of(rows_.value(static_cast<int>(event_row::column_count) + 1));
        if (time && duration && *duration != 0) end = *time + *duration;

        if (auto* const ids = std::get_if<sqlite_text>(&row.columns[stream_ids_column])) {
            stream_ids_ = ids->text;
            stream_ids_ += stream_ids_.empty() ? ".." : " ..";
            ids->text = stream_ids_;
        }
        if (auto* const data = std::get_if<sqlite_text>(&row.columns[client_data_column])) {
            format::json_notes notes = 0;
            client_data_.clear();
            format::append_string(client_data_, data->text, format::nul_policy::escape, notes);
            data->text = client_data_.view();
        }
    }

    sqlite_opener::database database_;
    bool v0_;
    std::vector<std::string> unknown_;
    sqlite_rows rows_;
    std::string stream_ids_;
    format::text_buffer client_data_;
};

void check_columns(const std::vector<std::string>& columns, const std::string& path)
{
    for (std::string_view const name : required_columns) {
        if (contains(columns, name)) continue;
        throw export_error{exit_status::io_error, path,
                           columns.empty() ? std::string{"has no table events"}
                                           : fmt::format("its table events has no column {}", name),
                           "it is not the file that v1 wrote; restore it from a backup"};
    }
}

/// Where the columns of event_row are in a plain table.
struct event_layout
{
    std::shared_ptr<const plain_layout> table;
    std::vector<std::string> unknown;
    std::array<std::size_t, event_row::column_count> places{}; ///< beyond the last one: no such column
};

/// Null for a table of v0. Throws export_error when it is none of v1.
std::shared_ptr<const event_layout> make_event_layout(const std::shared_ptr<const plain_layout>& table,
                                                      const std::string& path)
{
    std::vector<std::string> columns;
    for (const plain_column& column : table->columns) columns.push_back(column.name);
    if (is_v0(columns)) return nullptr;
    check_columns(columns, path);
    auto made = std::make_shared<event_layout>(event_layout{table, unknown_among(columns, false), {}});
    for (std::size_t i = 0; i < column_names.size(); ++i) {
        auto const found = std::find_if(columns.begin(), columns.end(),
                                        [&](auto& column) { return same_name(column, column_names[i]); });
        made->places[i] = static_cast<std::size_t>(found - columns.begin());
    }
    return made;
}

/// The same; mostly the layout of the file that the thread read before.
std::shared_ptr<const event_layout> event_layout_of(const std::shared_ptr<const plain_layout>& table,
                                                    const std::string& path)
{
    thread_local std::shared_ptr<const event_layout> last;
    if (last && last->table == table) return last;
    auto made = make_event_layout(table, path);
    if (made) last = made;
    return made;
}

/// Rows of a small file, all in memory.
class plain_rows final : public event_rows
{
public:
    plain_rows(plain_table table, std::shared_ptr<const event_layout> layout)
        : table_{std::move(table)}, layout_{std::move(layout)}
    {
    }

    bool next(event_row& row) override
    {
        if (next_ == table_.rowids.size()) return false;
        auto const values = table_.row(next_);
        row.rowid = table_.rowids[next_++];
        const auto& places = layout_->places;
        for (std::size_t i = 0; i < places.size(); ++i)
            row.columns[i] = places[i] < values.size() ? values[places[i]] : sqlite_value{};
        return true;
    }
    std::uint64_t count() override { return table_.entries; }
    const std::vector<std::string>& unknown_columns() const override { return layout_->unknown; }

private:
    plain_table table_;
    std::shared_ptr<const event_layout> layout_;
    std::size_t next_ = 0;
};

} // namespace

std::string_view event_row_column(std::size_t index) noexcept
{
    return column_names[index];
}

std::optional<std::unique_ptr<event_rows>> open_event_rows(const sqlite_opener& opener, const place& file)
{
    static constexpr std::array<std::string_view, 1> names{"events"};
    plain_answer plain = read_plain_tables(file, opener.lock_timeout(), names);
    if (!plain.file_is_there) return std::nullopt;
    if (plain.tables && plain.tables->front()) {
        plain_table& table = *plain.tables->front();
        if (auto layout = event_layout_of(table.layout, file.path()))
            return std::make_unique<plain_rows>(std::move(table), std::move(layout));
    }
    std::optional<sqlite_opener::database> database = opener.open(file);
    if (!database) return std::nullopt;
    std::vector<std::string> const columns = database->columns("events");
    check_columns(columns, file.path());
    return std::make_unique<table_rows>(*std::move(database), columns);
}

} // namespace pryv_export::source
