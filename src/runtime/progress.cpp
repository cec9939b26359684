#include "pryv_export/runtime/progress.hpp"

#include "pryv_export/base/text.hpp"
#include "pryv_export/runtime/progress_text.hpp"

#include "sleep.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <sys/ioctl.h>
#include <unistd.h>

namespace pryv_export::runtime {

using namespace std::chrono_literals;

void progress::begin(std::string_view phase)
{
    {
        std::lock_guard const lock{mutex_};
        phase_ = phase;
        bytes_done = 0;
        bytes_total = 0;
        ++phase_number;
    }
    if (on_phase) on_phase(phase);
}

std::string progress::phase() const
{
    std::lock_guard const lock{mutex_};
    return phase_;
}

namespace {

constexpr std::string_view erase_line = "\r\x1b[J";

winsize terminal_size()
{
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) size.ws_col = 80;
    if (size.ws_row == 0) size.ws_row = 24;
    return size;
}

/// True when the locale says that the terminal takes UTF-8.
bool locale_is_utf8()
{
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* const value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        std::string_view const text{value};
        return text.find("UTF-8") != text.npos || text.find("utf8") != text.npos;
    }
    return false;
}

double steady_seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One part of what is shown; the whole has no name.
struct shown_state
{
    std::string name;
    progress_state state;
};

/// One style of showing; draw() is called every step() and once at the end, with the whole as the last. What
/// it returns is written piece by piece.
class display
{
public:
    virtual ~display() = default;
    virtual std::chrono::milliseconds step() const = 0;
    /// Empty when there is nothing to say now.
    virtual std::vector<std::string> draw(const std::vector<shown_state>& all) = 0;
    virtual std::vector<std::string> end(const std::vector<shown_state>& all) = 0;
};

bool has_begun(const shown_state& each)
{
    return !each.state.now.phase.empty();
}

class bar_display final : public display
{
public:
    explicit bar_display(bool colour) : look_{80, colour, locale_is_utf8()} {}
    std::chrono::milliseconds step() const override { return 200ms; }
    std::vector<std::string> draw(const std::vector<shown_state>& all) override
    {
        if (!has_begun(all.back())) return {};
        winsize const size = terminal_size();
        // A display that is higher than the terminal would scroll: the whole alone, then.
        std::size_t const first = all.size() + 1 > size.ws_row ? all.size() - 1 : 0;
        std::size_t width = 0;
        for (std::size_t i = first; i < all.size(); ++i) width = std::max(width, name_of(all, i).size());
        std::string text{erase_line};
        for (std::size_t i = first; i < all.size(); ++i) {
            std::string name = all.size() > 1 ? name_of(all, i) : "";
            if (!name.empty()) name.resize(width + 2, ' ');
            look_.columns = size.ws_col > name.size() ? size.ws_col - static_cast<unsigned>(name.size()) : 1;
            if (i > first) text += "\r\n";
            text += name + bar_line(all[i].state, look_);
        }
        // Back to the first line, where erasing begins.
        if (std::size_t const lines = all.size() - 1 - first; lines > 0)
            text += "\r\x1b[" + std::to_string(lines) + "A";
        return {text};
    }
    std::vector<std::string> end(const std::vector<shown_state>&) override
    {
        return {std::string{erase_line}};
    }

private:
    static std::string name_of(const std::vector<shown_state>& all, std::size_t i)
    {
        if (all.size() == 1) return {};
        return i + 1 == all.size() ? "total" : printable(all[i].name);
    }

    bar_look look_;
};

class plain_display final : public display
{
public:
    std::chrono::milliseconds step() const override { return 500ms; }
    std::vector<std::string> draw(const std::vector<shown_state>& all) override
    {
        last_.resize(all.size());
        std::vector<std::string> lines;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const progress_state& state = all[i].state;
            last& before = last_[i];
            bool const due =
                state.now.phase_number != before.phase_number || state.seconds - before.written >= 10;
            if (!due || state.now.phase.empty()) continue;
            before = {state.now.phase_number, state.seconds};
            std::string const name = all[i].name.empty() ? "" : printable(all[i].name) + ": ";
            lines.push_back(name + plain_line(state) + "\n");
        }
        return lines;
    }
    std::vector<std::string> end(const std::vector<shown_state>&) override { return {}; }

private:
    struct last
    {
        std::uint64_t phase_number = 0;
        double written = 0;
    };
    std::vector<last> last_;
};

class json_display final : public display
{
public:
    std::chrono::milliseconds step() const override { return 1000ms; }
    std::vector<std::string> draw(const std::vector<shown_state>& all) override { return lines(all, false); }
    std::vector<std::string> end(const std::vector<shown_state>& all) override { return lines(all, true); }

private:
    static std::vector<std::string> lines(const std::vector<shown_state>& all, bool last)
    {
        std::vector<std::string> lines;
        for (const shown_state& each : all) {
            if (!has_begun(each)) continue;
            lines.push_back(
                (each.name.empty() ? json_line(each.state, last) : json_line(each.state, last, each.name)) +
                "\n");
        }
        return lines;
    }
};

std::unique_ptr<display> make_display(progress_style style, bool colour)
{
    switch (resolve(style)) {
    case progress_style::bar: return std::make_unique<bar_display>(colour);
    case progress_style::plain: return std::make_unique<plain_display>();
    case progress_style::json: return std::make_unique<json_display>();
    default: return nullptr;
    }
}

/// Looks at all of it at once.
class observer
{
public:
    observer(const progress& whole, std::vector<named_progress> parts)
        : whole_{whole}, parts_{std::move(parts)}, meters_(parts_.size() + 1)
    {
    }

    std::vector<shown_state> look()
    {
        double const now = steady_seconds();
        std::vector<progress_snapshot> snapshots;
        std::vector<shown_state> all;
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            snapshots.push_back(snapshot(*parts_[i].source));
            all.push_back({parts_[i].name, meters_[i].update(snapshots.back(), now)});
        }
        all.push_back({"", meters_.back().update(sum_.update(snapshot(whole_), snapshots), now)});
        return all;
    }

private:
    const progress& whole_;
    std::vector<named_progress> parts_;
    std::vector<progress_meter> meters_;
    progress_sum sum_;
};

} // namespace

task<void> show_progress(const progress& source, progress_style style, bool colour,
                         std::function<void(std::string_view)> write)
{
    return show_progress(source, {}, style, colour, std::move(write));
}

task<void> show_progress(const progress& whole, std::vector<named_progress> parts, progress_style style,
                         bool colour, std::function<void(std::string_view)> write)
{
    std::unique_ptr<display> const shown = make_display(style, colour);
    if (!shown) co_return;
    observer all{whole, std::move(parts)};
    auto say = [&](const std::vector<std::string>& pieces) {
        for (const std::string& piece : pieces) write(piece);
    };
    for (bool more = true; more;) {
        say(shown->draw(all.look()));
        more = co_await sleep_for(shown->step());
    }
    say(shown->end(all.look()));
}

progress_style resolve(progress_style style)
{
    if (style != progress_style::automatic) return style;
    const char* const terminal = std::getenv("TERM");
    bool const dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
    return ::isatty(STDERR_FILENO) != 0 && !dumb ? progress_style::bar : progress_style::plain;
}

} // namespace pryv_export::runtime
