#include "deb_compare.hpp"
#include "fakes/trees.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

/// A folder with everything that a package may hold.
fs::path make_files(const fs::path& folder) {
    const auto root = folder / "files";
    write(root / "usr/bin/tool", "#!/bin/sh\necho tool\n");
    ::chmod((root / "usr/bin/tool").c_str(), 04755);
    write(root / "usr/share/doc/x/copyright", std::string(3'000'000, 'c'));
    write(root / "etc/empty", "");
    write(root / "usr/share/caf\xc3\xa9/latin-\xe9", "names are bytes");
    write(root / "usr/share" / std::string(120, 'n') / std::string(200, 'm'), "a long name");
    fs::create_directories(root / "var/spool/x");
    ::chmod((root / "var/spool/x").c_str(), 03777);
    fs::create_symlink("/etc/empty", root / "usr/bin/absolute");
    fs::create_symlink("tool", root / "usr/bin/other");
    fs::create_hard_link(root / "usr/bin/tool", root / "usr/bin/again");
    REQUIRE(::chown((root / "var/spool/x").c_str(), 13, 42) == 0);
    return root;
}

/// `ar` around members, as ar(5) says.
std::string ar(const std::vector<std::pair<std::string, std::string>>& members) {
    std::string bytes = "!<arch>\n";
    for (const auto& [name, content] : members) {
        bytes += fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", name, 0, 0, 0, "100644", content.size());
        bytes += content;
        if (content.size() % 2 != 0) bytes += '\n';
    }
    return bytes;
}

std::string deb_around(const std::string& tar) {
    return ar({{"debian-binary", "2.0\n"}, {"control.tar", ""}, {"data.tar", tar}});
}

/// A tar of one member under any name, by GNU tar.
std::string tar_with_name(const fs::path& folder, const std::string& name) {
    write(folder / "plain", "content");
    return run("tar -C '" + folder.native() + "' -P --transform 's|^plain$|" + name + "|' -cf - plain");
}

}  // namespace

TEST_CASE("a package's files are what dpkg-deb makes of it, whatever its compression") {
    Scratch place;
    const auto files = make_files(place.folder.path());
    const std::string compression = GENERATE("xz", "gzip", "zstd", "none");
    const auto deb = build_deb(files, compression);
    const auto tree = get(unpack_deb(*place.store, place.put(deb), std::nullopt));
    write(place.folder.path() / "x.deb", deb);
    const auto lines = lines_of(tree);
    CHECK(lines == lines_of_extracted(place.folder.path() / "x.deb", place.folder.path() / "extracted"));
    CHECK(lines.size() == 19);
    CHECK(get(place.store->read(tree.find("usr/bin/tool")->digest)) == "#!/bin/sh\necho tool\n");
    CHECK(tree.find("usr/bin/tool")->link == "usr/bin/again");
    CHECK(tree.find("usr/bin/again")->link == "usr/bin/again");
}

TEST_CASE("times are clamped where a date is given, also when the package was unpacked before without") {
    Scratch place;
    const auto files = place.folder.path() / "files";
    write(files / "old", "old");
    write(files / "new", "new");
    fs::create_directories(files / "folder");
    run("touch -d @1600000001 '" + (files / "folder").native() + "'");
    run("touch -d @1000000000 '" + (files / "old").native() + "'; touch -d @1600000000 '" + (files / "new").native() +
        "'");
    const auto deb = place.put(build_deb(files));
    CHECK(get(unpack_deb(*place.store, deb, std::nullopt)).find("new")->mtime == 1600000000);
    CHECK(get(unpack_deb(*place.store, deb, std::nullopt)).find("folder")->mtime == 1600000001);
    const auto clamped = get(unpack_deb(*place.store, deb, 1500000000));
    CHECK(clamped.find("new")->mtime == 1500000000);
    CHECK(clamped.find("folder")->mtime == 1500000000);
    CHECK(clamped.find("old")->mtime == 1000000000);
}

TEST_CASE("capabilities and attributes of members are kept") {
    Scratch place;
    const auto files = place.folder.path() / "files";
    write(files / "ping", "ping");
    run("setcap cap_net_raw+ep '" + (files / "ping").native() + "'");
    const auto tar = run("tar -C '" + files.native() + "' --xattrs --xattrs-include='*' -cf - ping");
    const auto tree = get(unpack_deb(*place.store, place.put(deb_around(tar)), std::nullopt));
    const auto* ping = tree.find("ping");
    REQUIRE(ping != nullptr);
    REQUIRE(ping->xattrs.contains("security.capability"));
    CHECK(ping->xattrs.at("security.capability").size() == 20);
}

TEST_CASE("a package that was unpacked once is remembered") {
    Scratch place;
    const auto files = place.folder.path() / "files";
    write(files / "x", "x");
    const auto deb = place.put(build_deb(files));
    const auto first = get(unpack_deb(*place.store, deb, std::nullopt));
    REQUIRE(place.store->note("deb/" + deb.hex()));
    fs::remove(place.store->root() / "blobs" / deb.hex().substr(0, 2) / deb.hex().substr(2));
    CHECK(get(unpack_deb(*place.store, deb, std::nullopt)) == first);
}

TEST_CASE("a package that isn't in the store is said so") {
    Scratch place;
    CHECK(code_of(unpack_deb(*place.store, sha256("absent"), std::nullopt)) == "RB0201");
}

TEST_CASE("what is no package is refused") {
    Scratch place;
    for (const auto& bytes : {std::string("hello"), std::string(), std::string("!<arch>\n"),
                              ar({{"debian-binary", "2.0\n"}, {"control.tar", ""}}), deb_around(std::string(2000, 'x')),
                              ar({{"debian-binary", "2.0\n"},
                                  {"control.tar", ""},
                                  {"data.tar.xz",
                                   "\xfd"
                                   "7zXZ rubbish"}})}) {
        const auto result = unpack_deb(*place.store, place.put(bytes), std::nullopt);
        REQUIRE(code_of(result) == "RB0820");
        CHECK(result.error().exit == ExitCode::bad_data);
    }
}

TEST_CASE("names that leave the root are refused, absolute ones stay inside") {
    Scratch place;
    for (const auto* name : {"../evil", "usr/../../evil", "./a/../../evil"})
        CHECK(code_of(unpack_deb(*place.store, place.put(deb_around(tar_with_name(place.folder.path(), name))),
                                 std::nullopt)) == "RB0820");
    const auto tree = get(
        unpack_deb(*place.store, place.put(deb_around(tar_with_name(place.folder.path(), "/etc/x"))), std::nullopt));
    CHECK(fakes::paths(tree) == std::vector<std::string>{"etc", "etc/x"});
    CHECK(code_of(unpack_deb(*place.store, place.put(deb_around(tar_with_name(place.folder.path(), "usr/.wh.x"))),
                             std::nullopt)) == "RB0820");
}

TEST_CASE("a hard link to what isn't in the package is refused") {
    Scratch place;
    const auto folder = place.folder.path().native();
    write(folder + "/a", "a");
    fs::create_hard_link(folder + "/a", folder + "/b");
    run("cd '" + folder + "' && tar -cf x.tar a b && tar --delete -f x.tar a");
    const auto deb = place.put(deb_around(get(read_file(folder + "/x.tar"))));
    CHECK(code_of(unpack_deb(*place.store, deb, std::nullopt)) == "RB0820");
}

TEST_CASE("damaged packages are refused or read, never worse") {
    Scratch place;
    const auto files = make_files(place.folder.path());
    fs::remove(files / "usr/share/doc/x/copyright");
    const std::string compression = GENERATE("xz", "gzip", "zstd", "none");
    const auto deb = build_deb(files, compression);
    std::mt19937 random(7);
    for (int i = 0; i < 200; ++i) {
        auto bytes = deb;
        if (i % 2 == 0) bytes.resize(random() % bytes.size());
        else
            for (int flips = 0; flips < 3; ++flips) bytes[random() % bytes.size()] = static_cast<char>(random());
        const auto result = unpack_deb(*place.store, place.put(bytes), std::nullopt);
        if (!result) CHECK(result.error().code == "RB0820");
    }
}

namespace {

Package package_of(const Scratch& place, const std::string& name, const std::function<void(const fs::path&)>& fill) {
    const auto files = place.folder.path() / name;
    fs::create_directories(files);
    fill(files);
    return {.name = name, .version = "1", .architecture = "all", .sha256 = place.put(build_deb(files))};
}

}  // namespace

TEST_CASE("of packages with one path the later one's file stays") {
    Scratch place;
    const Resolution resolution{
        {package_of(place, "a",
                    [](const auto& files) { write(files / "etc/x", "first"), write(files / "etc/a", "a"); }),
         package_of(place, "b", [](const auto& files) { write(files / "etc/x", "second"); })}};
    const auto tree = get(unpack_all(*place.store, resolution, std::nullopt));
    CHECK(fakes::paths(tree) == std::vector<std::string>{"etc", "etc/a", "etc/x"});
    CHECK(get(place.store->read(tree.find("etc/x")->digest)) == "second");
}

TEST_CASE("a folder over a link to a folder goes where the link leads") {
    Scratch place;
    const Resolution resolution{
        {package_of(place, "base-files",
                    [](const auto& files) {
                        write(files / "usr/lib/os-release", "x");
                        fs::create_symlink("usr/lib", files / "lib");
                    }),
         package_of(place, "libc", [](const auto& files) { write(files / "lib/ld.so", "ld"); })}};
    const auto tree = get(unpack_all(*place.store, resolution, std::nullopt));
    CHECK(fakes::paths(tree) ==
          std::vector<std::string>{"lib", "usr", "usr/lib", "usr/lib/ld.so", "usr/lib/os-release"});
    CHECK(tree.find("lib")->target == "usr/lib");
}

TEST_CASE("packages are unpacked ahead, and what is damaged is left to whoever needs it") {
    Scratch place;
    const auto deb = place.put(deb_around(tar_with_name(place.folder.path(), "a")));
    const auto damaged = place.put("no ar archive");
    const auto is_done = [&] { return get(place.store->note("deb/" + deb.hex())).has_value(); };
    {
        UnpackAhead unpack(*place.store);
        unpack.take(damaged);
        unpack.take(deb);
        for (int i = 0; i < 1000 && !is_done(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(is_done());
    CHECK(code_of(unpack_deb(*place.store, damaged, std::nullopt)) == "RB0820");
}

TEST_CASE("a link over a folder with files is refused, since it would hide them") {
    Scratch place;
    const Resolution resolution{
        {package_of(place, "a", [](const auto& files) { write(files / "opt/x", "x"); }),
         package_of(place, "b", [](const auto& files) { fs::create_symlink("usr", files / "opt"); })}};
    const auto result = unpack_all(*place.store, resolution, std::nullopt);
    REQUIRE(code_of(result) == "RB0821");
    CHECK(result.error().message.find("'opt'") != std::string::npos);
    CHECK(result.error().message.find("b") != std::string::npos);
}
