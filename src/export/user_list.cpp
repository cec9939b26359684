#include "pryv_export/export/user_list.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/format/bson.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace pryv_export::exporting {

namespace {

/// Collects users, each id and each name once.
class collector
{
public:
    explicit collector(const user_sources& sources) : sources_{sources} {}

    void add_index()
    {
        for (const auto& [id, name] : sources_.index) {
            if (auto const known = places_.find(id); known != places_.end()) {
                warn(fmt::format("User {} is twice in the index, as '{}' and '{}': the first name is used.",
                                 id, list.users[known->second].name, name));
                continue;
            }
            add(id, name, "index", true);
        }
    }

    void add_others(const std::vector<std::string>& ids)
    {
        for (const std::string& id : ids) {
            if (places_.contains(id)) continue;
            list.not_in_index.push_back(id);
            if (auto const found = sources_.register_names.find(id); found != sources_.register_names.end()) {
                add(id, found->second, "register", false);
            } else if (auto const event = sources_.event_names.find(id);
                       event != sources_.event_names.end()) {
                add(id, event->second, "account event", false);
            } else {
                add(id, id, "id", false);
            }
        }
    }

    void mark_folders()
    {
        for (const std::string& id : sources_.folders) list.users[places_.at(id)].has_folder = true;
    }

    void find_index_only()
    {
        std::unordered_set<std::string_view> const documented{sources_.in_documents.begin(),
                                                              sources_.in_documents.end()};
        for (const user_entry& user : list.users) {
            if (user.in_index && !user.has_folder && !documented.contains(user.id))
                list.index_only.push_back(user.id);
        }
    }

    user_list list;

private:
    void add(const std::string& id, const std::string& name, std::string_view from, bool in_index)
    {
        user_entry user{.id = id,
                        .name = name,
                        .name_from = std::string{from},
                        .in_index = in_index,
                        .has_folder = false};
        if (auto const other = names_.find(name); other != names_.end()) {
            warn(fmt::format(
                "Users {} and {} have the same name '{}': v2 takes a name once, so {} is named by its id.",
                other->second, id, name, id));
            user.name = id;
            user.name_from = "id";
        }
        places_.emplace(id, list.users.size());
        names_.emplace(user.name, id);
        list.users.push_back(std::move(user));
    }

    void warn(std::string_view sentence) { list.warnings.push_back(printable(sentence)); }

    const user_sources& sources_;
    std::unordered_map<std::string, std::size_t> places_;
    std::unordered_map<std::string, std::string> names_;
};

constexpr std::array<std::string_view, 3> name_streams{":_system:username", ":system:username", ".username"};

bool is_name_stream(std::string_view stream)
{
    return std::find(name_streams.begin(), name_streams.end(), stream) != name_streams.end();
}

std::optional<std::string> name_in_event(format::bson_bytes event)
{
    auto const streams = format::find(event, "streamIds");
    if (!streams || streams->type != format::bson_type::array) return std::nullopt;
    bool named = false;
    format::bson_reader reader{streams->document()};
    for (format::bson_element item; reader.next(item);)
        named = named || (item.is_string() && is_name_stream(item.text()));
    if (!named || format::find(event, "headId")) return std::nullopt;
    auto const content = format::find(event, "content");
    if (!content || !content->is_string()) return std::nullopt;
    return std::string{content->text()};
}

} // namespace

user_list join_users(const user_sources& sources)
{
    collector all{sources};
    all.add_index();
    // The order of the documents differs from source to source.
    std::vector<std::string> documented = sources.in_documents;
    std::sort(documented.begin(), documented.end());
    all.add_others(documented);
    all.add_others(sources.folders);
    all.mark_folders();
    all.find_index_only();
    return std::move(all.list);
}

void select_users(user_list& list, const std::vector<std::string>& wanted)
{
    if (wanted.empty()) return;
    std::unordered_map<std::string_view, bool> found;
    for (const std::string& wish : wanted) found.emplace(wish, false);
    auto const keep = [&](const user_entry& user) {
        bool kept = false;
        for (std::string_view const key : {std::string_view{user.id}, std::string_view{user.name}}) {
            if (auto const wish = found.find(key); wish != found.end()) kept = wish->second = true;
        }
        return kept;
    };
    std::erase_if(list.users, [&](const user_entry& user) { return !keep(user); });
    for (const std::string& wish : wanted) {
        if (!found.at(wish)) {
            throw export_error{exit_status::source_missing, fmt::format("--user {}", wish),
                               "no user has this id or name", "look into the user index of v1"};
        }
    }
}

bool is_routable_name(std::string_view name) noexcept
{
    if (name.size() < 5 || name.size() > 60 || name.front() == '-' || name.back() == '-') return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::map<std::string, std::string, std::less<>> names_from_events(source::document_store& documents)
{
    std::map<std::string, std::string, std::less<>> names;
    documents.for_each_event_in(name_streams, [&](std::string_view user, const source::document& event) {
        auto name = name_in_event(event.bytes);
        if (name) names.emplace(user, std::move(*name));
        return !name;
    });
    return names;
}

} // namespace pryv_export::exporting
