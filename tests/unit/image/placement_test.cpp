// The rules and the faults that are not to be copied: spec/rockcraft-yaml.md §11.5.
#include "image/placement.hpp"

#include "unit/image/fixture.hpp"

using namespace rockbuild;
using namespace rockbuild::test;
using fakes::file;

namespace {

/// A base whose `lib` and `bin` are links, as Debian's and Ubuntu's are.
Tree usrmerged() {
    return Tree::of({link_to("bin", "usr/bin"), link_to("lib", "usr/lib"), folder("usr", 0711), folder("usr/bin"),
                     folder("usr/lib", 0750), folder("opt"), folder("opt/real"), link_to("opt/link", "real"),
                     link_to("absolute", "/usr/lib"), link_to("up", "../../usr/lib"), link_to("to-file", "etc/hosts"),
                     folder("etc"), file("etc/hosts", "x"), link_to("nowhere", "missing"), link_to("loop", "loop"),
                     link_to("twice", "lib"), link_to("usr/lib/deep", "../../opt/link")});
}

std::vector<std::string> placed(std::vector<Entry> layer, const Tree& base = usrmerged()) {
    return fakes::paths(get(place_over(Tree::of(std::move(layer)), base)));
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("what lies below a link of the base goes where the link leads, and the folder goes") {
    CHECK(placed({folder("lib"), file("lib/x")}) == Paths{"usr", "usr/lib", "usr/lib/x"});
    CHECK(placed({folder("lib"), folder("lib/a"), file("lib/a/x")}) ==
          Paths{"usr", "usr/lib", "usr/lib/a", "usr/lib/a/x"});
    CHECK(placed({folder("lib")}).empty());
}

TEST_CASE("a link itself is not followed by an entry of its name") {
    CHECK(placed({link_to("lib", "elsewhere")}) == Paths{"lib"});
    CHECK(placed({whiteout("lib")}) == Paths{"lib"});
    CHECK(placed({file("lib")}) == Paths{"lib"});
}

TEST_CASE("names are compared by components") {
    // The fault: after `lib` is mapped, `libexec` becomes `usr/libexec`.
    CHECK(placed({folder("lib"), file("lib/x"), folder("libexec"), file("libexec/y")}) ==
          Paths{"libexec", "libexec/y", "usr", "usr/lib", "usr/lib/x"});
}

TEST_CASE("several links are remembered at once") {
    // The fault: only one mapping is remembered at a time.
    CHECK(placed({folder("bin"), folder("bin/sub"), file("bin/sub/x"), folder("lib"), file("lib/y"), file("bin/z")}) ==
          Paths{"usr", "usr/bin", "usr/bin/sub", "usr/bin/sub/x", "usr/bin/z", "usr/lib", "usr/lib/y"});
}

TEST_CASE("a relative link starts at its own folder") {
    // The fault: `a/b -> c` maps children to top-level `c/`.
    CHECK(placed({folder("opt"), folder("opt/link"), file("opt/link/x")}) == Paths{"opt", "opt/real", "opt/real/x"});
}

TEST_CASE("absolute links, links to links, and links that climb stay inside") {
    for (const auto* link : {"absolute", "up", "twice"})
        CHECK(placed({folder(link), file(std::string(link) + "/x")}) == Paths{"usr", "usr/lib", "usr/lib/x"});
    CHECK(placed({folder("lib"), folder("lib/deep"), file("lib/deep/x")}) == Paths{"opt", "opt/real", "opt/real/x"});
}

TEST_CASE("a link to a file, to nothing, or to itself is no folder") {
    // The fault: any link of the base counts, also a link to a file.
    for (const auto* link : {"to-file", "nowhere", "loop"})
        CHECK(placed({folder(link), file(std::string(link) + "/x")}) == Paths{link, std::string(link) + "/x"});
}

TEST_CASE("an opaque folder replaces the link, and hides the base's links below it") {
    CHECK(placed({opaque(folder("lib")), file("lib/x")}) == Paths{"lib", "lib/x"});
    CHECK(placed({opaque(folder("opt")), folder("opt/link"), file("opt/link/x")}) ==
          Paths{"opt", "opt/link", "opt/link/x"});
    CHECK(placed({opaque(folder("opt")), folder("opt/sub"), folder("opt/sub/x")}) ==
          Paths{"opt", "opt/sub", "opt/sub/x"});
}

TEST_CASE("whiteouts go through links as files do") {
    CHECK(placed({folder("lib"), whiteout("lib/x")}) == Paths{"usr", "usr/lib", "usr/lib/x"});
}

TEST_CASE("folders that come along look as the base has them") {
    const auto result = get(place_over(Tree::of({folder("lib"), file("lib/x")}), usrmerged()));
    CHECK(result.find("usr")->mode == 0711);
    CHECK(result.find("usr/lib")->mode == 0750);
}

TEST_CASE("two alike entries may land on one path") {
    auto moved = file("lib/x", "same"), there = file("usr/lib/x", "same");
    moved.mtime = 5;
    there.mtime = 7;
    const auto result =
        get(place_over(Tree::of({folder("lib"), moved, folder("usr"), folder("usr/lib", 0750), there}), usrmerged()));
    CHECK(fakes::paths(result) == Paths{"usr", "usr/lib", "usr/lib/x"});
    CHECK(result.find("usr/lib/x")->mtime == 7);
    CHECK(placed({folder("lib"), folder("lib/d"), folder("usr"), folder("usr/lib"), folder("usr/lib/d"),
                  file("usr/lib/d/x")}) == Paths{"usr", "usr/lib", "usr/lib/d", "usr/lib/d/x"});
}

TEST_CASE("two different entries on one path are an error that names both") {
    const std::vector<std::pair<Entry, Entry>> pairs{
        {file("lib/x", "one"), file("usr/lib/x", "other")}, {file("lib/x", "", 0755), file("usr/lib/x", "", 0644)},
        {folder("lib/x", 0700), folder("usr/lib/x", 0755)}, {link_to("lib/x", "a"), link_to("usr/lib/x", "b")},
        {link_to("lib/x", "a"), file("usr/lib/x")},         {whiteout("lib/x"), file("usr/lib/x")},
        {opaque(folder("lib/x")), folder("usr/lib/x")},
    };
    for (const auto& [moved, there] : pairs) {
        const auto result =
            place_over(Tree::of({folder("lib"), moved, folder("usr"), folder("usr/lib"), there}), usrmerged());
        REQUIRE(code_of(result) == "RB0710");
        CHECK(result.error().message.find("'lib/x'") != std::string::npos);
        CHECK(result.error().message.find("'usr/lib/x'") != std::string::npos);
    }
}

TEST_CASE("nothing lands below what is no folder") {
    const auto result =
        place_over(Tree::of({folder("lib"), file("lib/x"), folder("usr"), file("usr/lib")}), usrmerged());
    REQUIRE(code_of(result) == "RB0710");
    CHECK(result.error().message.find("'lib/x'") != std::string::npos);
    CHECK(result.error().message.find("'usr/lib'") != std::string::npos);
}

TEST_CASE("a link group stays one") {
    auto first = file("lib/a", "same"), second = file("lib/b", "same");
    first.link = second.link = "lib/a";
    const auto result = get(place_over(Tree::of({folder("lib"), first, second}), usrmerged()));
    CHECK(result.find("usr/lib/a")->link == result.find("usr/lib/b")->link);
    CHECK_FALSE(result.find("usr/lib/a")->link.empty());
}

TEST_CASE("on an empty base nothing moves") {
    const auto layer = Tree::of({link_to("lib", "usr/lib"), folder("usr"), folder("usr/lib"), file("usr/lib/x")});
    CHECK(get(place_over(layer, {})) == layer);
    CHECK(placed({}).empty());
}
