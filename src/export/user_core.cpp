#include "pryv_export/export/user_core.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"

#include "record_lines.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

constexpr std::size_t block_bytes = 1U << 20;
constexpr std::size_t most_servers = 1000;

std::string quoted(std::string_view text)
{
    std::string out = "'";
    for (char const c : text) out += c == '\'' ? std::string{"''"} : std::string{c};
    return out + "'";
}

bool has_control(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// The two files, written as their rows come.
class user_core_files
{
public:
    user_core_files(const std::filesystem::path& folder, archive::encoding how)
        : how_{how},
          lines_{folder, {.stem = "user-core", .suffix = std::string{how.suffix()}, .chunk_bytes = 0}},
          sql_{folder, "user-core.sql"}
    {
    }

    void add_line(std::string_view key, std::string_view id)
    {
        held_lines_ += json::serialize(json::object{{"key", key}, {"value", id}}) + "\n";
        ++count_;
        if (held_lines_.size() >= block_bytes) flush_lines();
    }
    void add_statement(std::string_view key, std::string_view id)
    {
        held_sql_ += fmt::format("INSERT OR REPLACE INTO keyValue(key, value) VALUES({}, {});\n", quoted(key),
                                 quoted(id));
        if (held_sql_.size() >= block_bytes) flush_sql();
    }
    std::vector<archive::file_record> finish()
    {
        flush_lines();
        flush_sql();
        lines_.finish();
        return {lines_.files().front(), sql_.close()};
    }

private:
    void flush_lines()
    {
        lines_.append(archive::compress(held_lines_, std::exchange(count_, 0), how_));
        lines_.flush();
        held_lines_.clear();
    }
    void flush_sql()
    {
        sql_.write(held_sql_);
        held_sql_.clear();
    }

    archive::encoding how_;
    archive::file_series lines_;
    archive::archive_file sql_;
    std::string held_lines_;
    std::string held_sql_;
    std::uint64_t count_ = 0;
};

void add_row(std::string_view line, const core_id_map& ids, user_core_files& files, user_core_rows& result)
{
    boost::system::error_code error;
    json::value const row = json::parse(line, error);
    if (error || !row.is_object()) return;
    auto const* const name = row.get_object().if_contains("username");
    auto const* const server = row.get_object().if_contains("server");
    if (name == nullptr || server == nullptr || !name->is_string() || !server->is_string()) return;
    std::string_view const host = server->get_string();
    auto const found = ids.find(host);
    if (found == ids.end()) {
        if (result.unmapped.size() < most_servers || result.unmapped.contains(host))
            ++result.unmapped[std::string{host}];
        return;
    }
    std::string const key = "user-core/" + std::string{std::string_view{name->get_string()}};
    files.add_line(key, found->second);
    ++result.rows;
    if (has_control(key))
        ++result.unwritable;
    else
        files.add_statement(key, found->second);
}

} // namespace

user_core_rows write_user_core(const std::filesystem::path& folder, const core_id_map& ids,
                               archive::encoding how)
{
    user_core_rows result;
    user_core_files files{folder, how};
    bool const gzip = kind_of(folder / "servers.jsonl.gz") == path_kind::file;
    for_each_line(folder / (gzip ? "servers.jsonl.gz" : "servers.jsonl"),
                  [&](std::string_view line) { add_row(line, ids, files, result); });
    result.files = files.finish();
    return result;
}

} // namespace pryv_export::exporting
