#include "project/circles.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace rockbuild;

namespace {

std::string found(const std::vector<std::vector<std::size_t>>& edges) {
    std::string text;
    for (const auto& circle : find_circles(edges)) {
        text += text.empty() ? "" : " ";
        for (const auto& step : circle) text += std::to_string(step.node) + "/" + std::to_string(step.edge) + ",";
    }
    return text;
}

}  // namespace

TEST_CASE("circles are found from their smallest node on") {
    CHECK(found({}).empty());
    CHECK(found({{1}, {2}, {}}).empty());
    CHECK(found({{1, 2}, {2}, {}}).empty());  // a diamond's half is none
    CHECK(found({{0}}) == "0/0,");
    CHECK(found({{no_node, 1}, {0}}) == "0/1,1/0,");
    CHECK(found({{2}, {}, {3}, {0}}) == "0/0,2/0,3/0,");
    CHECK(found({{1}, {2}, {1}}) == "1/0,2/0,");      // entered from outside
    CHECK(found({{2}, {0}, {1}}) == "0/0,2/0,1/0,");  // the way round is kept
}

TEST_CASE("each of two circles is found once") { CHECK(found({{1}, {0}, {3}, {2}, {0, 2}}) == "0/0,1/0, 2/0,3/0,"); }

TEST_CASE("a chain may be as long as it likes") {
    constexpr std::size_t many = 300000;
    std::vector<std::vector<std::size_t>> edges(many);
    for (std::size_t i = 0; i + 1 < many; ++i) edges[i] = {i + 1};
    CHECK(find_circles(edges).empty());
    edges.back() = {0};
    REQUIRE(find_circles(edges).size() == 1);
    CHECK(find_circles(edges).front().size() == many);
}
