#pragma once

#include "archive_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

/// Sound archives with one thing spoilt, and the rule that must name it.
namespace verify_test {

namespace fs = std::filesystem;
using namespace pryv_export::verify;
using style = archive_builder::style;

using fault = std::function<void(archive_builder&)>;

struct row
{
    const char* name;
    rule expected;
    fault spoil;
    style made_by = style::ours;
    severity level = severity::error;
    bool alone = true; ///< nothing else is found
};

inline const std::string user{archive_builder::user};

/// Puts text into the n-th line of a record file of the user.
inline fault replaced(const char* file, std::size_t line, std::string text)
{
    return [=](archive_builder& b) { b.user_lines(file).at(line) = text; };
}

inline fault appended(const char* file, std::string text)
{
    return [=](archive_builder& b) { b.user_lines(file).push_back(text); };
}

inline fault on_disk(std::function<void(const fs::path&)> spoil)
{
    return [=](archive_builder& b) { b.spoil = spoil; };
}

inline void rewrite(const fs::path& file, const std::function<std::string(std::string)>& change)
{
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    in.close();
    std::ofstream{file, std::ios::binary} << change(text);
}

/// In the files, before their checksums are taken.
inline fault in_file(const std::string& name, const std::string& from, const std::string& to)
{
    return [=](archive_builder& b) {
        b.before_sums = [=](std::map<std::string, std::string>& files) {
            std::string& text = files.at(name);
            std::size_t const at = text.find(from);
            BOOST_REQUIRE(at != text.npos);
            text.replace(at, from.size(), to);
        };
    };
}

inline std::string long_text(std::size_t size)
{
    return std::string(size, 'x');
}

/// Of the archive as a whole, and of its files.
std::vector<row> file_faults();
/// Of lines and records.
std::vector<row> record_faults();

} // namespace verify_test
