// The control program itself, run by the real shell, the sandbox's folder spelled as a scratch one.
#include "parts/craftctl.hpp"

#include "parts/variables.hpp"
#include "system/file.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

using namespace rockbuild;

namespace {

struct Program {
    TempFolder scratch = *TempFolder::make(std::filesystem::temp_directory_path(), "craftctl-");

    explicit Program(const Control& control) {
        REQUIRE(make_folders(scratch.path() / "values"));
        for (auto file : craftctl_files(control)) {
            const auto path = scratch.path() / file.inside.substr(inside::tools.size() + 1);
            for (std::size_t at = 0; (at = file.content.find(inside::tools, at)) != std::string::npos;
                 at += scratch.path().native().size())
                file.content.replace(at, inside::tools.size(), scratch.path().native());
            REQUIRE(make_folders(path.parent_path()));
            REQUIRE(write_file(path, file.content, file.mode));
        }
    }

    /// "CODE output".
    std::string call(const std::string& arguments) const {
        const auto command = (scratch.path() / "bin/craftctl").native() + " " + arguments + " 2>&1";
        FILE* pipe = ::popen(command.c_str(), "r");
        REQUIRE(pipe != nullptr);
        std::string output;
        std::array<char, 4096> buffer{};
        while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
        return std::to_string(WEXITSTATUS(::pclose(pipe))) + " " + output;
    }
    bool refuses(const std::string& arguments, const std::string& reason) const {
        const auto said = call(arguments);
        UNSCOPED_INFO(arguments << ": " << said);
        return said.starts_with("1 craftctl: ") && said.find(reason) != std::string::npos;
    }
};

Control control() {
    Control control;
    control.written = {{"version", "1.0"}, {"summary", "It's one"}, {"description", ""}};
    return control;
}

}  // namespace

TEST_CASE("a value is what was set, else what the file says, else empty") {
    const Program step(control());
    CHECK(step.call("get version") == "0 1.0\n");
    CHECK(step.call("get summary") == "0 It's one\n");
    CHECK(step.call("get description") == "0 \n");
    CHECK(step.call("set version=2=3") == "0 ");
    CHECK(step.call("set summary=") == "0 ");
    CHECK(step.call("get version") == "0 2=3\n");
    CHECK(step.call("get summary") == "0 \n");
    CHECK(step.call("set \"description=two\nlines\"") == "0 ");
    CHECK(step.call("get description") == "0 two\nlines\n");
}

TEST_CASE("craftctl says why it refuses") {
    const Program step(control());
    CHECK(step.refuses("set", "one argument"));
    CHECK(step.refuses("set version 2", "one argument"));
    CHECK(step.refuses("set version=1 summary=x", "one argument"));
    CHECK(step.refuses("set version", "NAME=VALUE, not 'version'"));
    CHECK(step.refuses("set grade=stable", "no value 'grade'"));
    CHECK(step.refuses("set =x", "no value ''"));
    CHECK(step.refuses("get", "one argument"));
    CHECK(step.refuses("get version summary", "one argument"));
    CHECK(step.refuses("get name", "no value 'name'"));
    CHECK(step.refuses("default all", "no arguments"));
    CHECK(step.refuses("sett version=1", "no command 'sett'"));
    CHECK(step.refuses("", "no command ''"));
    CHECK(step.call("set version=1") == "0 ");
    CHECK(step.refuses("set version=1", "only once"));
    CHECK(step.call("default") == "0 ");
}

TEST_CASE("what isn't for this script is refused with the reason, whatever is asked") {
    Control closed;
    closed.no_set = "only the part 'it's' may";
    closed.no_get = "not here";
    const Program step(closed);
    CHECK(step.refuses("set version=1", "only the part 'it's' may"));
    CHECK(step.refuses("set", "only the part"));
    CHECK(step.refuses("get version", "not here"));
}

TEST_CASE("a script's text tells whether values are its input") {
    CHECK_FALSE(names_values("craftctl default\n"));
    CHECK_FALSE(names_values("(craftctl  default) && x=$(craftctl default)\ncraftctl default"));
    CHECK_FALSE(names_values("make\n"));
    CHECK(names_values("V=`craftctl get version`\n"));
    CHECK(names_values("craftctl default\ncraftctl set version=1\n"));
    CHECK(names_values("CTL=craftctl\n$CTL get version\n"));
    CHECK(names_values("craftctl \"$@\"\n"));
    CHECK(names_values("craftctl defaults\n"));
    CHECK(names_values("craftctl"));
}
