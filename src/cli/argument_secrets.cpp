#include "argument_secrets.hpp"

#include <cstring>
#include <string_view>

namespace pryv_export::cli {

namespace {

constexpr std::string_view secret_option = "--redis-password";

void wipe(char* text) noexcept
{
    ::explicit_bzero(text, std::strlen(text));
}

} // namespace

void wipe_secrets(int argc, char** argv) noexcept
{
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        if (word == secret_option && i + 1 < argc)
            wipe(argv[++i]);
        else if (word.starts_with(secret_option) && word.substr(secret_option.size()).starts_with('='))
            wipe(argv[i] + secret_option.size() + 1);
    }
}

} // namespace pryv_export::cli
