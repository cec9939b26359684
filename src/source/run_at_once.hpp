#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace pryv_export::source {

/// Calls `work` with each number of `order`, a permutation of 0 … n - 1, begun in this order on up to
/// `threads` threads (this one is one of them; with 1 there is no other). Returns when all have ended. Throws
/// what the smallest number threw that failed, whichever failed first; greater ones are not begun any more.
void run_at_once(unsigned threads, std::span<const std::size_t> order,
                 const std::function<void(std::size_t)>& work);

} // namespace pryv_export::source
