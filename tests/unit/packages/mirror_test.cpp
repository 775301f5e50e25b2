#include "packages/archive.hpp"
#include "system/file.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

/// A host's /etc/apt made for one test.
struct HostApt {
    TempFolder folder = TempFolder::make(fs::temp_directory_path(), "mirror-test-").value();

    HostApt& with(const std::string& name, const std::string& text) {
        REQUIRE(make_folders((folder.path() / name).parent_path()));
        REQUIRE(write_file(folder.path() / name, text));
        return *this;
    }
    Result<Mirror> find(const std::string& release) const { return find_mirror(release, "", "", folder.path()); }
};

const std::string debian_sources = R"(# as the installer writes it
Types: deb deb-src
# a comment between fields
URIs: http://deb.example.org/debian/
Suites: bookworm
 bookworm-updates
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
)";

}  // namespace

TEST_CASE("deb822 sources give the archive and its security archive") {
    HostApt apt;
    apt.with("sources.list.d/debian.sources", debian_sources);
    const auto mirror = apt.find("bookworm");
    REQUIRE(mirror);
    CHECK(mirror->main == "http://deb.example.org/debian");
    CHECK(mirror->security == "http://security.example.org/debian-security");
    CHECK(mirror->origin == (apt.folder.path() / "sources.list.d/debian.sources").native());
}

TEST_CASE("one-line sources with and without options") {
    HostApt apt;
    apt.with("sources.list",
             "# deb http://commented.example.org/debian bookworm main\n"
             "deb-src http://sources.example.org/debian bookworm main\n"
             "deb cdrom:[Debian 12]/ bookworm main\n"
             "deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] "
             "http://one.example.org/debian bookworm main # x\n"
             "deb http://one.example.org/debian-security bookworm-security main\n");
    const auto mirror = apt.find("bookworm");
    REQUIRE(mirror);
    CHECK(mirror->main == "http://one.example.org/debian");
    CHECK(mirror->security == "http://one.example.org/debian-security");
}

TEST_CASE("other archives with a suite of that name are passed over") {
    HostApt apt;
    apt.with("sources.list.d/a-tunnel.list",
             "deb [signed-by=/etc/apt/keyrings/tunnel.gpg] https://pkg.example.org/tunnel bookworm main\n");
    apt.with(
        "sources.list.d/b-engine.list",
        "deb [signed-by=/etc/apt/keyrings/engine.asc] https://download.example.org/linux/debian bookworm stable\n");
    apt.with("sources.list.d/c-unsigned.list", "deb https://old.example.org/debian bookworm main\n");
    CHECK(apt.find("bookworm")->main == "https://old.example.org/debian");
    apt.with("sources.list.d/debian.sources", debian_sources);
    CHECK(apt.find("bookworm")->main == "http://deb.example.org/debian");
}

TEST_CASE("a mirror of the house with a keyring of its own serves if its path says debian") {
    HostApt apt;
    apt.with("sources.list.d/house.sources",
             "Types: deb\nURIs: https://house.example.org/mirror/debian\nSuites: bookworm\nComponents: main\n"
             "Signed-By: /etc/apt/keyrings/house.gpg\n");
    CHECK(apt.find("bookworm")->main == "https://house.example.org/mirror/debian");
    CHECK_FALSE(apt.find("trixie"));
}

TEST_CASE("disabled entries don't count") {
    for (const auto* no : {"no", "false", "0", "off"}) {
        HostApt apt;
        apt.with("sources.list.d/debian.sources",
                 std::string("Enabled: ") + no + "\n" + debian_sources.substr(debian_sources.find('\n') + 1));
        CHECK_FALSE(apt.find("bookworm"));
    }
    HostApt apt;
    apt.with("sources.list.d/debian.sources.off", debian_sources);
    CHECK_FALSE(apt.find("bookworm"));
}

TEST_CASE("a machine with another release of Debian has a mirror for this one") {
    HostApt apt;
    apt.with("sources.list.d/debian.sources", debian_sources);
    const auto mirror = apt.find("trixie");
    REQUIRE(mirror);
    CHECK(mirror->main == "http://deb.example.org/debian");
    CHECK(mirror->security == "http://deb.example.org/debian-security");
    HostApt old;
    old.with("sources.list", "deb http://old.example.org/debian bullseye main\n");
    CHECK(old.find("bookworm")->main == "http://old.example.org/debian");
}

TEST_CASE("the security archive of another release is no main archive") {
    HostApt apt;
    apt.with("sources.list.d/debian.sources", debian_sources.substr(debian_sources.find("\n\n") + 2));
    CHECK_FALSE(apt.find("trixie"));
}

TEST_CASE("a list of mirrors is read for its first address") {
    HostApt apt;
    const auto list = (apt.folder.path() / "mirrors.list").native();
    apt.with("mirrors.list",
             "# best first\nhttps://near.example.org/debian\tpriority:1\nhttps://far.example.org/debian\n");
    apt.with("sources.list.d/debian.sources",
             "Types: deb\nURIs: mirror+file:" + list + "\nSuites: bookworm bookworm-updates\nComponents: main\n");
    CHECK(apt.find("bookworm")->main == "https://near.example.org/debian");
}

TEST_CASE("a machine that isn't Debian's says which options name a mirror") {
    HostApt apt;
    apt.with("sources.list", "deb http://archive.example.org/ubuntu noble main universe\n");
    const auto mirror = apt.find("bookworm");
    REQUIRE_FALSE(mirror);
    CHECK(mirror.error().code == "RB0801");
    CHECK(mirror.error().exit == ExitCode::unable);
    CHECK(mirror.error().hint.find("--mirror") != std::string::npos);
    CHECK(mirror.error().hint.find("ROCKBUILD_DEBIAN_MIRROR") != std::string::npos);
    CHECK_FALSE(find_mirror("bookworm", "", "", "/nowhere/etc/apt"));
}

TEST_CASE("a chosen mirror comes before the machine's") {
    HostApt apt;
    apt.with("sources.list.d/debian.sources", debian_sources);
    const auto beside = find_mirror("bookworm", "https://chosen.example.org/debian/", "--mirror", apt.folder.path());
    REQUIRE(beside);
    CHECK(beside->main == "https://chosen.example.org/debian");
    CHECK(beside->security == "https://chosen.example.org/debian-security");
    CHECK(beside->origin == "--mirror");
    CHECK(find_mirror("bookworm", "https://x.example.org/archive/debian/20250520T000000Z", "--mirror")->security ==
          "https://x.example.org/archive/debian-security/20250520T000000Z");
    CHECK(find_mirror("bookworm", "file:/srv/snapshot", "--mirror", apt.folder.path())->security.empty());
}

TEST_CASE("what is no address is refused") {
    for (const auto* text :
         {"chosen.example.org/debian", "ftp://chosen.example.org/debian", "/srv/debian",
          "https://chosen.example.org/debian bookworm main\ndeb [trusted=yes] https://x.example.org/"}) {
        const auto mirror = find_mirror("bookworm", text, "--mirror");
        REQUIRE_FALSE(mirror);
        CHECK(mirror.error().code == "RB0802");
        CHECK(mirror.error().exit == ExitCode::usage);
    }
}
