#pragma once

#include <mutex>
#include <string>
#include <string_view>

/// The three standard streams as this program uses them: results to stdout, everything else to stderr.
namespace pryv_export::cli {

/// Makes sure that descriptors 0 to 2 are open, so that no file of ours lands there. A closed stdout stays
/// one that cannot be written to.
void keep_standard_descriptors();

/// Writes to stdout. Throws export_error when it is closed or full.
void write_stdout(std::string_view text);

/// The same, but false when nobody reads any more (a closed pipe), which is no error.
bool write_stdout_if_read(std::string_view text);

/// True when `descriptor` is a terminal that takes colour codes (TERM is set and not dumb) and NO_COLOR is
/// not set.
bool wants_colour(int descriptor);

/// stderr with a status line at its end. Any thread; errors are ignored, as there is nowhere to report them.
class stderr_writer
{
public:
    /// A whole line with its newline; goes above the bar.
    void line(std::string_view text);
    /// Text of the progress display, which knows how to erase itself.
    void progress(std::string_view text);

private:
    std::mutex mutex_;
    bool bar_shown_ = false;
};

} // namespace pryv_export::cli
