#include "support/silences.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

Diagnostic warning(const std::string& code, const std::string& object) {
    Diagnostic diagnostic;
    diagnostic.code = code;
    diagnostic.severity = Severity::warning;
    diagnostic.object = object;
    return diagnostic;
}

}  // namespace

TEST_CASE("a code alone silences that warning of every object") {
    const auto silences = *Silences::parse("RB0621");
    CHECK(silences.cover(warning("RB0621", "services.web")));
    CHECK(silences.cover(warning("RB0621", "")));
    CHECK_FALSE(silences.cover(warning("RB0622", "services.web")));
}

TEST_CASE("a code with an object silences the warning of that one") {
    const auto silences = *Silences::parse("RB0621:services.web");
    CHECK(silences.cover(warning("RB0621", "services.web")));
    CHECK_FALSE(silences.cover(warning("RB0621", "services.db")));
    CHECK_FALSE(silences.cover(warning("RB0621", "")));
}

TEST_CASE("several stand on lines of their own, and may hold blanks and commas") {
    const auto silences = *Silences::parse("RB0621:services.a b\nRB0621:services.c, d\n");
    CHECK(silences.cover(warning("RB0621", "services.a b")));
    CHECK(silences.cover(warning("RB0621", "services.c, d")));
    CHECK_FALSE(silences.cover(warning("RB0621", "services.a")));
}

TEST_CASE("in a variable they stand apart by commas and blanks") {
    const auto silences = *Silences::parse(Silences::lines_of(" RB0621:services.web,,RB0622\tRB0621:checks.up\n"));
    CHECK(silences.cover(warning("RB0621", "services.web")));
    CHECK(silences.cover(warning("RB0621", "checks.up")));
    CHECK(silences.cover(warning("RB0622", "anything")));
    CHECK(silences.codes() == std::vector<std::string>{"RB0621", "RB0622"});
    CHECK(Silences::parse("")->codes().empty());
}

TEST_CASE("errors are never silenced") {
    auto error = warning("RB0621", "services.web");
    error.severity = Severity::error;
    CHECK_FALSE(Silences::parse("RB0621")->cover(error));
}

TEST_CASE("a word that is no code is refused") {
    for (const auto* text : {"rb0621", "RB62", "RB06211", "RBabcd", "services.web", ":services.web", "RB0621:"})
        CHECK_FALSE(Silences::parse(text).has_value());
}
