#include "pryv_export/base/error.hpp"
#include "pryv_export/config/v1_config.hpp"

#include <cstddef>
#include <cstdint>

/// Any text is a configuration or an export_error, in bounded time and memory.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view const text{reinterpret_cast<const char*>(data), size};
    try {
        pryv_export::config::v1_config const config = pryv_export::config::parse_v1_config(text, "fuzz.yml");
        static_cast<void>(config.host_name());
    } catch (const pryv_export::export_error&) {
        return 0;
    }
    return 0;
}
