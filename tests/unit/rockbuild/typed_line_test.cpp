#include "rockbuild/typed_line.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a typed line has the command and its arguments, whatever options stand between") {
    const auto line = typed_line({"rockbuild", "-q", "--color=never", "pack", "-j", "4", "-o", "out", "rocks/web"});
    REQUIRE(line.command != nullptr);
    CHECK(line.command->name == "pack");
    CHECK(line.positional == Words{"rocks/web"});
    CHECK_FALSE(line.file);
}

TEST_CASE("a typed line has the project file in each spelling") {
    for (const auto& words :
         {Words{"--file", "x"}, Words{"--file=x"}, Words{"-f", "x"}, Words{"-fx"}, Words{"-qf", "x"}}) {
        Words all{"rockbuild", "plan"};
        all.insert(all.end(), words.begin(), words.end());
        CHECK(typed_line(all).file == "x");
        CHECK(typed_line(all).positional.empty());
    }
}

TEST_CASE("a typed line of two words of a command, and one that has ended options") {
    const auto line = typed_line({"rockbuild", "registry", "gc", "--", "--data"});
    REQUIRE(line.command != nullptr);
    CHECK(line.command->name == "registry gc");
    CHECK(line.positional == Words{"--data"});
}

TEST_CASE("a typed line may be anything") {
    CHECK(typed_line({}).command == nullptr);
    CHECK(typed_line({"rockbuild", "registry"}).command == nullptr);
    CHECK(typed_line({"rockbuild", "nonsense", "--file=x"}).command == nullptr);
    CHECK(typed_line({"rockbuild", "pack", "--", "-"}).positional == Words{"-"});
    CHECK_FALSE(typed_line({"rockbuild", "pack", "--nonsense", "--file"}).file);
    CHECK(typed_line({"rockbuild", "pack", "-", "--=", "-=", "--"}).positional == Words{"-"});
}
