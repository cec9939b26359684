#pragma once

#include "reply.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wire {

enum class action : std::uint8_t
{
    drop,
    reset,
    cut,
    delay,
    slow,
    silent,
    error,
    kill_cursor,
    garbage,
    length,
    response_to,
    bad_document,
    miscount,
    deep,
    rename,
    refuse,
};

/// ACTION[=VALUE][@COMMAND][#NTH][xCOUNT]
struct fault
{
    action what{};
    std::int64_t value = 0;
    std::string name;    ///< of an error's code
    std::string command; ///< empty: find and getMore
    std::uint64_t nth = 1;
    std::uint64_t count = 1; ///< 0: for ever
};

/// Throws std::invalid_argument, saying what is wrong.
fault parse_fault(std::string_view spec);

/// The faults on order, and how many commands each has seen.
class fault_list
{
public:
    void add(fault f);
    void clear();
    /// Counts a command; the fault that strikes it, the first if several do.
    std::optional<fault> strike(std::string_view command);

private:
    struct armed
    {
        fault ordered;
        std::uint64_t seen = 0;
    };
    std::mutex mutex_;
    std::vector<armed> list_;
};

/// One document of the batch gets a string or document longer than itself.
void spoil_document(reply& r);
/// Adds one to every number (32 bits) of the batch that is no id: counts as they were a moment ago.
void miscount(reply& r);
/// A document nested so many levels is put behind the first, with the same user and a later _id.
void insert_deep(reply& r, std::size_t levels);

/// Deterministic noise.
class noise
{
public:
    void fill(std::span<std::uint8_t> out) noexcept;

private:
    std::uint64_t state_ = 0x9e3779b97f4a7c15;
};

} // namespace wire
