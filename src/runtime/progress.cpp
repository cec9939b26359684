#include "pryv_export/runtime/progress.hpp"

#include "pryv_export/runtime/progress_text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

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

unsigned terminal_columns()
{
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
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

/// One style of showing; draw() is called every step() and once at the end.
class display
{
public:
    virtual ~display() = default;
    virtual std::chrono::milliseconds step() const = 0;
    /// Empty when there is nothing to say now.
    virtual std::string draw(const progress_state& state) = 0;
    virtual std::string end(const progress_state& state) = 0;
};

class bar_display final : public display
{
public:
    explicit bar_display(bool colour) : look_{80, colour, locale_is_utf8()} {}
    std::chrono::milliseconds step() const override { return 200ms; }
    std::string draw(const progress_state& state) override
    {
        if (state.now.phase.empty()) return {};
        look_.columns = terminal_columns();
        return std::string{erase_line} + bar_line(state, look_);
    }
    std::string end(const progress_state&) override { return std::string{erase_line}; }

private:
    bar_look look_;
};

class plain_display final : public display
{
public:
    std::chrono::milliseconds step() const override { return 500ms; }
    std::string draw(const progress_state& state) override
    {
        bool const due = state.now.phase_number != phase_number_ || state.seconds - written_ >= 10;
        if (!due || state.now.phase.empty()) return {};
        phase_number_ = state.now.phase_number;
        written_ = state.seconds;
        return plain_line(state) + "\n";
    }
    std::string end(const progress_state&) override { return {}; }

private:
    std::uint64_t phase_number_ = 0;
    double written_ = 0;
};

class json_display final : public display
{
public:
    std::chrono::milliseconds step() const override { return 1000ms; }
    std::string draw(const progress_state& state) override
    {
        return state.now.phase.empty() ? std::string{} : json_line(state, false) + "\n";
    }
    std::string end(const progress_state& state) override
    {
        return state.now.phase.empty() ? std::string{} : json_line(state, true) + "\n";
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

/// False when the coroutine is or gets cancelled.
task<bool> sleep_for(std::chrono::milliseconds time)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    asio::steady_timer timer{loop, time};
    asio::cancellation_state const before = co_await asio::this_coro::cancellation_state;
    if (before.cancelled() != asio::cancellation_type::none) co_return false;
    auto const [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !error;
}

} // namespace

task<void> show_progress(const progress& source, progress_style style, bool colour,
                         std::function<void(std::string_view)> write)
{
    std::unique_ptr<display> const shown = make_display(style, colour);
    if (!shown) co_return;
    progress_meter meter;
    auto state = [&] { return meter.update(snapshot(source), steady_seconds()); };
    auto say = [&](const std::string& text) {
        if (!text.empty()) write(text);
    };
    for (bool more = true; more;) {
        say(shown->draw(state()));
        more = co_await sleep_for(shown->step());
    }
    say(shown->end(state()));
}

progress_style resolve(progress_style style)
{
    if (style != progress_style::automatic) return style;
    const char* const terminal = std::getenv("TERM");
    bool const dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
    return ::isatty(STDERR_FILENO) != 0 && !dumb ? progress_style::bar : progress_style::plain;
}

} // namespace pryv_export::runtime
