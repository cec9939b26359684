#include "report_files.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/replacing_file.hpp"
#include "pryv_export/page/read_report.hpp"
#include "pryv_export/page/write_page.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

bool lies_in(const std::filesystem::path& file, const std::filesystem::path& folder)
{
    std::filesystem::path const way =
        std::filesystem::weakly_canonical(file).lexically_relative(std::filesystem::weakly_canonical(folder));
    return !way.empty() && *way.begin() != "..";
}

void copy(const std::filesystem::path& from, replacing_file& to)
{
    unique_fd const in = open_for_reading(from);
    std::vector<std::uint8_t> block(256U << 10);
    for (std::uint64_t offset = 0;;) {
        std::size_t const got = read_at(in.value(), offset, block, from.native());
        if (got == 0) return;
        offset += got;
        to.write({reinterpret_cast<const char*>(block.data()), got});
    }
}

void write_page(const report_source& from, replacing_file& to)
{
    page::report_data data = page::read_report(json::serialize(from.report));
    data.archive = std::filesystem::weakly_canonical(from.archive).native();
    if (from.from_register) page::add_register(data, json::serialize(*from.from_register));
    auto const users = [&](const std::function<void(const page::user_row&)>& take) {
        for (const report_users& each : from.users) {
            each.entries->for_each([&](std::string_view entry) {
                page::user_row row = page::read_user(entry, data);
                if (!each.core.empty()) row.core = each.core;
                take(row);
            });
        }
    };
    page::write_page(data, users, [&to](std::string_view text) { to.write(text); });
}

void write_one(const std::filesystem::path& file, const report_source& from)
{
    replacing_file to{file};
    page::is_page(file.native()) ? write_page(from, to) : copy(from.json, to);
    to.commit();
}

} // namespace

void check_report_files(const std::vector<std::filesystem::path>& files,
                        const std::vector<std::filesystem::path>& archives,
                        const std::filesystem::path& output)
{
    for (const std::filesystem::path& file : files) {
        for (const std::filesystem::path& archive : archives) {
            if (!lies_in(file, archive)) continue;
            throw export_error{
                exit_status::cannot_create, file.native(),
                fmt::format("--report lies in the archive {}, where it would be foreign", archive.native()),
                "name a place outside of it; the archive has a report.json of its own"};
        }
        bool const in_output = std::filesystem::weakly_canonical(file).parent_path() ==
                               std::filesystem::weakly_canonical(output);
        if (!in_output) replacing_file{file};
    }
}

void write_report_files(const std::vector<std::filesystem::path>& files, const report_source& from)
{
    for (const std::filesystem::path& file : files) {
        try {
            write_one(file, from);
        } catch (const export_error& error) {
            throw export_error{error.status(), error.thing(),
                               std::string_view{error.what()}.substr(error.thing().size() + 2),
                               fmt::format("{} is finished all the same, and its report.json has all",
                                           from.archive.native())};
        }
    }
}

} // namespace pryv_export::exporting
