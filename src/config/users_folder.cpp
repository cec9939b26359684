#include "users_folder.hpp"

#include "pryv_export/base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>

namespace pryv_export::config {

namespace {

namespace fs = std::filesystem;

enum class state
{
    absent,
    unreadable,
    folder,
    users
};

/// A folder with user-index.db, or with the one-character folders that users are sorted into.
state state_of(const fs::path& path)
{
    std::error_code error;
    fs::directory_iterator item{path, error};
    if (error) return error.value() == EACCES ? state::unreadable : state::absent;
    for (; item != fs::directory_iterator{}; item.increment(error)) {
        std::string const name = item->path().filename();
        if (name == "user-index.db") return state::users;
        if (name.size() == 1 && item->is_directory(error)) return state::users;
        if (error) break;
    }
    return state::folder;
}

/// Tail of `path` behind `prefix`, whole components; nullopt when it is not below.
std::optional<fs::path> below(const fs::path& path, const fs::path& prefix)
{
    auto const [rest, end] = std::mismatch(path.begin(), path.end(), prefix.begin(), prefix.end());
    bool const whole = end == prefix.end() || (end->empty() && std::next(end) == prefix.end());
    if (!whole) return std::nullopt;
    fs::path tail;
    for (auto part = rest; part != path.end(); ++part) tail /= *part;
    return tail;
}

/// Tail behind the last folder called var-pryv or data: where v1's containers mount theirs.
std::optional<fs::path> below_var(const fs::path& path)
{
    std::optional<fs::path> tail;
    for (const fs::path& part : path) {
        if (part == "var-pryv" || part == "data") {
            tail = fs::path{};
        } else if (tail) {
            *tail /= part;
        }
    }
    return tail;
}

class folder_finder
{
public:
    folder_finder(const fs::path& file, const config_options& options)
        : options_{options}, folder_{fs::absolute(file).lexically_normal().parent_path()}
    {
    }

    /// Places on this host that a path of v1's config can mean, likeliest first.
    std::vector<fs::path> places_of(const fs::path& configured) const
    {
        std::vector<fs::path> places;
        std::vector<fs::path> const mapped = map(configured);
        for (const fs::path& path : mapped) {
            if (path.is_absolute()) {
                places.push_back(path);
            } else {
                // v1 runs in its own folder; the config's is one below.
                for (const fs::path& base : {folder_.parent_path(), fs::current_path(), folder_}) {
                    places.push_back((base / path).lexically_normal());
                }
            }
        }
        return places;
    }

    /// Where v1's layouts have the users when the config does not say: open-pryv.io, its Docker form,
    /// enterprise.
    std::vector<fs::path> usual_places() const
    {
        std::vector<fs::path> places;
        for (const fs::path& var : var_folders()) {
            for (const char* name : {"users", "api/users", ""}) places.push_back(place_in(var, name));
        }
        if (!places.empty()) return places;
        fs::path base = folder_;
        for (int level = 0; level < 3; ++level, base = base.parent_path()) {
            for (const char* name : {"var-pryv/users", "var-pryv/api/users", "data/users"}) {
                places.push_back(base / name);
            }
            if (base == base.parent_path()) break;
        }
        return places;
    }

private:
    static fs::path place_in(const fs::path& folder, const char* name)
    {
        return *name == '\0' ? folder : folder / name;
    }

    std::vector<fs::path> var_folders() const
    {
        std::vector<fs::path> folders;
        for (const auto& [from, to] : options_.path_mappings) {
            if (from.empty()) folders.push_back(fs::absolute(to));
        }
        return folders;
    }

    /// What the mappings make of it, the nearest (longest) container folder first; itself last.
    std::vector<fs::path> map(const fs::path& configured) const
    {
        std::vector<std::pair<std::string, std::string>> mappings = options_.path_mappings;
        std::stable_sort(mappings.begin(), mappings.end(),
                         [](auto& a, auto& b) { return a.first.size() > b.first.size(); });
        std::vector<fs::path> mapped;
        fs::path const path = configured.lexically_normal();
        for (const auto& [from, to] : mappings) {
            auto const tail = from.empty() ? below_var(path) : below(path, fs::path{from}.lexically_normal());
            if (tail) mapped.push_back((fs::absolute(to) / *tail).lexically_normal());
        }
        mapped.push_back(path);
        return mapped;
    }

    const config_options& options_;
    fs::path folder_; ///< of the config file, absolute
};

struct tried
{
    std::vector<fs::path> places;
    std::optional<fs::path> unreadable;

    /// The first place that is at least `wanted`.
    std::optional<fs::path> first(const std::vector<fs::path>& candidates, state wanted)
    {
        for (const fs::path& place : candidates) {
            state const found = state_of(place);
            if (found >= wanted) return place;
            if (found == state::unreadable && !unreadable) unreadable = place;
            if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
        }
        return std::nullopt;
    }

    [[noreturn]] void fail(std::string_view thing, std::string_view cause, std::string_view hint) const
    {
        if (unreadable) throw_errno(EACCES, "cannot read the folder", unreadable->native());
        std::vector<std::string> names;
        for (const fs::path& place : places) names.push_back(place.native());
        throw export_error{exit_status::bad_config, thing,
                           fmt::format("{} (tried {})", cause, fmt::join(names, ", ")), hint};
    }
};

std::string without_slash(fs::path path)
{
    path = path.lexically_normal();
    return path.has_filename() ? path.native() : path.parent_path().native();
}

fs::path given_users_path(const fs::path& path)
{
    fs::path const folder = without_slash(fs::absolute(path));
    tried search;
    if (auto const found = search.first({folder}, state::folder)) return *found;
    search.fail(path.native(), "is no folder", "give --users-path the folder that holds user-index.db");
}

fs::path configured_users_path(const folder_finder& finder, const v1_config& config)
{
    std::vector<fs::path> const places = finder.places_of(config.configured_users_path);
    tried search;
    if (auto const found = search.first(places, state::users)) return without_slash(*found);
    if (auto const found = search.first(places, state::folder)) return without_slash(*found);
    std::string hint = "when it is a path inside of v1's container give --var CONTAINER=HOST (e.g. "
                       "--var /app/data=/var/pryv/core/data), or the folder itself with --users-path";
    if (auto const near = tried{}.first(finder.usual_places(), state::users)) {
        hint = fmt::format("it may be {}: give --users-path", near->native());
    }
    search.fail(fmt::format("userFiles:path {}", config.configured_users_path), "is no folder on this host",
                hint);
}

fs::path guessed_users_path(const folder_finder& finder, const fs::path& file)
{
    tried search;
    if (auto const found = search.first(finder.usual_places(), state::users)) return without_slash(*found);
    search.fail(file.native(), "does not say where the users are (userFiles:path), and they are not near it",
                "give --users-path the folder that holds user-index.db");
}

void warn_about(const v1_config& config, std::vector<std::string>& warnings)
{
    if (state_of(config.user_files_path) == state::folder) {
        warnings.push_back(fmt::format("{}: holds neither user-index.db nor folders of users",
                                       config.user_files_path.native()));
    }
    if (config.configured_users_path.empty() && !config.configured_attachments_path.empty()) {
        warnings.push_back(fmt::format("eventFiles:attachmentsDirPath {}: is where v1 before 1.9 kept "
                                       "attachments, and not taken for the folder "
                                       "of users ({} is)",
                                       config.configured_attachments_path, config.user_files_path.native()));
    }
}

} // namespace

void find_folders(const fs::path& file, const config_options& options, v1_config& config)
{
    folder_finder const finder{file, options};
    config.user_files_path = options.users_path                      ? given_users_path(*options.users_path)
                             : !config.configured_users_path.empty() ? configured_users_path(finder, config)
                                                                     : guessed_users_path(finder, file);
    warn_about(config, config.warnings);
    if (config.configured_attachments_path.empty()) {
        config.attachments_path = config.user_files_path.parent_path() / "attachments";
        return;
    }
    std::vector<fs::path> const places = finder.places_of(config.configured_attachments_path);
    config.attachments_path = tried{}.first(places, state::folder).value_or(places.front());
}

} // namespace pryv_export::config
