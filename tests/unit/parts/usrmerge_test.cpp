// The scaffolding of merged /usr, against spec/parts-lifecycle.md §3.
#include "parts/usrmerge.hpp"

#include "fakes/trees.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::fakes;

namespace {

Part part_of(const std::string& plugin, std::vector<std::string> attributes = {}) {
    Part part;
    part.name = "app";
    part.plugin.value = plugin;
    for (auto& name : attributes) part.build_attributes.push_back({std::move(name), {}});
    return part;
}

}  // namespace

TEST_CASE("who has /usr merged: by attribute, else on new build bases, but for dump and nil") {
    using enum Generation;
    CHECK_FALSE(wants_usrmerge(part_of("make"), noble));
    CHECK(wants_usrmerge(part_of("make"), plucky));
    CHECK_FALSE(wants_usrmerge(part_of("dump"), plucky));
    CHECK_FALSE(wants_usrmerge(part_of("nil"), plucky));
    CHECK(wants_usrmerge(part_of("nil", {"enable-usrmerge"}), noble));
    CHECK_FALSE(wants_usrmerge(part_of("make", {"disable-usrmerge"}), plucky));
    CHECK_FALSE(wants_usrmerge(part_of("make", {"enable-usrmerge", "disable-usrmerge"}), plucky));
}

TEST_CASE("an empty install folder gets four folders and four links") {
    const auto tree = with_usrmerge({}, part_of("nil"), 7).value();
    CHECK(tree.entries().size() == 9);
    for (const std::string name : {"bin", "lib", "lib64", "sbin"}) {
        REQUIRE(tree.find(name) != nullptr);
        CHECK(tree.find(name)->type == EntryType::symlink);
        CHECK(tree.find(name)->target == "usr/" + name);
        REQUIRE(tree.find("usr/" + name) != nullptr);
        CHECK(tree.find("usr/" + name)->type == EntryType::folder);
        CHECK(tree.find("usr/" + name)->mode == 0755u);
        CHECK(tree.find("usr/" + name)->mtime == 7);
    }
}

TEST_CASE("what lay beside usr lies in it, and an equal link is kept") {
    auto once = with_usrmerge(Tree::of({folder("bin"), file("bin/a", "a"), folder("usr"), folder("usr/bin"),
                                        file("usr/bin/b", "b"), file("usr/bin/same", "s"), file("bin/same", "s")}),
                              part_of("nil"), 7);
    REQUIRE(once);
    CHECK(once->find("usr/bin/a") != nullptr);
    CHECK(once->find("usr/bin/b") != nullptr);
    CHECK(once->find("bin/a") == nullptr);
    CHECK(with_usrmerge(*once, part_of("nil"), 9).value() == *once);
}

TEST_CASE("what can't be merged is told") {
    const auto link = link_to("lib", "elsewhere");
    for (const auto& tree :
         {Tree::of({file("bin", "x")}), Tree::of({link}),
          Tree::of({folder("bin"), file("bin/a", "1"), folder("usr"), folder("usr/bin"), file("usr/bin/a", "2")})}) {
        const auto refused = with_usrmerge(tree, part_of("make"), 0);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "RB1062");
    }
}
