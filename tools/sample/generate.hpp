#pragma once

#include "options.hpp"

namespace sample {

/// Writes the whole deployment into opt.out. Throws std::runtime_error when the
/// folder is not empty (without force) or something cannot be written.
void generate(const options& opt);

} // namespace sample
