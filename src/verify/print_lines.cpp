#include "pryv_export/base/error.hpp"
#include "pryv_export/verify/inspect.hpp"

#include "archive_files.hpp"

#include <algorithm>
#include <iterator>

namespace pryv_export::verify {

namespace {

constexpr std::string_view kinds[] = {"events",  "streams", "accesses", "profile",  "webhooks",
                                      "account", "audit",   "series",   "platform", "extra"};

/// Nobody reads any more.
struct reader_gone
{
};

class line_printer final : public line_listener
{
public:
    explicit line_printer(const std::function<bool(std::string_view)>& write) : write_{write} {}
    ~line_printer() override = default;

    void line(std::string_view text, std::uint64_t) override
    {
        buffer_ += text;
        buffer_ += '\n';
        if (buffer_.size() >= (1U << 18)) flush();
    }
    void flush()
    {
        if (!write_(buffer_)) throw reader_gone{};
        buffer_.clear();
    }

private:
    const std::function<bool(std::string_view)>& write_;
    std::string buffer_;
};

} // namespace

bool is_printable_kind(std::string_view kind) noexcept
{
    return std::find(std::begin(kinds), std::end(kinds), kind) != std::end(kinds);
}

void print_lines(const inspect_options& options, const std::function<bool(std::string_view)>& write)
{
    archive_files files{options.archive};
    const manifest_user* const user = options.user ? &files.user(*options.user) : nullptr;
    line_printer printer{write};
    try {
        try {
            for (const std::string& name :
                 files.record_files(options.cat, options.cat == "platform" ? nullptr : user))
                files.read_lines(name, printer);
        } catch (const export_error&) {
            printer.flush();
            throw;
        }
        printer.flush();
    } catch (const reader_gone&) {
        return;
    }
}

} // namespace pryv_export::verify
