// A root file system of one static program, for tests that run something in a sandbox; and the run itself.
#pragma once

#include "system/file.hpp"
#include "system/sandbox.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <algorithm>

#include <string>
#include <vector>

namespace rockbuild::test {

/// A folder below TMPDIR, or /dev/shm where there is one: on a file system that takes upper sides.
inline TempFolder work_folder() {
    const fs::path parent = fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
    return TempFolder::make(parent, "sandbox-test-").value();
}

/// `folder/root` with /bin/busybox, /bin/sh and a few files; nothing else, no mount point.
inline fs::path make_small_root(const fs::path& folder) {
    const auto root = folder / "root";
    fs::create_directories(root / "bin");
    fs::create_directories(root / "etc/old");
    fs::copy_file("/usr/bin/busybox", root / "bin/busybox");
    fs::create_symlink("busybox", root / "bin/sh");
    REQUIRE(write_file(root / "etc/name", "small\n"));
    REQUIRE(write_file(root / "etc/old/one", "1\n"));
    ::chmod(root.c_str(), 0755);
    ::chmod(folder.c_str(), 0755);
    return root;
}

/// A fresh folder in the sandbox's scratch, for an upper side.
inline TempFolder fresh_upper(const Sandbox& sandbox) {
    auto holder = TempFolder::make(sandbox.scratch(), "test-").value();
    fs::create_directory(holder.path() / "upper");
    return holder;
}

inline SandboxRun shell(const fs::path& root, const fs::path& upper, const std::string& script) {
    SandboxRun run;
    run.trees = {{"/", {root}, upper}};
    run.arguments = {"/bin/sh", "-c", script};
    run.environment = {{"PATH", "/bin"}};
    return run;
}

struct Ran {
    Result<int> code = 0;
    std::string output;
};

inline Ran run_in(Sandbox& sandbox, SandboxRun run, const std::stop_token& stop = {}) {
    Ran ran;
    run.on_output = [&](std::string_view line) { ran.output.append(line).append("\n"); };
    ran.code = sandbox.run(run, stop);
    if (!ran.code) UNSCOPED_INFO(ran.code.error().message);
    return ran;
}

inline std::vector<std::string> names_below(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        names.push_back(entry.path().lexically_relative(folder).native());
    std::sort(names.begin(), names.end());
    return names;
}

/// A sandbox, a root to run in, and a fresh upper side.
struct Ground {
    TempFolder folder = work_folder();
    fs::path root = make_small_root(folder.path());
    std::unique_ptr<Sandbox> sandbox = open_sandbox({folder.path() / "scratch"}).value();
    TempFolder holder = fresh_upper(*sandbox);
    fs::path upper = holder.path() / "upper";

    SandboxRun request(const std::string& script) const { return shell(root, upper, script); }
    Ran run(const std::string& script) const { return run_in(*sandbox, request(script)); }
};

}  // namespace rockbuild::test
