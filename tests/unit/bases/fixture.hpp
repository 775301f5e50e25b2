// A stand-in for mmdebstrap: packs a small folder into the tar that the command line names.
#pragma once

#include "bases/base.hpp"
#include "system/file.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace rockbuild::test {

inline const Arch amd64 = *arch_from_debian("amd64");
inline BaseKind kind(const std::string& name) { return base_kind(name).value(); }

inline std::string status_of(const std::string& version) {
    return "Package: base-files\nStatus: install ok installed\nArchitecture: amd64\nVersion: " + version + "\n";
}

class StandIn final : public ProcessRunner {
public:
    StandIn() {
        root_file("etc/hostname", "build7");
        root_file("etc/apt/sources.list", "deb http://mirror.example.org/debian bookworm main");
        root_file("usr/bin/true", "#!");
        root_file("var/lib/dpkg/status", status_of("12.4"));
    }
    void root_file(const std::string& path, const std::string& text) const {
        REQUIRE_NOTHROW(make_folders((root.path() / path).parent_path()).value());
        REQUIRE_NOTHROW(write_file(root.path() / path, text).value());
    }
    Result<Finished> run(const Command& command, const std::stop_token& stop) override {
        ++runs;
        std::this_thread::sleep_for(pause);
        command.on_error("I: stand-in");
        if (code != 0) return Finished{code, "", ""};
        const auto tar = *(std::find(command.arguments.begin(), command.arguments.end(), "bookworm") + 1);
        Command pack{{"tar", "-C", root.path(), "-cf", tar, "."}, {{"PATH", "/usr/bin:/bin"}}};
        auto finished = HostProcesses().run(pack, stop);
        if (truncate) fs::resize_file(tar, 3 * 512 + 100);
        return finished;
    }

    TempFolder root = TempFolder::make(fs::temp_directory_path(), "stand-in-").value();
    std::atomic<int> runs = 0;
    std::chrono::milliseconds pause{0};
    int code = 0;
    bool truncate = false;
};

/// Events of one kind a line, progress left out.
class Listener final : public EventSink {
public:
    void on(const Event& event) override {
        const std::lock_guard guard(mutex_);
        if (event.type == EventType::started) text += "started " + event.subject + "\n";
        if (event.type == EventType::log) text += "log " + event.text + "\n";
        if (event.type == EventType::finished) text += "finished\n";
    }
    std::string text;

private:
    std::mutex mutex_;
};

struct Workplace {
    TempFolder folder = TempFolder::make(fs::temp_directory_path(), "bases-").value();
    std::unique_ptr<Store> store = Store::open(folder.path() / "store").value();
    StandIn runner;
    Listener events;
    Mirror mirror{"http://mirror.example.org/debian", "", "--mirror"};

    Result<Base> make(const std::string& name) {
        return make_base({*store, runner, {}, folder.path() / "scratch", events}, kind(name), amd64, mirror,
                         "/keys.gpg", {});
    }
    std::size_t left_on_scratch() const {
        std::size_t count = 0;
        for (const auto& item : fs::directory_iterator(folder.path() / "scratch"))
            if (item.is_directory()) ++count;
        return count;
    }
};

}  // namespace rockbuild::test
