#include "fakes/trees.hpp"
#include "fixture.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

Entry stored(const Scratch& place, const std::string& path, const std::string& text, std::uint32_t mode = 0755) {
    place.put(text);
    return fakes::file(path, text, mode);
}

/// What becomes of a file's text.
std::string after(const std::string& text) {
    const Scratch place;
    const auto tree = get(normalise(*place.store, Tree::of({stored(place, "usr/bin/x", text)})));
    const auto* entry = tree.find("usr/bin/x");
    REQUIRE(entry != nullptr);
    const auto now = get(place.store->read(entry->digest));
    CHECK(entry->size == now.size());
    return now;
}

std::string target_after(const std::string& path, const std::string& target, std::vector<Entry> others = {}) {
    const Scratch place;
    others.push_back(fakes::link_to(path, target));
    for (auto& entry : others)
        if (entry.type == EntryType::file) entry = stored(place, entry.path, "x");
    return get(normalise(*place.store, Tree::of(std::move(others)))).find(path)->target;
}

}  // namespace

TEST_CASE("absolute links that lead inside become relative") {
    const std::vector<Entry> others{fakes::file("usr/lib/x/libx.so.1"), fakes::file("etc/x"),
                                    fakes::link_to("lib", "usr/lib")};
    CHECK(target_after("usr/lib/x/libx.so", "/usr/lib/x/libx.so.1", others) == "libx.so.1");
    CHECK(target_after("usr/lib/y/libx.so", "/usr/lib/x/libx.so.1", others) == "../x/libx.so.1");
    CHECK(target_after("usr/bin/x", "/etc/x", others) == "../../etc/x");
    CHECK(target_after("top", "/etc/x", others) == "etc/x");
    CHECK(target_after("usr/share/x", "//etc/./x/", others) == "../../etc/x");
    SECTION("also through a link among their folders") {
        CHECK(target_after("usr/lib/libx.so", "/lib/x/libx.so.1", others) == "../../lib/x/libx.so.1");
    }
    SECTION("to a folder, one above, or the root") {
        CHECK(target_after("usr/lib/x/up", "/usr/lib", others) == "../../lib");
        CHECK(target_after("usr/root", "/", others) == "..");
        CHECK(target_after("root", "/", others) == ".");
    }
}

TEST_CASE("links that lead elsewhere stay as they are") {
    CHECK(target_after("usr/bin/x", "/etc/absent") == "/etc/absent");
    CHECK(target_after("usr/bin/x", "../absent") == "../absent");
    // This file is there on every machine that runs the test: the host must not be looked at.
    CHECK(target_after("usr/bin/x", "/etc/passwd") == "/etc/passwd");
}

TEST_CASE("setuid and setgid go, sticky stays, and of a mode without them nothing changes") {
    const Scratch place;
    const auto tree =
        get(normalise(*place.store, Tree::of({stored(place, "su", "su", 04755), stored(place, "wall", "wall", 02755),
                                              fakes::folder("tmp", 01777), fakes::folder("mail", 02775),
                                              fakes::folder("both", 03775), stored(place, "plain", "p", 0640)})));
    CHECK(tree.find("su")->mode == 0755);
    CHECK(tree.find("wall")->mode == 0755);
    CHECK(tree.find("tmp")->mode == 01777);
    CHECK(tree.find("mail")->mode == 0775);
    CHECK(tree.find("both")->mode == 01775);
    CHECK(tree.find("plain")->mode == 0640);
}

TEST_CASE("a python's place is taken out of the first line") {
    CHECK(after("#!/usr/bin/python3\nprint()\n") == "#!/usr/bin/env python3\nprint()\n");
    CHECK(after("#!/usr/bin/python3.11") == "#!/usr/bin/env python3.11");
    CHECK(after("#! /root/parts/x/install/bin/python\nx") == "#!/usr/bin/env python\nx");
    CHECK(after("#!/usr/bin/env python3\nx") == "#!/usr/bin/env python3\nx");
}

TEST_CASE("a python with an option is started by the shell") {
    CHECK(after("#!/usr/bin/python3 -Es\nimport x\n") ==
          "#!/bin/sh\n''''exec python3 -Es -- \"$0\" \"$@\" # '''\nimport x\n");
}

TEST_CASE("other files keep their bytes") {
    for (const auto& text :
         {std::string("#!/bin/sh\npython3\n"), std::string("#!/usr/bin/perl\n"), std::string("print('python')\n"),
          std::string("\n#!/usr/bin/python3\n"), std::string("#!/usr/bin/python3\n\xff\xfe archive"),
          "#!/" + std::string(100'000, 'x') + "python3\nx", "#!" + std::string(100'000, ' ') + "python3",
          std::string("#!"), std::string()})
        CHECK(after(text) == text);
    CHECK(after("#!/usr/bin/python3\n# caf\xc3\xa9 \xf0\x9f\xaa\xa8\n").starts_with("#!/usr/bin/env python3\n"));
}

TEST_CASE("names of one file are rewritten together and stay one file") {
    const Scratch place;
    auto one = stored(place, "usr/bin/a", "#!/usr/bin/python3\n");
    one.link = "usr/bin/a";
    auto two = one;
    two.path = "usr/bin/b";
    const auto tree = get(normalise(*place.store, Tree::of({one, two})));
    CHECK(tree.find("usr/bin/a")->digest == tree.find("usr/bin/b")->digest);
    CHECK(tree.find("usr/bin/a")->digest == sha256("#!/usr/bin/env python3\n"));
    CHECK(tree.find("usr/bin/b")->link == "usr/bin/a");
}

TEST_CASE("sitecustomize goes where python would read it") {
    const Scratch place;
    const auto tree = get(
        normalise(*place.store,
                  Tree::of({stored(place, "usr/lib/python3/sitecustomize.py", "x"),
                            fakes::link_to("usr/lib/python3.11/sitecustomize.py", "/etc/python3.11/sitecustomize.py"),
                            stored(place, "usr/lib/python3/dist-packages/sitecustomize.py", "x"),
                            stored(place, "usr/share/sitecustomize.py", "x")})));
    CHECK(tree.find("usr/lib/python3/sitecustomize.py") == nullptr);
    CHECK(tree.find("usr/lib/python3.11/sitecustomize.py") == nullptr);
    CHECK(tree.find("usr/lib/python3/dist-packages/sitecustomize.py") != nullptr);
    CHECK(tree.find("usr/share/sitecustomize.py") != nullptr);
}
