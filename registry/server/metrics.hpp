// What the embedded registry counts, as Prometheus reads it.
#pragma once

#include "registry/server/http_server.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace rockbuild {

class RegistryMetrics {
public:
    void count(const ServedRequest& served);
    /// The text exposition format, version 0.0.4.
    std::string text() const;

private:
    static constexpr std::array<double, 8> bounds{0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60};

    mutable std::mutex mutex_;
    std::map<std::pair<std::string, int>, std::uint64_t> requests_;  // by method and status
    std::array<std::uint64_t, bounds.size() + 1> durations_{};
    double seconds_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace rockbuild
