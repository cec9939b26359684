#pragma once

#include "pryv_export/base/error.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace pryv_export::cli {

/// Options of one command, bound to functions that take the text. CLI11 finds the words; what they mean, and
/// what the environment adds, is decided here, so that an option is refused with the same words wherever it
/// came from.
class option_table
{
public:
    using setter = std::function<void(std::string_view text, std::string_view option)>;

    /// hint: ends every complaint, like "try 'pryv-export core --help'"; borrowed
    explicit option_table(std::string_view hint);
    ~option_table();
    option_table(const option_table&) = delete;
    option_table& operator=(const option_table&) = delete;

    void value(const char* name, setter set);
    /// Each time it is given; in the environment separated by commas.
    void repeatable(const char* name, setter set);
    void flag(const char* name, bool& value);

    /// Calls the setters and returns the words that are no options; nothing when --help is asked for. Throws
    /// export_error{usage}.
    std::optional<std::vector<std::string>> parse(std::span<const std::string> arguments);

    /// Sets an option from elsewhere, as if it were given; the command line and the environment go over it.
    /// label: for a complaint, instead of the option's name. Throws export_error{bad_config}.
    void set(std::string_view name, std::string_view text, std::string_view label) const;
    bool has(std::string_view name) const;

private:
    struct entry
    {
        std::string name;
        setter set;
        CLI::Option* option = nullptr;
        std::string word;
        std::vector<std::string> words; ///< of one that repeats
        bool repeats = false;
        bool is_flag = false;
    };

    entry& add(const char* name, setter set);
    const entry* find(std::string_view name) const;
    static void apply(const entry& each);

    std::string_view hint_;
    std::unique_ptr<CLI::App> app_;
    bool help_ = false;
    std::vector<std::string> positionals_;
    std::deque<entry> entries_;
};

/// A complaint about the command line; hint: what to try.
export_error usage_error(std::string_view cause, std::string_view hint);

} // namespace pryv_export::cli
