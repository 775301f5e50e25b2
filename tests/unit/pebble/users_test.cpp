// As Pebble 1.32.1 answered over layers with the users of a machine (spec/pebble.md §11, classes 17 and 25).
#include "pebble/users.hpp"

#include "unit/pebble/layers.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

class TwoUsers : public Users {
public:
    std::optional<User> user(const std::string& name) const override {
        if (name == "root") return User{"root", 0, 0};
        if (name == "bin") return User{"bin", 2, 2};
        if (name == "odd") return User{"odd", 5, 5};  // written as 05: not found by its id
        return std::nullopt;
    }
    std::optional<User> user_of(std::int64_t uid) const override {
        return uid == 0 ? user("root") : uid == 2 ? user("bin") : std::nullopt;
    }
    std::optional<Group> group(const std::string& name) const override {
        return name == "root" ? std::optional(Group{"root", 0}) : std::nullopt;
    }
};

std::vector<std::string> said(const std::vector<std::string>& texts) {
    const auto reading = read_layers(test::layers(texts));
    std::vector<std::string> lines;
    for (const auto& item : check_users(reading.layers, reading.plan, TwoUsers()))
        lines.push_back(item.code + " " + item.object + " " + item.message);
    return lines;
}

std::vector<std::string> of_check(const std::string& account) {
    return said({"checks: {c: {override: replace, exec: {command: c, " + account + "}}}"});
}
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("users and groups of checks are looked up") {
    CHECK(of_check("user: root, user-id: 0, group: root, group-id: 0").empty());
    CHECK(of_check("user: nobody") == Lines{"RB0609 checks.c there is no user 'nobody'"});
    CHECK(of_check("user: odd") == Lines{"RB0609 checks.c the id of user 'odd' isn't written as 5 in /etc/passwd, and "
                                         "isn't found again"});
    CHECK(of_check("user: odd, user-id: 5").size() == 1);
    CHECK(of_check("user: odd, group: root").empty());
    CHECK(of_check("user: bin, user-id: 0") == Lines{"RB0609 checks.c user 'bin' has the id 2, not 0"});
    CHECK(of_check("user-id: 7") ==
          Lines{"RB0609 checks.c there is no user with the id 7, whose group would be taken"});
    CHECK(of_check("user-id: 7, group-id: 5").empty());
    CHECK(of_check("user-id: 0, group: www") == Lines{"RB0609 checks.c there is no group 'www'"});
    CHECK(of_check("user: root, group: root, group-id: 1") ==
          Lines{"RB0609 checks.c group 'root' has the id 0, not 1"});
}

TEST_CASE("of checks in each layer, of workloads and services in the plan") {
    CHECK(said({"checks: {c: {override: replace, exec: {command: c, user: x}}}",
                "checks: {c: {override: replace, tcp: {port: 1}}}"})
              .size() == 1);
    CHECK(said({"workloads: {w: {override: replace, user: x}}", "workloads: {w: {override: replace}}"}).empty());
    CHECK(said({"workloads: {w: {override: replace, user: x}}"}) == Lines{"RB0609 workloads.w there is no user 'x'"});
    CHECK(said({"services: {s: {override: replace, command: c, user: x}}"}) ==
          Lines{"RB0650 services.s there is no user 'x': Pebble won't start this service"});
}
