#include "pryv_export/base/clock.hpp"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace pryv_export {

namespace {

std::optional<std::int64_t> source_date_epoch()
{
    const char* const text = std::getenv("SOURCE_DATE_EPOCH");
    if (text == nullptr) return std::nullopt;
    std::string_view const view{text};
    std::int64_t seconds = 0;
    auto const [end, error] = std::from_chars(view.data(), view.data() + view.size(), seconds);
    if (error != std::errc{} || end != view.data() + view.size()) return std::nullopt;
    return seconds;
}

} // namespace

std::int64_t wall_clock_ms()
{
    if (auto const seconds = source_date_epoch()) return *seconds * 1000;
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

bool fixed_time()
{
    return source_date_epoch().has_value();
}

double steady_seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace pryv_export
