#include "register_totals.hpp"

#include "pryv_export/base/error.hpp"

#include <fmt/format.h>

namespace pryv_export::exporting {

void check_totals(register_report& report)
{
    const source::register_totals& totals = report.totals;
    if (!totals.counted) {
        report.warnings.emplace_back(
            "The server does not say how many keys it has (DBSIZE): nothing shows that all "
            "were read. Give the user the right +dbsize.");
        return;
    }
    // What had vanished when its value was asked for is lost as well.
    std::uint64_t const read = report.keys() - report.vanished();
    if (read >= totals.keys_most) return;
    // Logins under way expire all the time; users do not.
    constexpr std::uint64_t tolerated_percent = 10;
    report.cut_short = (totals.keys_most - read) * 100 > totals.keys_most * tolerated_percent;
    report.warnings.push_back(
        report.cut_short
            ? fmt::format("The server counted {} keys, only {} could be read: it was emptied or lost data. "
                          "Restore it, then run again.",
                          totals.keys_most, read)
            : fmt::format(
                  "The server counts {} keys, {} were read: expired ones, or v1 was writing. Stop v1 first.",
                  totals.keys_most, read));
}

void refuse_empty(const register_report& report)
{
    if (report.rows_of(register_file::users) + report.rows_of(register_file::servers) > 0) return;
    throw export_error{
        exit_status::source_missing, report.source,
        fmt::format("no user and no server was found among {} keys", report.keys()),
        "check --redis-db, --redis-host and --redis-port, or give --allow-empty when this register "
        "has no users"};
}

} // namespace pryv_export::exporting
