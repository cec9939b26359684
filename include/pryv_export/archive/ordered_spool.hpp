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
    /// Gives all texts in the order of their numbers, each valid during its call. What was put in nearly this
    /// order is read in large pieces. Several threads may do it at the same time, while nobody puts.
    void for_each(const std::function<void(std::string_view)>& take) const;

private:
    class window;
    void write_waiting();
    std::uint64_t written_end() const noexcept { return end_ - waiting_.size(); }

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
