#include "password_file.hpp"

#include "pryv_export/base/file.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace pryv_export::cli {

namespace {

constexpr std::uint64_t password_file_limit = 64U << 10;

} // namespace

config::secret read_password_file(const std::filesystem::path& file)
{
    std::string text = read_small_file(file, password_file_limit);
    text.erase(text.find_last_not_of("\r\n") + 1);
    return config::secret{std::move(text)};
}

} // namespace pryv_export::cli
