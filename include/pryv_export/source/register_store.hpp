#pragma once

#include "pryv_export/runtime/progress.hpp"
#include "pryv_export/runtime/task.hpp"
#include "pryv_export/source/redis_options.hpp"
#include "pryv_export/source/redis_values.hpp"
#include "pryv_export/source/register_keys.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::source {

/// How the value of a key was met.
enum class register_outcome : std::uint8_t
{
    found,
    excluded,   ///< not asked for: the kind says so
    vanished,   ///< deleted or expired since SCAN named it
    wrong_type, ///< not the type of its kind; `value` has what it is
    too_large,  ///< beyond 16 MiB or 262,144 values: not kept
    unknown     ///< kind `other`; `value` has what it is
};

/// Keys with their values, in the order of SCAN: a key can come again in a later batch.
struct register_batch
{
    struct entry
    {
        std::size_t key;   ///< index of the key's text in `values`
        std::size_t value; ///< index of the value, or `none`
        register_outcome outcome;
        std::string type; ///< of wrong_type and unknown: "list", "zset", …
    };
    static constexpr std::size_t none = ~std::size_t{0};

    redis_values values;
    std::vector<entry> entries;

    std::string_view key_of(const entry& e) const { return values.text_of(e.key); }
};

/// Takes what is read. On the loop's thread.
class register_sink
{
public:
    virtual ~register_sink() = default;
    /// The reading begins, or begins again: what came before is void.
    virtual runtime::task<void> restart() = 0;
    /// About a MiB, or one larger value; one batch at a time.
    virtual runtime::task<void> take(register_batch batch) = 0;
};

struct register_totals
{
    std::uint64_t keys_before = 0; ///< as the server counts them, expired ones included; 0: it does not say
    std::uint64_t keys_after = 0;
    std::uint64_t keys_most = 0; ///< the greatest count of all attempts: a register does not shrink by itself
    bool counted = false;        ///< the server said how many keys there are
    unsigned attempts = 1;
};

/// Reads a whole database in one pass of SCAN, values of a page pipelined with the next page. When the
/// connection breaks, all begins again (SCAN's cursor may not outlive a restart of the server), until
/// options.give_up_after has passed without getting further than before. progress: bytes are those of keys
/// and values, records are keys.
///
/// Throws export_error: unreachable (refused, unknown host, timeout, TLS, loading for too long), denied
/// (password, ACL), source_missing (no Redis, a cluster, a renamed command); system_error{operation_aborted}
/// when cancelled. Commands: AUTH, SELECT, INFO, DBSIZE, SCAN, TYPE, GET, HGETALL, LRANGE, SMEMBERS, ZRANGE.
runtime::task<register_totals> read_register(runtime::asio::any_io_executor loop, redis_options options,
                                             register_sink& sink, runtime::progress& progress);

} // namespace pryv_export::source
