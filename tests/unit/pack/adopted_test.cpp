#include "pack/adopted.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

Project project() {
    Project project;
    project.summary.value = "as the file says";
    project.description.value = "described";
    project.adopt_info = PlacedText{"server", {"rockcraft.yaml", {4, 13}, {4, 19}}};
    return project;
}

std::string problem(const Result<Project>& result) {
    if (result) return {};
    CHECK(result.error().span->begin.line == 4u);
    CHECK_FALSE(result.error().hint.empty());
    return result.error().code + " " + result.error().message;
}

}  // namespace

TEST_CASE("what was set stands in place of what the file says") {
    const auto whole = complete(project(), {{"version", "1.2"}, {"summary", "as the script says"}});
    REQUIRE(whole);
    CHECK(whole->version.value == "1.2");
    CHECK(whole->summary.value == "as the script says");
    CHECK(whole->description.value == "described");
}

TEST_CASE("a file without adopt-info is whole as it is") {
    auto plain = project();
    plain.adopt_info.reset();
    CHECK(complete(plain, {}));
}

TEST_CASE("what nobody set is told, all at once, with the part that might have") {
    CHECK(problem(complete(project(), {})) ==
          "RB1206 'adopt-info' leaves 'version' to the part 'server', but none of its scripts has set it");
    auto empty = project();
    empty.description.value.clear();
    CHECK(problem(complete(empty, {})) ==
          "RB1206 'adopt-info' leaves 'version' and 'description' to the part 'server', but none of its scripts has "
          "set them");
}

TEST_CASE("a version that was set must be one") {
    for (const auto* version : {"", "v 1", "1.0-", "123456789012345678901234567890123", "1/2"}) {
        INFO(version);
        CHECK(problem(complete(project(), {{"version", version}})).starts_with("RB1207 the part 'server' has set"));
    }
}
