#include "registry/charmhub/channel.hpp"

#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("a channel's parts") {
    const auto check = [](const std::string& text, const std::string& track, const std::string& risk,
                          const std::string& branch) {
        INFO(text);
        const auto channel = get(Channel::parse(text));
        CHECK(channel.track == track);
        CHECK(channel.risk == risk);
        CHECK(channel.branch == branch);
        CHECK(channel.str() == text);
    };
    for (const std::string risk : {"stable", "candidate", "beta", "edge"}) check(risk, "", risk, "");
    check("2.0/edge", "2.0", "edge", "");
    check("edge/fix-1", "", "edge", "fix-1");
    check("latest/stable/hot.fix", "latest", "stable", "hot.fix");
    check("edge/stable", "", "edge", "stable");  // two parts, the first a risk: the second is a branch
    check("edge/edge/edge", "edge", "edge", "edge");
    check("A_b.c-9/beta", "A_b.c-9", "beta", "");
    check(std::string(28, 'x') + "/beta", std::string(28, 'x'), "beta", "");
    CHECK(get(Channel::parse("edge")).full() == "latest/edge");
    CHECK(get(Channel::parse("edge/fix")).full() == "latest/edge/fix");
    CHECK(get(Channel::parse("2/edge")).full() == "2/edge");
}

TEST_CASE("what is no channel is refused as a wrong use") {
    for (const auto& bad :
         {std::string(), std::string("/"), std::string("latest"), std::string("2.0/latest"), std::string("edge/"),
          std::string("/edge"), std::string("//"), std::string("a//b"), std::string("a/edge/b/c"),
          std::string("Edge/x"), std::string("-x/edge"), std::string("x-/edge"), std::string("x..y/edge"),
          std::string("x y/edge"), std::string("\xc3\xa4/edge"), std::string("edge/-x"), std::string("edge/a b"),
          std::string(29, 'x') + "/edge"}) {
        INFO(bad);
        const auto result = Channel::parse(bad);
        REQUIRE(code_of(result) == "RB1610");
        CHECK(result.error().exit == ExitCode::usage);
    }
    const auto near = Channel::parse("latest/stabel");
    REQUIRE_FALSE(near);
    REQUIRE(!near.error().suggestions.empty());
    CHECK(near.error().suggestions.front() == "stable");
}

TEST_CASE("a channel has no empty part") { CHECK(code_of(Channel::parse("latest/edge/")) == "RB1610"); }

TEST_CASE("names of charms and resources") {
    for (const auto* good : {"demo", "my-charm", "k8s", "0"}) get(check_store_name(good, "charm"));
    get(check_store_name("app_image", "resource"));
    for (const auto* bad : {"", "-a", "a-", "A", "a b", "a/b", "a.b", "../x", "a_b", "a?b"})
        CHECK(code_of(check_store_name(bad, "charm")) == "RB1610");
    CHECK(code_of(check_store_name("a/b", "resource")) == "RB1610");
}
