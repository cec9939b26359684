#pragma once

#include "pryv_export/base/file.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace pryv_export::testing {

/// A folder for one test case, removed at its end.
class temporary_folder
{
public:
    const std::filesystem::path& path() const noexcept { return folder_.path(); }
    std::filesystem::path operator/(std::string_view name) const { return folder_.path() / name; }

    void write(std::string_view name, std::string_view content) const
    {
        auto const file = folder_.path() / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file, std::ios::binary} << content;
    }
    std::string read(std::string_view name) const
    {
        std::ifstream file{folder_.path() / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

private:
    private_folder folder_{std::filesystem::temp_directory_path()};
};

} // namespace pryv_export::testing
