#include "variables.hpp"

#include "pryv_export/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::config {

namespace {

bool is_variable_name(std::string_view name)
{
    auto const is_letter = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    };
    return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9');
    });
}

std::string replaced(const yaml_node& node, const variable_lookup& variables)
{
    std::string out;
    std::string_view rest = node.text;
    for (;;) {
        std::size_t const begin = rest.find("${");
        if (begin == rest.npos) break;
        if (begin > 0 && rest[begin - 1] == '$') {
            out += rest.substr(0, begin - 1);
            out += "${";
            rest.remove_prefix(begin + 2);
            continue;
        }
        out += rest.substr(0, begin);
        rest.remove_prefix(begin + 2);
        std::size_t const end = rest.find('}');
        std::string_view const name = rest.substr(0, end);
        if (end == rest.npos || !is_variable_name(name)) {
            throw export_error{exit_status::bad_config, node.place(), "'${' begins no variable like ${NAME}",
                               "write $${ for the characters themselves"};
        }
        auto const value = variables(name);
        if (!value) {
            throw export_error{exit_status::bad_config, node.place(),
                               fmt::format("the variable {} is not set", name), "export it before the run"};
        }
        out += *value;
        rest.remove_prefix(end + 1);
    }
    out += rest;
    return out;
}

} // namespace

void replace_variables(yaml_node& node, const variable_lookup& variables)
{
    if (node.is_scalar()) node.text = replaced(node, variables);
    for (yaml_node& item : node.items) replace_variables(item, variables);
}

} // namespace pryv_export::config
