#pragma once

#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/convert/rules.hpp"

#include <memory>
#include <span>

/// The small collections. Each converter serves one user and is used by one thread at a time.
namespace pryv_export::convert {

/// Converts all streams of one user at once: parents before children (stored order otherwise), deleted ones
/// as {id, deleted} last; rules orphan-stream, renamed-stream, path-too-long, duplicate-id.
void convert_streams(std::span<const record> records, const rules& configuration, output& out);

/// Accesses in stored order. Remembers live tokens and (name, type, deviceName) of earlier calls: a later
/// record that repeats one is set aside.
class access_converter
{
public:
    explicit access_converter(const rules& configuration);
    ~access_converter();
    /// Appends to `out`.
    void convert(std::span<const record> records, output& out);

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Webhooks: live (accessId, url) is unique.
class webhook_converter
{
public:
    explicit webhook_converter(const rules& configuration);
    ~webhook_converter();
    void convert(std::span<const record> records, output& out);

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Profile sets: `id` is profileId, unique.
class profile_converter
{
public:
    explicit profile_converter(const rules& configuration);
    ~profile_converter();
    void convert(std::span<const record> records, output& out);

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Followed slices have no place in v2: every record goes to `out.extra`, rule no-place-in-v2.
void convert_followed_slices(std::span<const record> records, output& out);

/// Appends one line for a record that belongs nowhere (no userId …): the whole document, rule `why`.
void set_aside(const record& which, std::string_view kind_name, rule why, output& out);

} // namespace pryv_export::convert
