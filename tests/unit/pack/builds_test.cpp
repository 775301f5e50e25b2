// Which platforms of a file this machine builds, and why not the others.
#include "pack/builds.hpp"

#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;

namespace {

ProjectDocument of(const std::string& platforms) {
    auto document = read_document(
        "name: my-rock\nversion: '1'\nsummary: s\ndescription: d\nbase: debian@12\n"
        "platforms: " +
            platforms + "\n",
        "rockcraft.yaml");
    REQUIRE(document.good());
    return document;
}

const Arch amd64 = architectures[0];
const Arch arm64 = architectures[1];
const Arch s390x = architectures[6];

const std::string three = "{amd64: , cross: {build-on: [amd64, arm64], build-for: [riscv64]}, arm64: }";

/// "label on arch" of what is built, and "label: why" of what isn't.
Lines plan(const std::string& platforms, const BuildWish& wish, const Arch& host) {
    const auto made = plan_builds(of(platforms), wish, host);
    REQUIRE(made);
    Lines lines;
    for (const auto& build : made->builds)
        lines.push_back(build.platform.label + " on " + std::string(build.build_on.debian));
    for (const auto& [label, why] : made->skipped) lines.push_back(label + ": " + why);
    return lines;
}

Diagnostic refused(const std::string& platforms, const BuildWish& wish, const Arch& host) {
    const auto made = plan_builds(of(platforms), wish, host);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == "RB1204");
    return made.error();
}

}  // namespace

TEST_CASE("every platform that this machine builds is built, in the file's order") {
    CHECK(plan(three, {}, amd64) ==
          Lines{"amd64 on amd64", "cross on amd64", "arm64: it builds on arm64, and this machine is amd64"});
    CHECK(plan(three, {}, arm64) ==
          Lines{"cross on arm64", "arm64 on arm64", "amd64: it builds on amd64, and this machine is arm64"});
    CHECK(plan("{a: {build-on: amd64, build-for: amd64}, b: {build-on: amd64, build-for: amd64}}", {}, amd64) ==
          Lines{"a on amd64", "b on amd64"});
}

TEST_CASE("a wish leaves platforms out, and says so") {
    CHECK(plan(three, {"cross", ""}, amd64) ==
          Lines{"cross on amd64", "amd64: --platform asks for cross", "arm64: --platform asks for cross"});
    CHECK(plan(three, {"", "riscv64"}, amd64) == Lines{"cross on amd64",
                                                       "amd64: it is for amd64, and --build-for asks for riscv64",
                                                       "arm64: it is for arm64, and --build-for asks for riscv64"});
    CHECK(plan(three, {"cross", "riscv64"}, arm64).front() == "cross on arm64");
}

TEST_CASE("nothing to build is an error that tells what there is") {
    const auto error = refused(three, {}, s390x);
    CHECK(error.message == "no platform matches (the file has: amd64, cross, arm64; this machine is s390x)");
    REQUIRE(error.notes.size() == 3);
    CHECK(error.notes[1].message == "cross is skipped: it builds on amd64, arm64, and this machine is s390x");
    REQUIRE(error.span);
    CHECK(test::place(*error.span) == "6:13");
    CHECK(error.suggestions.empty());
    CHECK(refused(three, {"corss", ""}, amd64).suggestions == Lines{"cross"});
    CHECK(refused(three, {"", "s390x"}, amd64).notes.size() == 3);
    CHECK(refused(three, {"cross", "amd64"}, amd64).notes.size() == 3);
}
