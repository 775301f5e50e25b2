#include "registry/server/metrics.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <sstream>

using namespace rockbuild;

namespace {

/// Samples by their names with labels; fails on a line that the text format (0.0.4) doesn't know.
std::map<std::string, double> samples(const std::string& text) {
    std::map<std::string, double> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) continue;
        const auto blank = line.rfind(' ');
        REQUIRE(blank != std::string::npos);
        REQUIRE_FALSE(line.starts_with('#'));
        const auto name = line.substr(0, blank);
        CHECK_FALSE(found.contains(name));
        found[name] = std::stod(line.substr(blank + 1));
    }
    return found;
}

ServedRequest served(const std::string& method, int status, double seconds) {
    ServedRequest request{.method = method, .path = "/v2/"};
    request.status = status;
    request.received = 10;
    request.sent = 3;
    request.seconds = seconds;
    return request;
}

}  // namespace

TEST_CASE("counters and a cumulative histogram, with words before each family") {
    RegistryMetrics metrics;
    CHECK(samples(metrics.text()).at("rockbuild_registry_request_seconds_count") == 0);
    metrics.count(served("GET", 200, 0.0005));
    metrics.count(served("GET", 200, 0.001));  // bounds belong to their buckets
    metrics.count(served("PUT", 201, 0.2));
    metrics.count(served("PUT", 0, 1000));
    metrics.count(served("BREW\"} 1", 405, 0.01));
    const auto text = metrics.text();
    CHECK(text.ends_with('\n'));
    const auto found = samples(text);
    const auto at = [&](const std::string& name) { return found.at("rockbuild_registry_" + name); };
    CHECK(at("requests_total{method=\"GET\",code=\"200\"}") == 2);
    CHECK(at("requests_total{method=\"PUT\",code=\"201\"}") == 1);
    CHECK(at("requests_total{method=\"PUT\",code=\"0\"}") == 1);
    CHECK(at("requests_total{method=\"other\",code=\"405\"}") == 1);
    CHECK(text.find("BREW") == std::string::npos);
    CHECK(at("request_seconds_bucket{le=\"0.001\"}") == 2);
    CHECK(at("request_seconds_bucket{le=\"0.025\"}") == 3);
    CHECK(at("request_seconds_bucket{le=\"0.5\"}") == 4);
    CHECK(at("request_seconds_bucket{le=\"60\"}") == 4);
    CHECK(at("request_seconds_bucket{le=\"+Inf\"}") == 5);
    CHECK(at("request_seconds_count") == 5);
    CHECK(at("request_seconds_sum") == Approx(1000.2115));
    CHECK(at("received_bytes_total") == 50);
    CHECK(at("sent_bytes_total") == 15);
    for (const auto* family : {"requests_total counter", "request_seconds histogram", "received_bytes_total counter",
                               "sent_bytes_total counter"})
        CHECK(text.find(std::string("# TYPE rockbuild_registry_") + family + "\n") != std::string::npos);
}
