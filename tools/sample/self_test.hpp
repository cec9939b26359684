#pragma once

namespace sample {

/// Checks the hashing against the worked examples of the source specification;
/// prints each failure to stderr. Returns the number of failures.
int self_test();

} // namespace sample
