#include "system/doctor.hpp"

#include "unit/system/small_root.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

const Finding& finding(const std::vector<Finding>& findings, const std::string& name) {
    const auto found =
        std::find_if(findings.begin(), findings.end(), [&](const auto& one) { return one.name == name; });
    if (found == findings.end()) throw std::runtime_error("no finding about " + name);
    return *found;
}

/// Knows some programs, and what they answer.
class FakePrograms final : public ProcessRunner {
public:
    Result<Finished> run(const Command& command, const std::stop_token&) override {
        CHECK(command.arguments.at(1) == "--version");
        const auto& name = command.arguments.at(0);
        if (name == "runc") return fail("RB0110", "the program 'runc' was not found");
        if (name == "pip3") return Finished{.code = 1};
        return Finished{.output = name + " 1.2\nmore\n"};
    }
};

}  // namespace

TEST_CASE("the kernel's switches are read, and a wrong one has its cure") {
    const auto folder = TempFolder::make(fs::temp_directory_path(), "doctor-test-").value();
    fs::create_directories(folder.path() / "user");
    fs::create_directories(folder.path() / "kernel");
    REQUIRE(write_file(folder.path() / "user/max_user_namespaces", "0\n"));
    REQUIRE(write_file(folder.path() / "kernel/apparmor_restrict_unprivileged_userns", "1\n"));
    auto findings = kernel_switches(folder.path());
    REQUIRE(findings.size() == 2);
    CHECK_FALSE(finding(findings, "user.max_user_namespaces").good);
    CHECK(finding(findings, "user.max_user_namespaces").cure == "sudo sysctl user.max_user_namespaces=10000");
    CHECK_FALSE(finding(findings, "kernel.apparmor_restrict_unprivileged_userns").good);

    REQUIRE(write_file(folder.path() / "user/max_user_namespaces", "96365\n"));
    REQUIRE(write_file(folder.path() / "kernel/apparmor_restrict_unprivileged_userns", "0\n"));
    REQUIRE(write_file(folder.path() / "kernel/unprivileged_userns_clone", "1\n"));
    findings = kernel_switches(folder.path());
    REQUIRE(findings.size() == 3);
    for (const auto& one : findings) {
        CHECK(one.good);
        CHECK(one.cure.empty());
    }
}

TEST_CASE("a missing program and one that fails are told apart") {
    FakePrograms fake;
    const auto findings = programs({}, fake);
    CHECK(finding(findings, "mmdebstrap").good);
    CHECK(finding(findings, "mmdebstrap").says == "mmdebstrap 1.2");
    CHECK_FALSE(finding(findings, "runc").good);
    CHECK_FALSE(finding(findings, "runc").needed);
    CHECK(finding(findings, "runc").cure == "install the package runc");
    CHECK_FALSE(finding(findings, "pip3").good);
    CHECK(finding(findings, "pip3").cure == "reinstall the package python3-pip");
}

TEST_CASE("this machine can run the sandbox", "[sandbox]") {
    FakePrograms fake;
    const auto folder = work_folder();
    const auto findings = examine(read_host(), fake, {folder.path() / "scratch"});
    for (const auto* name : {"user namespaces", "subordinate ids", "sandbox", "process table", "scratch space"}) {
        INFO(finding(findings, name).says);
        CHECK(finding(findings, name).good);
    }
    CHECK(finding(findings, "scratch space").says.find(folder.path().native()) != std::string::npos);
}

TEST_CASE("without subordinate ids the doctor says how to get some", "[.single]") {
    FakePrograms fake;
    const auto folder = work_folder();
    const auto findings = examine(read_host(), fake, {folder.path() / "scratch"});
    const auto& ids = finding(findings, "subordinate ids");
    CHECK_FALSE(ids.good);
    CHECK(ids.needed);
    CHECK(ids.cure.starts_with("sudo usermod --add-subuids"));
    CHECK(finding(findings, "sandbox").good);
}

TEST_CASE("a scratch place that takes no upper side is replaced, and said") {
    FakePrograms fake;
    const auto findings = examine(read_host(), fake, {"/proc/no-such-place"});
    CHECK_FALSE(finding(findings, "scratch space").good);
    CHECK(finding(findings, "scratch space").says.find("'/proc/no-such-place' takes no upper side") == 0);
    CHECK(finding(findings, "sandbox").good);
}
