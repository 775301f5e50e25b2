#include "containers/readiness.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace rockbuild;

namespace {

ContainerStatus container(const std::string& name, pid_t pid, const std::string& pod = {}) {
    ContainerStatus status;
    status.record.name = name;
    status.record.pod = pod;
    status.pid = pid;
    return status;
}

ContainerStatus pod(const std::string& name, std::vector<std::string> members) {
    ContainerStatus status;
    status.record.name = name;
    status.record.members = std::move(members);
    return status;
}

}  // namespace

TEST_CASE("a container without a probe is ready when it runs") {
    const auto result = readiness_of({container("up", 1), container("down", 0)});
    CHECK((result.at("up").ready == 1 && result.at("up").total == 1));
    CHECK((result.at("down").ready == 0 && result.at("down").total == 1));
}

TEST_CASE("a pod counts its containers, whatever else carries its name") {
    const auto result = readiness_of({pod("p", {"p-a", "p-b", "p-gone"}), container("p-a", 1, "p"),
                                      container("p-b", 0, "p"), container("p-init", 2, "p")});
    CHECK((result.at("p").ready == 1 && result.at("p").total == 3));
    CHECK(result.at("p-init").ready == 1);
}

TEST_CASE("who runs and doesn't answer its probe isn't ready") {
    auto silent = container("silent", 1);
    silent.record.readiness = HttpProbe{"http://127.0.0.1:1/", {}, 1};
    CHECK(readiness_of({silent}).at("silent").ready == 0);
}
