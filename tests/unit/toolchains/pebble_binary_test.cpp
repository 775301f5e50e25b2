#include "toolchains/pebble_binary.hpp"

#include "system/host.hpp"
#include "unit/toolchains/fixture.hpp"

#include <iostream>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

const std::string hex(64, 'a');

/// A release tarball, made by tar.
std::string tarball(const std::string& program) {
    const auto folder = TempFolder::make(fs::temp_directory_path(), "release-").value();
    REQUIRE(make_folders(folder.path() / "pebble_v1.32.1"));
    REQUIRE(write_file(folder.path() / "pebble_v1.32.1/pebble", program));
    REQUIRE(write_file(folder.path() / "pebble_v1.32.1/COPYING", "the licence"));
    const Command pack{{"tar", "-C", folder.path(), "-czf", folder.path() / "x.tar.gz", "pebble_v1.32.1"},
                       {{"PATH", "/usr/bin:/bin"}}};
    REQUIRE(HostProcesses().run(pack, {}).value().code == 0);
    return read_file(folder.path() / "x.tar.gz").value();
}

std::string content(const Store& store, const Digest& tree, const std::string& path) {
    const auto value = store.tree(tree).value();
    REQUIRE(value->find(path) != nullptr);
    return store.read(value->find(path)->digest).value();
}

}  // namespace

TEST_CASE("a chosen program becomes the tree that a rock takes") {
    Workplace place;
    const auto tree = place.make(place.file("my-pebble", elf())).value();
    const auto value = place.store->tree(tree).value();
    CHECK(content(*place.store, tree, "usr/bin/pebble") == elf());
    CHECK(content(*place.store, tree, "usr/share/doc/pebble/GPL-3").find("GNU GENERAL PUBLIC LICENSE") !=
          std::string::npos);
    CHECK(content(*place.store, tree, "usr/share/doc/pebble/copyright").find("https://github.com/canonical/pebble") !=
          std::string::npos);
    for (const auto& entry : value->entries()) {
        CHECK(entry.uid == 0);
        CHECK(entry.gid == 0);
        CHECK(entry.mtime == 0);
        CHECK(entry.mode == (entry.type == EntryType::folder || entry.path == "usr/bin/pebble" ? 0755U : 0644U));
    }
    CHECK(place.pip.runs == 0);
}

TEST_CASE("a chosen program is asked once what it is, without a network and alone in its root") {
    Workplace place;
    const auto chosen = place.file("my-pebble", elf());
    CHECK(place.make(chosen));
    CHECK(place.make(chosen));
    REQUIRE(place.sandbox.runs.size() == 1);
    const auto& run = place.sandbox.runs.front();
    CHECK(run.arguments == std::vector<std::string>{"/usr/bin/pebble", "version", "--client"});
    CHECK(run.network == Network::none);
    CHECK(run.files.empty());
    CHECK(run.environment.empty());
}

TEST_CASE("other programs than Pebble are refused by what they say") {
    Workplace place;
    place.sandbox.answer = "usage: pebble [options]";
    const auto other = place.make(place.file("other", elf()));
    REQUIRE_FALSE(other);
    CHECK(other.error().code == "RB0901");
    CHECK(other.error().message.find("usage: pebble [options]") != std::string::npos);
    place.sandbox.answer = "verbose mode";
    CHECK_FALSE(place.make(place.file("other", elf())));
    place.sandbox.answer = "v1.32.1";
    place.sandbox.answer_code = 1;
    CHECK_FALSE(place.make(place.file("other", elf())));
}

TEST_CASE("a script, a dynamic program and one for another machine are refused before they run") {
    Workplace place;
    for (const auto& bytes :
         {std::string("#!/bin/sh\necho v1\n"), elf({.segment = PT_INTERP}), elf({.machine = EM_AARCH64})}) {
        const auto refused = place.make(place.file("wrong", bytes));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "RB0901");
        CHECK(refused.error().exit == ExitCode::bad_data);
    }
    CHECK(place.sandbox.runs.empty());
}

TEST_CASE("a program and a release tarball by address and digest") {
    for (const std::string mark : {"#", "@"}) {
        Workplace place;
        place.http.bytes = tarball(elf());
        const auto tree = place.make("https://releases.example.org/p.tar.gz" + mark + "sha256:" + hex).value();
        CHECK(content(*place.store, tree, "usr/bin/pebble") == elf());
        REQUIRE(place.http.asked.size() == 1);
        CHECK(place.http.asked.front().url == "https://releases.example.org/p.tar.gz");
        CHECK(place.http.asked.front().sha256 == Digest::from_hex(hex).value());
    }
    Workplace place;
    place.http.bytes = elf();
    CHECK(content(*place.store, place.make("https://releases.example.org/pebble#sha256:" + hex).value(),
                  "usr/bin/pebble") == elf());
}

TEST_CASE("a download that holds no pebble is refused") {
    Workplace place;
    place.http.bytes = "<html>not found</html>";
    const auto refused = place.make("https://releases.example.org/p.tar.gz#sha256:" + hex);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB0901");
}

TEST_CASE("an address without a whole digest is refused") {
    Workplace place;
    for (const auto* text :
         {"https://releases.example.org/p.tar.gz", "https://releases.example.org/p.tar.gz#sha256:abc",
          "https://releases.example.org/p.tar.gz#md5:0123"}) {
        const auto refused = place.key(text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "RB0905");
        CHECK(refused.error().exit == ExitCode::usage);
    }
    CHECK(place.key("no-such-file").error().code == "RB0905");
}

TEST_CASE("the key: content counts, names and ways of transport don't") {
    Workplace one, two;
    two.environment["PIP_INDEX_URL"] = "http://index.example.org/simple";
    CHECK(one.key().value().digest == two.key().value().digest);
    CHECK(one.key(one.file("a", elf())).value().digest == two.key(two.file("b", elf())).value().digest);
    CHECK(one.key(one.file("c", "x")).value().digest != one.key(one.file("d", "y")).value().digest);
    CHECK(one.key("https://a.example.org/p#sha256:" + hex).value().digest ==
          one.key("https://b.example.org/p@sha256:" + hex).value().digest);
    CHECK(pebble_key(one.maker(), {}, *arch_from_debian("arm64")).value().digest != one.key().value().digest);
    CHECK(one.pip.runs + static_cast<int>(one.http.asked.size() + one.sandbox.runs.size()) == 0);
}

TEST_CASE("the default is built from the pins, with nothing of the host but transport") {
    Workplace place;
    CHECK(place.make());
    CHECK(place.make());
    REQUIRE(place.sandbox.runs.size() == 2);  // the build, and the question
    const auto& run = place.sandbox.runs.front();
    for (const auto* wanted : {"-trimpath", "-buildvcs=false", "-s -w", "github.com/canonical/pebble/cmd/pebble"})
        CHECK(std::ranges::find(run.arguments, wanted) != run.arguments.end());
    CHECK(run.environment.at("GOTOOLCHAIN") == "local");
    CHECK(run.environment.at("CGO_ENABLED") == "0");
    CHECK(run.environment.at("GOARCH") == "amd64");
    CHECK(run.environment.at("GOFLAGS") == "-mod=readonly");
    CHECK(run.environment.at("GOPROXY") == "http://proxy.example.org");
    CHECK_FALSE(run.environment.contains("PIP_INDEX_URL"));
    CHECK(run.files.size() == 1);
    CHECK(std::ranges::find(run.trees, "/opt/go", &SandboxTree::inside)->upper.empty());
    CHECK(fs::is_empty(place.sandbox.scratch()));
}

TEST_CASE("a build that fails shows go's last words; one that can't reach the modules says so") {
    Workplace place;
    place.sandbox.build_code = 1;
    place.sandbox.build_says = {"cmd.go:1: undefined: x"};
    auto failed = place.make();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == "RB0904");
    CHECK(failed.error().excerpt == place.sandbox.build_says);
    place.sandbox.build_says = {
        "go: github.com/x/y@v1.0.0: Get \"https://proxy.example.org/x\": dial tcp: lookup proxy.example.org: no such "
        "host"};
    failed = place.make();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == "RB0903");
    CHECK(failed.error().exit == ExitCode::remote_timeout);
    place.sandbox.build_says = {"verifying github.com/x/y@v1.0.0: checksum mismatch"};
    failed = place.make();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == "RB0902");
    CHECK(fs::is_empty(place.sandbox.scratch()));
}

TEST_CASE("two runs at once build it once") {
    Workplace place;
    place.sandbox.pause = std::chrono::milliseconds(100);
    const auto maker = place.maker();
    std::vector<Digest> trees(2);
    {
        std::vector<std::jthread> threads;
        for (auto& tree : trees) threads.emplace_back([&] { tree = make_pebble(maker, {}, amd64, {}).value(); });
    }
    CHECK(trees[0] == trees[1]);
    CHECK(place.sandbox.runs.size() == 2);
}

TEST_CASE("the real Pebble, built twice from nothing, is the same bytes", "[.network]") {
    if (read_host().uid != 0 || read_host().arch.debian != "amd64") {
        WARN("needs root on amd64");
        return;
    }
    const auto mirror = find_mirror("bookworm", "", "").value();
    std::vector<std::string> bytes;
    for (int turn = 0; turn < 2; ++turn) {
        Workplace place;
        HostProcesses processes;
        const auto sandbox = open_sandbox({place.folder.path() / "sandbox"}).value();
        auto environment = read_host().environment;
        const auto http = make_http(environment);
        SandboxTransport transport{{{"/etc/resolv.conf", read_file("/etc/resolv.conf").value()}}, {}};
        if (const auto bundle = read_file_if_any("/etc/ssl/certs/ca-certificates.crt").value()) {
            transport.files.push_back({"/run/rockbuild/ca.crt", *bundle});
            transport.environment["SSL_CERT_FILE"] = "/run/rockbuild/ca.crt";
        }
        for (const auto* name :
             {"GOPROXY", "GONOSUMDB", "GOPRIVATE", "GOSUMDB", "http_proxy", "https_proxy", "no_proxy"})
            if (const auto found = environment.find(name); found != environment.end())
                transport.environment.insert(*found);
        const PebbleMaker maker{*place.store,
                                place.checkouts,
                                processes,
                                *http,
                                place.events,
                                place.data,
                                environment,
                                [&]() -> Result<Sandbox*> { return sandbox.get(); },
                                [&]() -> Result<fs::path> { return sandbox->scratch(); },
                                [&]() -> Result<Base> {
                                    return make_base({*place.store, processes, environment,
                                                      place.folder.path() / "scratch", place.events, 2},
                                                     base_kind("debian@12").value(), amd64, mirror,
                                                     "/usr/share/keyrings/debian-archive-keyring.gpg", {});
                                },
                                [&]() -> Result<SandboxTransport> { return transport; }};
        const auto begin = monotonic_seconds();
        const auto tree = make_pebble(maker, {}, amd64, {});
        if (!tree) {
            for (const auto& line : tree.error().excerpt) std::cerr << line << "\n";
            FAIL(tree.error().message);
        }
        std::cout << "base and Pebble from nothing: " << monotonic_seconds() - begin << " s\n";
        bytes.push_back(content(*place.store, *tree, "usr/bin/pebble"));
    }
    CHECK(bytes[0] == bytes[1]);
    // Built outside of any sandbox by the same toolchain, by hand.
    CHECK(sha256(bytes[0]).hex() == "372e0b7454bd24106491411d602ecaaa412cda4155ef5d4590d4fd00b83cdd93");
}
