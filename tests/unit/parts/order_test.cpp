#include "parts/order.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

using namespace rockbuild;
namespace fs = std::filesystem;

namespace {

using Shape = std::map<std::string, std::vector<std::string>>;

std::vector<Part> parts_of(const Shape& shape) {
    std::vector<Part> parts;
    for (const auto& [name, after] : shape) {
        auto& part = parts.emplace_back();
        part.name = name;
        for (const auto& other : after) part.after.push_back({other, {}});
    }
    return parts;
}

std::vector<std::string> order_of(const Shape& shape) {
    std::vector<std::string> names;
    const auto sorted = ordered(parts_of(shape));
    REQUIRE(sorted);
    for (const auto& part : *sorted) names.push_back(part.name);
    return names;
}

std::vector<std::string> actions_of(const std::vector<Part>& parts) {
    std::vector<std::string> result;
    for (const auto& action : sequence(parts)) {
        std::string step = step_name(action.step);
        for (auto& c : step) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        result.push_back(step + ":" + parts[action.part].name);
    }
    return result;
}

fs::path corpus() {
    if (const auto* given = std::getenv("ROCKBUILD_CORPUS")) return given;
    return fs::path(ROCKBUILD_SOURCE_DIR) / "../shared/corpus";
}

}  // namespace

TEST_CASE("parts are ordered topologically, ties by name from the back") {
    // spec/parts-lifecycle.md §4.1, checks
    using Names = std::vector<std::string>;
    CHECK(order_of({{"a", {"d"}}, {"b", {}}, {"c", {"b"}}, {"d", {"c"}}}) == Names{"b", "c", "d", "a"});
    CHECK(order_of({{"a", {}}, {"b", {"z"}}, {"z", {}}}) == Names{"a", "z", "b"});
    CHECK(order_of({{"p1", {"p3"}}, {"p2", {}}, {"p3", {}}}) == Names{"p3", "p1", "p2"});
    CHECK(order_of({{"foo", {}}, {"bar", {"foo"}}, {"foobar", {}}}) == Names{"foo", "bar", "foobar"});
}

TEST_CASE("a circle of parts is refused and named") {
    const auto result = ordered(parts_of({{"a", {"b"}}, {"b", {"a"}}}));
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "RB1001");
    CHECK(result.error().message.find("a") != std::string::npos);
}

TEST_CASE("a build waits for the stage of what it comes after, and only for that") {
    const auto parts = *ordered(parts_of({{"app", {"lib"}}, {"lib", {}}, {"other", {}}}));
    CHECK(actions_of(parts) == std::vector<std::string>{"PULL:lib", "PULL:app", "PULL:other", "OVERLAY:lib",
                                                        "OVERLAY:app", "OVERLAY:other", "BUILD:lib", "STAGE:lib",
                                                        "BUILD:app", "BUILD:other", "STAGE:app", "STAGE:other",
                                                        "PRIME:lib", "PRIME:app", "PRIME:other"});
}

TEST_CASE("the closure of after is transitive") {
    const auto parts = *ordered(parts_of({{"a", {}}, {"b", {"a"}}, {"c", {"b"}}, {"d", {}}}));
    const auto found = closure(parts, 2);
    REQUIRE(parts[2].name == "c");
    CHECK(found == std::vector<std::size_t>{0, 1});
}

TEST_CASE("order and sequence equal upstream's on real files") {
    const auto folder = corpus() / "upstream";
    if (!fs::exists(folder)) {
        WARN("skipped: no corpus at " << folder.native());
        return;
    }
    std::size_t compared = 0;
    for (const auto& file : fs::directory_iterator(folder)) {
        const auto json = nlohmann::json::parse(std::ifstream(file.path()));
        Shape shape;
        bool one_way = true;  // with several unstaged dependencies upstream's own order varies between runs
        for (const auto& [name, body] : json["project"]["parts"].items()) {
            shape[name];
            if (body.contains("after") && body["after"].is_array())
                for (const auto& other : body["after"]) shape[name].push_back(other);
            one_way = one_way && shape[name].size() < 2;
        }
        INFO(file.path().filename().native());
        CHECK(order_of(shape) == json["part_order"].get<std::vector<std::string>>());
        std::vector<std::string> wanted;
        for (const std::string action : json["plan_prime"]) {
            const auto step_end = action.find(':');
            const auto name_end = action.find(':', step_end + 1);
            if (action.compare(name_end, 4, ":RUN") == 0) wanted.push_back(action.substr(0, name_end));
        }
        const auto ours = actions_of(*ordered(parts_of(shape)));
        if (one_way) CHECK(ours == wanted);
        else
            CHECK(std::multiset<std::string>(ours.begin(), ours.end()) ==
                  std::multiset<std::string>(wanted.begin(), wanted.end()));
        ++compared;
    }
    CHECK(compared > 300);
}
