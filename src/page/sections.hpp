#pragma once

#include "pryv_export/page/report_data.hpp"

#include "page/charts.hpp"

#include <string>
#include <string_view>

/// The sections of the page as HTML, empty when there is nothing to show. All that is shown without a script.
namespace pryv_export::page {

/// What is known of the users when all of them have passed by.
struct user_sums
{
    digit_buckets events;
    digit_buckets bytes;
    std::uint64_t rows = 0;
};

std::string title_of(const report_data& report);
std::string verdict_section(const report_data& report);
std::string facts_section(const report_data& report);
std::string totals_section(const report_data& report);
std::string sizes_section(const user_sums& sums);
std::string times_section(const report_data& report);
std::string warnings_section(const report_data& report);
std::string set_aside_section(const report_data& report);
std::string failures_section(const report_data& report);
std::string cores_section(const report_data& report);
std::string register_section(const report_data& report);
std::string users_section(const report_data& report, const user_sums& sums);
std::string steps_section(const report_data& report);

// parts that several sections share:

std::uint64_t sum_of(const report_data& report, std::string_view kind);
/// "1 user", "2 users"
std::string counted(std::uint64_t count, std::string_view noun);
/// A list of texts, the first ones; more: where the others are.
std::string text_list_html(const std::vector<std::string>& texts, std::size_t most, std::string_view more);
/// Rules of one group.
std::string rules_html(const std::vector<rule_row>& findings, concern group);
/// A heading and a list, or nothing.
std::string titled_list(std::string_view title, std::string_view intro,
                        const std::vector<std::string>& texts);

} // namespace pryv_export::page
