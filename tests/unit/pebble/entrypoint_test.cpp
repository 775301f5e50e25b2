#include "pebble/entrypoint.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

std::vector<std::string> codes(const std::string& command, bool enabled, bool named = true) {
    Project project;
    if (named) project.entrypoint_service = PlacedText{"web", {"rockcraft.yaml", {3, 1}, {3, 4}}};
    PebblePlan plan;
    auto& service = plan.services["web"];
    service.command = PlacedText{command, {"rockcraft.yaml", {5, 1}, {5, 4}}};
    service.startup = PlacedText{enabled ? "enabled" : "disabled", {}};
    std::vector<std::string> found;
    for (const auto& item : check_entrypoint(project, plan)) {
        CHECK(item.severity == Severity::warning);
        CHECK(item.object == "services.web");
        found.push_back(item.code);
    }
    return found;
}

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("an enabled service whose arguments both grammars read alike is fine") {
    CHECK(codes("/bin/web [ -v 'a b' ]", true).empty());
    CHECK(codes("/bin/web [ ]", true).empty());
    CHECK(codes("/bin/web [ --room '#general' ]", true).empty());
}

TEST_CASE("nothing runs a service that isn't enabled") {
    CHECK(codes("/bin/web [ -v ]", false) == Codes{"RB0668"});
    CHECK(codes("/bin/web [ -v ]", false, false).empty());
}

TEST_CASE("what is a comment to Pebble alone makes other arguments") {
    CHECK(codes("/bin/web [ --room #general ]", true) == Codes{"RB0671"});
}
