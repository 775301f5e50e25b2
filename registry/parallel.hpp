// The same work for many things, some at a time.
#pragma once

#include "support/result.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace rockbuild {

/// Calls `work(i)` for each i below `count`, in order of beginning, on up to `jobs` threads, this one among them. After
/// the first failure, which is returned, nothing new begins.
template <class Work>
Result<void> for_each_parallel(std::size_t count, unsigned jobs, Work work) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::optional<Diagnostic> failure;
    const auto run = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            {
                const std::lock_guard guard(mutex);
                if (failure) return;
            }
            Result<void> result = work(i);
            if (result) continue;
            const std::lock_guard guard(mutex);
            if (!failure) failure = std::move(result).error();
            return;
        }
    };
    std::vector<std::thread> workers;
    for (std::size_t i = 1; i < std::min<std::size_t>(jobs, count); ++i) workers.emplace_back(run);
    run();
    for (auto& worker : workers) worker.join();
    if (failure) return std::unexpected(*std::move(failure));
    return {};
}

}  // namespace rockbuild
