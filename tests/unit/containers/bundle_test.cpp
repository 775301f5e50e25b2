#include "containers/bundle.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using namespace rockbuild;
using Words = std::vector<std::string>;

TEST_CASE("the arguments follow Kubernetes' table of command and args") {
    // kubernetes.io, "Define a Command and Arguments for a Container": image [/ep-1] [foo bar].
    ImageConfig image;
    image.entrypoint = {"/ep-1"};
    image.command = {"foo", "bar"};
    CHECK(process_arguments(image, {}, {}) == Words{"/ep-1", "foo", "bar"});
    CHECK(process_arguments(image, Words{"/ep-2"}, {}) == Words{"/ep-2"});
    CHECK(process_arguments(image, {}, Words{"zoo", "boo"}) == Words{"/ep-1", "zoo", "boo"});
    CHECK(process_arguments(image, Words{"/ep-2"}, Words{"zoo", "boo"}) == Words{"/ep-2", "zoo", "boo"});
}

TEST_CASE("a network is written as the option says it") {
    for (const auto* text : {"host", "none"}) {
        const auto network = parse_network(text);
        REQUIRE(network);
        CHECK(network_name(*network) == text);
    }
    CHECK(network_name({ContainerNetwork::Kind::path, "/run/netns/mine"}) == "ns:mine");
    CHECK_FALSE(parse_network("ns:../x"));
    CHECK_FALSE(parse_network("bridge"));
}

TEST_CASE("the bundle has a network namespace of its own, a given one, or the host's") {
    const auto network_of = [](ContainerNetwork network) {
        BundlePlan plan;
        plan.network = std::move(network);
        const auto config = nlohmann::json::parse(bundle_config(plan));
        for (const auto& entry : config["linux"]["namespaces"])
            if (entry["type"] == "network") return entry.value("path", "new");
        return std::string("host's");
    };
    CHECK(network_of({}) == "host's");
    CHECK(network_of({ContainerNetwork::Kind::none, {}}) == "new");
    CHECK(network_of({ContainerNetwork::Kind::none, "/proc/1/ns/net"}) == "/proc/1/ns/net");
    CHECK(network_of({ContainerNetwork::Kind::path, "/run/netns/x"}) == "/run/netns/x");
}

TEST_CASE("only root holds capabilities, and a read-only root is read-only") {
    BundlePlan plan;
    plan.user.uid = 991;
    plan.read_only_root = true;
    const auto config = nlohmann::json::parse(bundle_config(plan));
    CHECK(config["process"]["capabilities"]["effective"].empty());
    CHECK_FALSE(config["process"]["capabilities"]["bounding"].empty());
    CHECK(config["root"]["readonly"] == true);
}

TEST_CASE("the last word on a variable wins, PATH and HOME are always there") {
    ImageConfig image;
    image.environment = {"A=image", "PATH=/opt"};
    ContainerUser user;
    user.home = "/home/x";
    CHECK(process_environment(image, user, {"A=given", "B=1", "B=2"}) ==
          Words{"A=given", "PATH=/opt", "B=2", "HOME=/home/x"});
}
