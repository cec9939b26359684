#include "pryv_export/export/register_check.hpp"

#include "pryv_export/archive/sorted_spool.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"

#include "record_lines.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

constexpr std::size_t most_servers = 1000;
constexpr std::size_t longest_example = 200;

std::string_view text_in(const json::object& row, std::string_view key)
{
    auto const* const value = row.if_contains(key);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()}
                                                  : std::string_view{};
}

void for_each_row(const std::filesystem::path& folder, std::string_view stem,
                  const std::function<void(const json::object&)>& on_row)
{
    for (std::string_view const suffix : {".jsonl.gz", ".jsonl"}) {
        auto const path = folder / fmt::format("{}{}", stem, suffix);
        if (kind_of(path) != path_kind::file) continue;
        for_each_line(path, [&](std::string_view line) {
            boost::system::error_code error;
            json::value const row = json::parse(line, error);
            if (!error && row.is_object()) on_row(row.get_object());
        });
        return;
    }
}

/// Users of a core by name, without a copy of the names.
class name_index
{
public:
    explicit name_index(const std::vector<user_entry>& users) : users_{users}, order_(users.size())
    {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::sort(order_.begin(), order_.end(),
                  [&](std::size_t a, std::size_t b) { return users[a].name < users[b].name; });
    }

    std::optional<std::size_t> find(std::string_view name) const
    {
        auto const at =
            std::lower_bound(order_.begin(), order_.end(), name,
                             [&](std::size_t i, std::string_view n) { return users_[i].name < n; });
        if (at == order_.end() || users_[*at].name != name) return std::nullopt;
        return *at;
    }

private:
    const std::vector<user_entry>& users_;
    std::vector<std::size_t> order_;
};

class checker
{
public:
    checker(const std::filesystem::path& folder, const std::vector<user_entry>& users,
            const std::filesystem::path& scratch, std::string_view own_server)
        : folder_{folder}, users_{users}, names_{users}, has_entry_(users.size(), false), emails_{scratch}
    {
        result_.own_server = own_server;
    }

    register_check run()
    {
        if (result_.own_server.empty()) find_own_server();
        if (!compare_servers()) return std::move(result_);
        for (std::size_t i = 0; i < users_.size(); ++i) {
            if (!has_entry_[i]) result_.without_entry.add(users_[i].name);
        }
        compare_users();
        find_shared_emails();
        return std::move(result_);
    }

private:
    void find_own_server()
    {
        std::map<std::string, std::uint64_t, std::less<>> counts;
        for_each_row(folder_, "servers", [&](const json::object& row) {
            std::string_view const server = text_in(row, "server");
            if (server.empty() || !names_.find(text_in(row, "username"))) return;
            if (counts.size() < most_servers || counts.contains(server)) ++counts[std::string{server}];
        });
        auto const most = std::max_element(counts.begin(), counts.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        if (most != counts.end()) result_.own_server = most->first;
    }

    /// False when the register has no servers.
    bool compare_servers()
    {
        bool some = false;
        for_each_row(folder_, "servers", [&](const json::object& row) {
            some = true;
            std::string_view const name = text_in(row, "username");
            std::string_view const server = text_in(row, "server");
            auto const user = names_.find(name);
            if (user) has_entry_[*user] = true;
            if (user && server != result_.own_server)
                result_.elsewhere.add(fmt::format("{} ({})", name, server));
            else if (!user && server == result_.own_server)
                result_.without_data.add(name);
        });
        return some;
    }

    void compare_users()
    {
        for_each_row(folder_, "users", [&](const json::object& row) {
            std::string_view const name = text_in(row, "username");
            std::string_view const id = text_in(row, "id");
            auto const user = names_.find(name);
            if (user && !id.empty() && id != users_[*user].id)
                result_.other_id.add(fmt::format("{} ({}, here {})", name, id, users_[*user].id));
            note_email(text_in(row, "email"), name);
        });
        for_each_row(folder_, "emails", [&](const json::object& row) {
            note_email(text_in(row, "email"), text_in(row, "username"));
        });
    }

    void note_email(std::string_view email, std::string_view name)
    {
        if (email.empty() || name.empty()) return;
        emails_.put(email, name);
        if (emails_.full()) emails_.spill();
    }

    /// An address that comes with two names, whichever file they are from.
    void find_shared_emails()
    {
        std::string email;
        std::string name;
        bool told = false;
        emails_.read([&](std::string_view next_email, std::string_view next_name) {
            if (next_email != email) {
                email = next_email;
                name = next_name;
                told = false;
            } else if (!told && next_name != name) {
                told = true;
                result_.shared_email.add(fmt::format("{} ({}, {})", email, name, next_name));
            }
        });
    }

    const std::filesystem::path& folder_;
    const std::vector<user_entry>& users_;
    name_index names_;
    std::vector<bool> has_entry_;
    archive::sorted_spool emails_;
    register_check result_;
};

} // namespace

void register_check::finding::add(std::string_view what)
{
    if (++count <= most_examples) examples.push_back(printable(what.substr(0, longest_example)));
}

namespace {

std::optional<std::string> sentence(const register_check::finding& found, std::string_view meaning)
{
    if (found.count == 0) return std::nullopt;
    bool const more = found.count > found.examples.size();
    return fmt::format("Register: {} {}: {}{}", human_count(found.count), meaning,
                       fmt::join(found.examples, ", "), more ? ", …" : ".");
}

} // namespace

std::vector<std::string> register_check::sentences() const
{
    std::vector<std::string> all;
    auto const tell = [&](const finding& found, std::string_view meaning) {
        if (auto text = sentence(found, meaning)) all.push_back(std::move(*text));
    };
    std::string const here = printable(own_server);
    tell(elsewhere, fmt::format("users have data here ({}), but the register says another core", here));
    tell(without_data, fmt::format("users should be here ({}) by the register, but have no data", here));
    tell(without_entry, "users have data here, but no server in the register");
    tell(other_id, "users have another id in the register");
    tell(shared_email, "e-mail addresses belong to two users");
    return all;
}

register_check check_register(const std::filesystem::path& folder, const std::vector<user_entry>& users,
                              const std::filesystem::path& scratch, std::string_view own_server)
{
    return checker{folder, users, scratch, own_server}.run();
}

register_check::finding users_on_no_core(const std::filesystem::path& folder,
                                         std::span<const std::vector<user_entry>* const> cores,
                                         const std::filesystem::path& scratch)
{
    // Under each name: who has data, v1's own account, in the register, and on which server.
    archive::sorted_spool names{scratch};
    auto const put = [&](std::string_view name, std::string_view what) {
        if (name.empty()) return;
        names.put(name, what);
        if (names.full()) names.spill();
    };
    for (const auto* const users : cores) {
        for (const user_entry& user : *users) put(user.name, "data");
    }
    for_each_row(folder, "users", [&](const json::object& row) {
        put(text_in(row, "username"), text_in(row, "id") == "0" ? "data" : "entry");
    });
    for_each_row(folder, "servers", [&](const json::object& row) {
        put(text_in(row, "username"), fmt::format("server {}", text_in(row, "server")));
    });

    register_check::finding found;
    std::string name;
    std::string server;
    bool has_data = true;
    auto const settle = [&] {
        if (!has_data) found.add(fmt::format("{} ({})", name, server.empty() ? "no server" : server));
    };
    names.read([&](std::string_view next, std::string_view what) {
        if (next != name) {
            settle();
            name = next;
            server.clear();
            has_data = false;
        }
        has_data = has_data || what == "data";
        if (what.starts_with("server ")) server = what.substr(what.find(' ') + 1);
    });
    settle();
    return found;
}

std::optional<std::string> sentence_about_users_on_no_core(const register_check::finding& found)
{
    return sentence(found, "users have no data on any of these cores");
}

} // namespace pryv_export::exporting
