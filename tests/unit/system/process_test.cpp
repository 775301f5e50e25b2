#include "system/process.hpp"

#include "system/file.hpp"

#include <fcntl.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

using namespace rockbuild;

namespace {

Command sh(const std::string& script) {
    Command command;
    command.arguments = {"sh", "-c", script};
    command.environment = {{"PATH", "/usr/bin:/bin"}};
    return command;
}

Result<Finished> run(const Command& command) { return HostProcesses().run(command, {}); }

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("output, error, input and code of a program") {
    auto command = sh("cat; echo bad >&2; exit 3");
    command.input = "given\n";
    const auto finished = run(command).value();
    CHECK(finished.code == 3);
    CHECK(finished.output == "given\n");
    CHECK(finished.error == "bad\n");
    CHECK(run(sh("kill -9 $$")).value().code == 137);
}

TEST_CASE("a program gets the environment that was given, the folder, and no descriptor of ours") {
    const Fd open_here(::open("/dev/null", O_RDONLY));
    REQUIRE(::dup2(open_here.get(), 9) == 9);
    auto command = sh("pwd; env | grep -v -e ^PWD= -e ^_=; ls /proc/self/fd | tr '\\n' ' '");
    command.working_dir = "/usr";
    command.environment["NAME"] = "value";
    const auto finished = run(command).value();
    ::close(9);
    // ls itself holds the folder open as 3.
    CHECK(finished.output == "/usr\nNAME=value\nPATH=/usr/bin:/bin\n0 1 2 3 ");
}

TEST_CASE("lines are handed on as they come") {
    auto command = sh("echo one; echo two; echo three >&2; printf four");
    std::vector<std::string> out, error;
    command.on_output = [&](std::string_view line) { out.emplace_back(line); };
    command.on_error = [&](std::string_view line) { error.emplace_back(line); };
    const auto finished = run(command).value();
    CHECK(out == std::vector<std::string>{"one", "two", "four"});
    CHECK(error == std::vector<std::string>{"three"});
    CHECK(finished.output.empty());
}

TEST_CASE("a large input and a program that doesn't read it") {
    auto command = sh("exit 0");
    command.input = std::string(10'000'000, 'x');
    CHECK(run(command).value().code == 0);
    command = sh("wc -c");
    command.input = std::string(10'000'000, 'x');
    CHECK(run(command).value().output == "10000000\n");
}

TEST_CASE("a program that is not there") {
    Command command;
    command.arguments = {"no-such-program"};
    command.environment = {{"PATH", "/usr/bin"}};
    const auto missing = run(command);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == "RB0110");
    CHECK(missing.error().message == "the program 'no-such-program' was not found");
    command = sh("true");
    command.working_dir = "/no/such/folder";
    const auto nowhere = run(command);
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().code == "RB0112");
    CHECK(nowhere.error().message == "cannot start '/usr/bin/sh' in '/no/such/folder': No such file or directory");
}

TEST_CASE("time that is up ends the whole group") {
    const auto start = std::chrono::steady_clock::now();
    auto command = sh("sleep 60 & sleep 60");
    command.timeout_seconds = 0.2;
    const auto late = run(command);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == "RB0111");
    CHECK(late.error().exit == ExitCode::remote_timeout);
    CHECK(seconds_since(start) < 10);
}

TEST_CASE("a stop ends a program, also one that ignores SIGTERM") {
    const auto start = std::chrono::steady_clock::now();
    std::stop_source source;
    auto command = sh("trap '' TERM; echo ready; while :; do sleep 0.1; done");
    command.on_output = [&](std::string_view) { source.request_stop(); };
    const auto stopped = HostProcesses().run(command, source.get_token());
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().code == "RB0111");
    CHECK(stopped.error().exit == ExitCode::interrupted);
    CHECK(seconds_since(start) < 20);
}

TEST_CASE("what a program leaves in its group is ended with it, and nobody waits for its pipe") {
    const auto start = std::chrono::steady_clock::now();
    const auto finished = run(sh("sleep 60 & echo $!")).value();
    CHECK(seconds_since(start) < 30);
    // Killed, at most a moment ago.
    const auto pid = std::stoi(finished.output);
    bool gone = false;
    for (int i = 0; i < 200 && !gone; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(10)))
        gone = ::kill(pid, 0) != 0 || read_file("/proc/" + std::to_string(pid) + "/cmdline").value_or("").empty();
    CHECK(gone);
}

TEST_CASE("programs are found in PATH, files without permission are not") {
    const auto folder = TempFolder::make(fs::temp_directory_path(), "path-").value();
    fs::create_directories(folder.path() / "one");
    fs::create_directories(folder.path() / "two/tool");
    REQUIRE(write_file(folder.path() / "one/tool", "#!/bin/sh\n", 0644));
    REQUIRE(write_file(folder.path() / "other", "#!/bin/sh\n", 0755));
    const std::map<std::string, std::string> environment{{"PATH", ":" + (folder.path() / "one").native() + ":" +
                                                                      (folder.path() / "two").native() +
                                                                      "::" + folder.path().native()}};
    CHECK_FALSE(find_program("tool", environment));
    CHECK(find_program("other", environment) == folder.path() / "other");
    CHECK(find_program(folder.path() / "other", {}) == folder.path() / "other");
    CHECK_FALSE(find_program("", environment));
    CHECK_FALSE(find_program("other", {}));
}
