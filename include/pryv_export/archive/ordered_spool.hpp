#pragma once

#include "pryv_export/base/file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::archive {

/// Texts that come in any order and are needed in the order of their numbers, kept on disk: 16 bytes of
/// memory each, and 64 KiB in all. Blocking; one thread at a time. The file has no name: it goes when the
/// process goes.
class ordered_spool
{
public:
    /// folder: where the nameless file is made.
    explicit ordered_spool(std::filesystem::path folder);
    void put(std::size_t number, std::string_view text);
    bool has(std::size_t number) const noexcept
    {
        return number < places_.size() && places_[number].offset != nowhere;
    }
    std::string get(std::size_t number) const;
    /// One behind the greatest number.
    std::size_t size() const noexcept { return places_.size(); }

private:
    void write_waiting();

    static constexpr std::size_t most_waiting = 64U << 10;
    static constexpr std::uint64_t nowhere = ~0ULL;
    struct place
    {
        std::uint64_t offset = nowhere;
        std::uint64_t bytes = 0;
    };
    std::filesystem::path folder_;
    unique_fd fd_;
    std::uint64_t end_ = 0;
    std::string waiting_; ///< the last bytes before end_, not written yet
    std::vector<place> places_;
};

} // namespace pryv_export::archive
