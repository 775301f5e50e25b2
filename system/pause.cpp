#include "system/pause.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace rockbuild {

Result<void> pause_for(double seconds, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, std::chrono::duration<double>(std::max(0.0, seconds)), [] { return false; });
    if (stop.stop_requested()) return fail("RB0111", "interrupted", "", ExitCode::interrupted);
    return {};
}

}  // namespace rockbuild
