#include "inspect_page.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/log.hpp"
#include "pryv_export/page/read_report.hpp"
#include "pryv_export/page/write_page.hpp"

#include "large_document.hpp"

#include <string>

namespace pryv_export::verify {

namespace {

constexpr std::uint64_t register_report_limit = 64U << 20;

std::string iso_seconds(double seconds)
{
    return iso_time(static_cast<std::int64_t>(seconds * 1000));
}

/// An archive with report.json.
class reported_page
{
public:
    explicit reported_page(const std::filesystem::path& root) : root_{root}
    {
        large_document document;
        read(document, [](std::string_view) {});
        data_ = page::read_report(document.rest_text());
        auto const of_register = root_ / "register" / "report.json";
        if (kind_of(of_register) == path_kind::file)
            page::add_register(data_, read_small_file(of_register, register_report_limit));
    }

    page::report_data& data() noexcept { return data_; }

    void users(const std::function<void(const page::user_row&)>& take) const
    {
        large_document document;
        read(document, [&](std::string_view item) { take(page::read_user(item, data_)); });
    }

private:
    void read(large_document& document, const large_document::item_listener& item) const
    {
        auto const file = root_ / "report.json";
        if (std::string const wrong = document.read(file, "users", item); !wrong.empty())
            throw export_error{exit_status::io_error, file.native(), wrong,
                               "pryv-export verify says what is wrong"};
    }

    const std::filesystem::path& root_;
    page::report_data data_;
};

std::uint64_t stat_of(const manifest_user& user, std::size_t kind)
{
    return user.stats[kind].value_or(0);
}

void add_totals(page::report_data& data, const archive_manifest& manifest)
{
    for (std::size_t i = 0; i < counted_kinds.size(); ++i) {
        page::tally_row row;
        row.kind = counted_kinds[i];
        for (const manifest_user& user : manifest.users) row.written += user.stats[i].value_or(0);
        data.totals.push_back(std::move(row));
    }
    for (const manifest_user& user : manifest.users) {
        if (stat_of(user, count_events) <= data.largest_user_events) continue;
        data.largest_user_events = stat_of(user, count_events);
        data.largest_user = user.user_id;
    }
}

void add_times(page::report_data& data, const event_times& times)
{
    data.months = times.months();
    data.events_earlier = times.earlier();
    data.events_later = times.later();
    data.events_undated = times.undated();
    if (auto const range = times.range()) {
        data.first_event = iso_seconds(range->first);
        data.last_event = iso_seconds(range->second);
    }
}

page::report_data counted_data(const archive_files& files, const event_times& times)
{
    const archive_manifest& manifest = files.manifest();
    page::report_data data;
    data.made_by = manifest.tool;
    data.version = manifest.core_version;
    if (manifest.made_ms != 0) data.started = iso_time(manifest.made_ms);
    data.users = manifest.users.size();
    auto const [count, bytes] = files.size_of("");
    data.files = count;
    data.archive_bytes = bytes;
    add_totals(data, manifest);
    add_times(data, times);
    return data;
}

void counted_users(const archive_files& files, const std::function<void(const page::user_row&)>& take)
{
    for (const manifest_user& user : files.manifest().users) {
        page::user_row row;
        row.id = user.user_id;
        row.name = user.username;
        row.events = stat_of(user, count_events);
        row.streams = stat_of(user, count_streams);
        row.accesses = stat_of(user, count_accesses);
        row.attachments = stat_of(user, count_attachments);
        row.bytes = files.size_of("users/" + user.user_id).second;
        take(row);
    }
}

} // namespace

void write_archive_page(const archive_files& files, const std::filesystem::path& root,
                        const std::function<event_times()>& times,
                        const std::function<void(std::string_view)>& write)
{
    std::string const place = std::filesystem::weakly_canonical(root).native();
    if (kind_of(root / "report.json") == path_kind::file) {
        reported_page reported{root};
        reported.data().archive = place;
        page::write_page(
            reported.data(), [&](const auto& take) { reported.users(take); }, write);
        return;
    }
    page::report_data data = counted_data(files, times());
    data.archive = place;
    page::write_page(
        data, [&](const auto& take) { counted_users(files, take); }, write);
}

} // namespace pryv_export::verify
