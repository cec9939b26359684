#include "manifest.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"

#include "json_keys.hpp"
#include "large_document.hpp"
#include "record_schema.hpp"

#include <fmt/format.h>

namespace pryv_export::verify {

namespace {

constexpr std::uint64_t user_manifest_limit = 64U << 20;

std::optional<std::uint64_t> count_of(json_value stats, std::string_view kind)
{
    json_value const value = stats && stats.is(json_kind::object) ? stats.find(kind) : json_value{};
    if (!value || !value.is(json_kind::number) || value.number() < 0 || value.number() > 9e15)
        return std::nullopt;
    return static_cast<std::uint64_t>(value.number());
}

std::optional<std::vector<std::string>> names_of(json_value chunks, std::string_view kind)
{
    json_value const list = chunks && chunks.is(json_kind::object) ? chunks.find(kind) : json_value{};
    if (!list || !list.is(json_kind::array)) return std::nullopt;
    std::vector<std::string> names;
    list.each_item(
        [&](json_value name) { names.push_back(name.is(json_kind::string) ? name.string() : "?"); });
    return names;
}

manifest_user user_of(json_value entry)
{
    manifest_user user;
    user.user_id = text_of(entry, "userId");
    user.username = text_of(entry, "username");
    json_value const stats = entry.find("stats");
    for (std::size_t i = 0; i < counted_kinds.size(); ++i) user.stats[i] = count_of(stats, counted_kinds[i]);
    json_value const chunks = entry.find("chunks");
    user.event_chunks = names_of(chunks, "events");
    user.audit_chunks = names_of(chunks, "audit");
    std::string text;
    append_compact(text, entry);
    user.content = exact_hash_of({text});
    return user;
}

class manifest_reader
{
public:
    explicit manifest_reader(findings& out) : out_{out} {}

    std::optional<archive_manifest> read(const std::filesystem::path& file)
    {
        try {
            large_document document;
            std::string const wrong =
                document.read(file, "users", [this](std::string_view item) { take_user(item); });
            if (!wrong.empty()) return complain(wrong), std::nullopt;
            if (!document.list_seen()) return complain("no list of users"), std::nullopt;
            take_rest(document.rest());
        } catch (const export_error& error) {
            if (error.status() == exit_status::interrupted) throw;
            return complain(error.what()), std::nullopt;
        }
        return std::move(manifest_);
    }

private:
    void complain(std::string text)
    {
        out_.add(rule::manifest_broken, {"manifest.json", 0, {}, printable(text)});
    }
    void odd(std::string text) { out_.add(rule::manifest_value, {"manifest.json", 0, {}, printable(text)}); }

    void take_user(std::string_view item)
    {
        ++number_;
        json_text json;
        key_checker keys;
        bool const good = is_well_formed(item) && json.parse(item) == json_verdict::ok &&
                          json.root().is(json_kind::object) && keys.repeated(json) == nullptr;
        if (!good) return complain(fmt::format("user {} is no JSON object", number_));
        manifest_user user = user_of(json.root());
        if (user.user_id.empty() || user.username.empty())
            complain(fmt::format("user {} without a userId or a username", number_));
        else if (!is_safe_name(user.user_id))
            complain(fmt::format("user {} has an id that is no name of a folder", number_));
        else
            manifest_.users.push_back(std::move(user));
    }

    void take_rest(json_value root)
    {
        json_value const compressed = root.find("compressed");
        // Only a literal false counts for v2.
        manifest_.facts.compressed = !(compressed && compressed.is(json_kind::no));
        if (!compressed || (!compressed.is(json_kind::no) && !compressed.is(json_kind::yes)))
            odd("compressed is neither true nor false: v2 takes the archive for compressed");
        if (number_of(root, "formatVersion") != 1) odd("formatVersion is not 1");
        std::string const type = text_of(root, "backupType");
        if (type == "incremental")
            out_.add(rule::incremental, {"manifest.json", 0, {}, "an incremental backup"});
        else if (type != "full")
            odd("backupType is neither full nor incremental");
        manifest_.core_version = text_of(root, "coreVersion");
        double const made = number_of(root, "backupTimestamp");
        if (made > 0 && made < 1e14) manifest_.made_ms = static_cast<std::int64_t>(made);
        take_maker(root.find("pryvExport"));
    }

    void take_maker(json_value own)
    {
        manifest_.tool = fmt::format("v2's backup ({})", printable(manifest_.core_version));
        if (manifest_.core_version.ends_with("-export")) {
            manifest_.facts.made_by = maker::node_tool;
            manifest_.tool = "the Node export tool";
        }
        if (!own || !own.is(json_kind::object)) return;
        manifest_.facts.made_by = maker::pryv_export;
        manifest_.tool = fmt::format("pryv-export {}", printable(text_of(own, "version")));
        manifest_.result = text_of(own, "result");
        json_value const options = own.find("options");
        manifest_.facts.integrity_dropped =
            options && options.is(json_kind::object) && text_of(options, "integrity") == "drop";
    }

    findings& out_;
    archive_manifest manifest_;
    std::uint64_t number_ = 0;
};

} // namespace

std::optional<archive_manifest> read_manifest(const std::filesystem::path& root, findings& out)
{
    return manifest_reader{out}.read(root / "manifest.json");
}

std::optional<manifest_user> read_user_manifest(const std::filesystem::path& file, const file_scope& scope)
{
    std::string const text = read_small_file(file, user_manifest_limit);
    json_text json;
    if (!is_well_formed(text) || json.parse(text) != json_verdict::ok || !json.root().is(json_kind::object)) {
        scope.add(rule::user_manifest, 0, {}, "no JSON object");
        return std::nullopt;
    }
    return user_of(json.root());
}

} // namespace pryv_export::verify
