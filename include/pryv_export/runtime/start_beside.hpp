#pragma once

#include <cstddef>
#include <future>
#include <type_traits>
#include <utility>

namespace pryv_export::runtime {

/// For blocking code: calls `work` on a thread of its own, beside the one that asks. With one job, or where
/// the system gives no thread, it is called by get(). What it borrows must outlive the future, which waits
/// for its end when it goes.
template <class F>
std::future<std::invoke_result_t<F&>> start_beside(std::size_t jobs, F work)
{
    auto const when = jobs > 1 ? std::launch::async | std::launch::deferred : std::launch::deferred;
    return std::async(when, std::move(work));
}

} // namespace pryv_export::runtime
