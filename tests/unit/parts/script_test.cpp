#include "parts/script.hpp"

#include "parts/variables.hpp"
#include "system/file.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

using namespace rockbuild;

namespace {

struct Ran {
    std::optional<std::uint32_t> line;
    std::string log;
    int code = 0;
};

/// Runs the driver with the real bash, the sandbox's folder spelled as a scratch one.
Ran run_files(const std::vector<SandboxFile>& files) {
    const auto scratch = *TempFolder::make(std::filesystem::temp_directory_path(), "script-");
    for (auto file : files) {
        const auto name = file.inside.substr(inside::tools.size() + 1);
        if (const auto slash = name.find('/'); slash != std::string::npos)
            REQUIRE(make_folders(scratch.path() / name.substr(0, slash)));
        for (std::size_t at = 0; (at = file.content.find(inside::tools, at)) != std::string::npos;
             at += scratch.path().native().size())
            file.content.replace(at, inside::tools.size(), scratch.path().native());
        REQUIRE(write_file(scratch.path() / name, file.content, file.mode));
    }
    FILE* pipe = ::popen(("/bin/bash " + (scratch.path() / "driver").native() + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    Ran ran;
    FailureWatch watch;
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
        std::string line(buffer.data());
        if (line.ends_with('\n')) line.pop_back();
        for (std::size_t at = 0; (at = line.find(scratch.path().native(), at)) != std::string::npos;)
            line.replace(at, scratch.path().native().size(), inside::tools);
        if (watch.line(line)) ran.log += line + "\n";
    }
    ran.code = WEXITSTATUS(::pclose(pipe));
    ran.line = watch.failed_line();
    return ran;
}

Ran run(const std::string& text, const std::vector<std::pair<std::string, std::string>>& variables = {}) {
    return run_files(script_files({text, {}, 1, true}, variables, {}));
}

Ran run_within(const std::string& text) { return run_files(script_files_within({text, {}, 1, true})); }

}  // namespace

TEST_CASE("a script that succeeds says nothing of failure") {
    const auto ran = run("echo hello\n");
    CHECK(ran.code == 0);
    CHECK_FALSE(ran.line);
    CHECK(ran.log.find("hello") != std::string::npos);
}

TEST_CASE("the failing line is told, also inside a function, a pipe and a subshell") {
    CHECK(run("echo one\n\nls /nonexistent-thing\n").line == 3u);
    CHECK(run("f() {\n  false\n}\nf\n").line == 2u);
    CHECK(run("echo a\nfalse | cat\n").line == 2u);
    CHECK(run("(cd /\nfalse)\n").line == 2u);
    CHECK(run("echo a\necho $unset_thing\n").line == 2u);
    CHECK(run("echo a\nif true; then\n").line.has_value());
}

TEST_CASE("the code of the failing command is the script's code") { CHECK(run("bash -c 'exit 7'\n").code == 7); }

TEST_CASE("a condition that is false is no failure") {
    const auto ran = run("[ -e /nonexistent-thing ] && echo there\nif false; then :; fi\necho end\n");
    CHECK(ran.code == 0);
}

TEST_CASE("a command substitution goes on after a failure in it, and gives nothing of ours") {
    CHECK(run("[ -z \"$(grep a /dev/null)\" ]\n").code == 0);
    CHECK(run("x=\"$(false; echo on)\"\n[ \"$x\" = on ]\n").code == 0);
    CHECK(run("echo \"$(false)\"\necho $(false) end\n").code == 0);
    CHECK(run("true\nx=$(false)\n").line == 2u);  // an assignment has the substitution's code
}

TEST_CASE("variables are exported in order and may use earlier ones") {
    const auto ran = run("[ \"$SECOND\" = one-two ]\n", {{"FIRST", "one"}, {"SECOND", "$FIRST-two"}});
    CHECK(ran.code == 0);
}

TEST_CASE("within the overlay there is craftctl default and nothing else of it") {
    CHECK(run_within("craftctl default\necho on\n").log.find("\non\n") != std::string::npos);
    CHECK(run_within("bash -c 'craftctl default'\n").code == 0);  // a function that children have too
    CHECK(run_within("craftctl default; [ -z \"${CRAFT_PART_NAME-}\" ]\n").code == 0);
    for (const std::string words : {"set version=2", "get version", "default now", "", "nonsense"}) {
        const auto ran = run_within("true\ncraftctl " + words + "\n");
        INFO(ran.log);
        CHECK(ran.code == 1);
        CHECK(ran.line == 2u);
        CHECK(ran.log.find("craftctl: override-overlay can only ask for 'default', not '" + words + "'") !=
              std::string::npos);
    }
    CHECK(run_within("echo a\necho $CRAFT_PART_NAME\n").line == 2u);
    CHECK(run_within("craftctl get version || echo none\n").code == 0);
}

TEST_CASE("craftctl refuses what it does not know") {
    Script script;
    const auto files = script_files(script, {}, {{"/from", "/to"}, {}, {}, {}});
    REQUIRE(files.size() == 4);
    CHECK(files[0].mode == 0755u);
    CHECK(files[0].content.find("cp --archive --no-target-directory '/from' '/to'") != std::string::npos);
}
