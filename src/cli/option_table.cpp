#include "option_table.hpp"

#include "values.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace pryv_export::cli {

namespace {

std::string variable_of(std::string_view option)
{
    std::string name = "PRYV_EXPORT_";
    for (char const c : option.substr(2)) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
    return name;
}

/// CLI11's complaint as one line without its own advice.
std::string complaint(const CLI::Error& error)
{
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    constexpr std::string_view unexpected = "was not expected: ";
    if (std::size_t const at = text.find(unexpected); at != text.npos) {
        return "there is no option " + text.substr(at + unexpected.size());
    }
    if (std::size_t const at = text.find(" was given a disallowed"); at != text.npos) {
        return "--" + text.substr(0, at) + " takes no value";
    }
    return text;
}

} // namespace

export_error usage_error(std::string_view cause, std::string_view hint)
{
    return {exit_status::usage, "command line", cause, hint};
}

option_table::option_table(std::string_view hint) : hint_{hint}, app_{std::make_unique<CLI::App>()}
{
    app_->set_help_flag();
    app_->add_flag("--help,-h", help_);
    app_->add_option("arguments", positionals_);
}

option_table::~option_table() = default;

option_table::entry& option_table::add(const char* name, setter set)
{
    return entries_.emplace_back(entry{name, std::move(set), nullptr, {}, {}, false, false});
}

void option_table::value(const char* name, setter set)
{
    entry& added = add(name, std::move(set));
    added.option = app_->add_option(name, added.word)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

void option_table::repeatable(const char* name, setter set)
{
    entry& added = add(name, std::move(set));
    added.repeats = true;
    added.option = app_->add_option(name, added.words)->allow_extra_args(false);
    added.option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void option_table::flag(const char* name, bool& value)
{
    entry& added = add(
        name, [&value](std::string_view text, std::string_view option) { value = parse_flag(text, option); });
    added.option =
        app_->add_flag(name)->multi_option_policy(CLI::MultiOptionPolicy::Throw)->disable_flag_override();
    added.is_flag = true;
}

std::optional<std::vector<std::string>> option_table::parse(std::span<const std::string> arguments)
{
    std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};
    try {
        app_->parse(std::move(reversed));
    } catch (const CLI::Error& error) {
        throw usage_error(complaint(error), hint_);
    }
    if (help_) return std::nullopt;
    for (const entry& each : entries_) apply(each);
    return positionals_;
}

const option_table::entry* option_table::find(std::string_view name) const
{
    auto const found =
        std::find_if(entries_.begin(), entries_.end(), [&](const entry& each) { return each.name == name; });
    return found == entries_.end() ? nullptr : &*found;
}

bool option_table::has(std::string_view name) const
{
    return find(name) != nullptr;
}

void option_table::set(std::string_view name, std::string_view text, std::string_view label) const
{
    try {
        find(name)->set(text, label);
    } catch (const export_error& error) {
        std::string_view const line = error.what();
        throw export_error{exit_status::bad_config, error.thing(), line.substr(error.thing().size() + 2)};
    }
}

void option_table::apply(const entry& each)
{
    if (each.option->count() > 0) {
        if (each.is_flag) return each.set("1", each.name);
        if (!each.repeats) return each.set(each.word, each.name);
        for (const std::string& word : each.words) each.set(word, each.name);
        return;
    }
    std::string const variable = variable_of(each.name);
    const char* const text = std::getenv(variable.c_str());
    if (text == nullptr || *text == '\0') return;
    if (!each.repeats) return each.set(text, variable);
    for (const std::string& word : split(text, ',')) each.set(word, variable);
}

} // namespace pryv_export::cli
