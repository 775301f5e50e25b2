#include "rockbuild/timings.hpp"

#include <catch2/catch.hpp>

#include <regex>

using namespace rockbuild;

namespace {

/// (left, width, top) of the bar with that text.
std::array<double, 3> bar(const std::string& page, const std::string& text) {
    const std::regex shape("left:([0-9.]+)%;width:([0-9.]+)%;top:([0-9.]+)rem\"[^>]*>" + text + "<");
    std::smatch match;
    REQUIRE(std::regex_search(page, match, shape));
    return {std::stod(match[1]), std::stod(match[2]), std::stod(match[3])};
}

}  // namespace

TEST_CASE("bars lie where the steps ran, those of one time in rows of their own") {
    const auto page = timings_page("a <project>",
                                   {{"a:pull", 0, 2, Outcome::ran},
                                    {"b:pull", 1, 5, Outcome::ran},
                                    {"a:build", 2, 10, Outcome::failed},
                                    {"c:pull", 3, 3, Outcome::cached}},
                                   10);
    CHECK(bar(page, "a:pull")[0] == 0.);
    CHECK(bar(page, "a:pull")[1] == 20.);
    CHECK(bar(page, "b:pull")[0] == 10.);
    CHECK(bar(page, "b:pull")[1] == 40.);
    CHECK(bar(page, "a:build")[1] == 80.);
    CHECK(bar(page, "a:pull")[2] != bar(page, "b:pull")[2]);
    CHECK(bar(page, "a:pull")[2] == bar(page, "a:build")[2]);  // one ends where the other begins
    CHECK(page.find("c:pull") == std::string::npos);
    CHECK(page.find("3 ran, 1 came from the store") != std::string::npos);
    CHECK(page.find("a &lt;project&gt;") != std::string::npos);
    CHECK(page.find("class=\"bar failed\"") != std::string::npos);
}

TEST_CASE("a run of no time and no steps is a page, too") {
    CHECK(timings_page("x", {}, 0).find("</html>") != std::string::npos);
}
