#include "registry/server/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace rockbuild {

void RegistryMetrics::count(const ServedRequest& served) {
    // Methods are the client's words: only known ones become labels.
    constexpr std::array<std::string_view, 6> known{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    const bool is_known = std::ranges::find(known, served.method) != known.end();
    const auto bucket = std::ranges::lower_bound(bounds, served.seconds) - bounds.begin();
    const std::lock_guard guard(mutex_);
    ++requests_[{is_known ? served.method : "other", served.status}];
    ++durations_[static_cast<std::size_t>(bucket)];
    seconds_ += served.seconds;
    received_ += served.received;
    sent_ += served.sent;
}

std::string RegistryMetrics::text() const {
    const std::lock_guard guard(mutex_);
    std::string text =
        "# HELP rockbuild_registry_requests_total Requests answered; code 0: the client left before the answer.\n"
        "# TYPE rockbuild_registry_requests_total counter\n";
    for (const auto& [key, count] : requests_)
        text += fmt::format("rockbuild_registry_requests_total{{method=\"{}\",code=\"{}\"}} {}\n", key.first,
                            key.second, count);
    text +=
        "# HELP rockbuild_registry_request_seconds Time from a request's header to its end.\n"
        "# TYPE rockbuild_registry_request_seconds histogram\n";
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        total += durations_[i];
        text += fmt::format("rockbuild_registry_request_seconds_bucket{{le=\"{}\"}} {}\n", bounds[i], total);
    }
    total += durations_.back();
    text += fmt::format("rockbuild_registry_request_seconds_bucket{{le=\"+Inf\"}} {}\n", total);
    text += fmt::format("rockbuild_registry_request_seconds_sum {}\nrockbuild_registry_request_seconds_count {}\n",
                        seconds_, total);
    text += fmt::format(
        "# HELP rockbuild_registry_received_bytes_total Bytes of request bodies.\n"
        "# TYPE rockbuild_registry_received_bytes_total counter\n"
        "rockbuild_registry_received_bytes_total {}\n"
        "# HELP rockbuild_registry_sent_bytes_total Bytes of response bodies.\n"
        "# TYPE rockbuild_registry_sent_bytes_total counter\n"
        "rockbuild_registry_sent_bytes_total {}\n",
        received_, sent_);
    return text;
}

}  // namespace rockbuild
