#pragma once

#include <string>
#include <utility>

namespace pryv_export::config {

/// A text that no log, report or message shows: it has no stream operator, no formatter, and converts to
/// nothing.
class secret
{
public:
    secret() = default;
    explicit secret(std::string text) noexcept : text_{std::move(text)} {}

    bool empty() const noexcept { return text_.empty(); }
    /// For the one call that needs it.
    const std::string& reveal() const noexcept { return text_; }

private:
    std::string text_;
};

} // namespace pryv_export::config
