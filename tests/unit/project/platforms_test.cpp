#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;
using test::Lines;

namespace {

std::string whole(const std::string& platforms) {
    return "name: my-rock\nversion: '1.0'\nsummary: A rock\ndescription: For tests\nbase: debian@12\nplatforms:" +
           platforms + "\n";
}
Lines places(const std::string& platforms) { return test::places(whole(platforms)); }

/// "label on a,b for c", one a platform.
Lines read(const std::string& platforms) {
    Lines lines;
    for (const auto& platform : test::project(whole(platforms)).platforms) {
        std::string on;
        for (const auto& arch : platform.build_on) on += (on.empty() ? "" : ",") + std::string(arch.debian);
        lines.push_back(platform.label + " on " + on + " for " + std::string(platform.build_for.debian));
    }
    return lines;
}

}  // namespace

TEST_CASE("the three forms of a platform") {
    CHECK(read("\n  amd64:\n  arm64:") == Lines{"amd64 on amd64 for amd64", "arm64 on arm64 for arm64"});
    CHECK(read("\n  riscv64: {build-on: [amd64]}") == Lines{"riscv64 on amd64 for riscv64"});
    CHECK(read("\n  foo: {build-on: [amd64, s390x], build-for: [ppc64el]}") == Lines{"foo on amd64,s390x for ppc64el"});
    CHECK(read("\n  foo: {build_on: amd64, build_for: amd64}") == Lines{"foo on amd64 for amd64"});
    CHECK(read("\n  amd64: {build-on: arm64, build-for: [amd64]}") == Lines{"amd64 on arm64 for amd64"});
}

TEST_CASE("platforms that can't be") {
    CHECK(places("") == Lines{"RB0312 6:1"});
    CHECK(places(" {}") == Lines{"RB0312 6:12"});
    CHECK(places(" [amd64]") == Lines{"RB0313 6:12"});
    CHECK(places(" {foo: }") == Lines{"RB0314 6:13"});
    CHECK(places(" {foo: {build-on: [amd64]}}") == Lines{"RB0312 6:13"});
    CHECK(places(" {foo: {build-for: [amd64]}}") == Lines{"RB0312 6:13"});
    CHECK(places(" {amd64: {build-for: [amd64]}}") == Lines{"RB0312 6:13"});
    CHECK(places(" {amd64: {build-on: [amd64], build-for: [arm64]}}") == Lines{"RB0314 6:52"});
    CHECK(places(" {x: {build-on: [amd64], build-for: [arm64, amd64]}}") == Lines{"RB0314 6:55"});
    CHECK(places(" {x: {build-on: [amd64, amd64], build-for: arm64}}") == Lines{"RB0314 6:35"});
    CHECK(places(" {x: {build-on: [], build-for: arm64}}") == Lines{"RB0314 6:27"});
    CHECK(places(" {x: {build-on: [all], build-for: arm64}}") == Lines{"RB0314 6:28"});
    CHECK(places(" {x: {build-on: [amd64], build-for: all}}") == Lines{"RB0314 6:47"});
    CHECK(places(" {any: {build-on: [amd64], build-for: amd64}}") == Lines{"RB0314 6:13"});
    CHECK(places(" {a/b: {build-on: [amd64], build-for: amd64}}") == Lines{"RB0314 6:13"});
    CHECK(places(" {amd64: {build-onn: [amd64]}}") == Lines{"RB0310 6:21"});
    CHECK(places(" {amd64: {build: [amd64]}}") == Lines{"RB0312 6:13", "RB0310 6:21"});
}

TEST_CASE("a mistake above hides none in platforms") {
    CHECK(test::places("name: BAD\nversion: '1'\nsummary: s\ndescription: d\nbase: debian@12\nplatforms: {amd64: "
                       "{build-for: amd64}}\n") == Lines{"RB0314 1:7", "RB0312 6:13"});
}
