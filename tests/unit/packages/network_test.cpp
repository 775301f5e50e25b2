// Against Debian's real archive, through the mirror that this machine's apt uses: what we resolve is what apt-get picks
// in the same world, and what we unpack is what dpkg-deb unpacks.
#include "deb_compare.hpp"
#include "system/host.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

class NoEvents final : public EventSink {
public:
    void on(const Event&) override {}
};

struct Real {
    Scratch scratch;
    Host host = read_host();
    std::unique_ptr<Http> http = make_http(host.environment);
    HostProcesses processes;
    NoEvents events;
    fs::path state = scratch.folder.path() / "state";
    std::unique_ptr<PackageArchive> archive;

    explicit Real(const std::string& architecture) {
        PackageArchive::Setup setup;
        setup.release = "bookworm";
        setup.arch = *arch_from_debian(architecture);
        setup.state = state;
        setup.helper = ROCKBUILD_APT_HELPER;
        setup.environment = host.environment;
        archive = PackageArchive::open(
            setup, [] { return find_mirror("bookworm", "", ""); }, *scratch.store, *http, processes, events);
    }
};

Lines as_lines(const Resolution& resolution) {
    Lines lines;
    for (const auto& package : resolution.packages) lines.push_back(package.name + " " + package.version);
    return lines;
}

/// `Inst NAME (VERSION …)` of a simulation in the world that the helper has left.
Lines picked_by_apt(const fs::path& state, const std::string& names) {
    std::istringstream text(run("APT_CONFIG='" + (state / "apt.conf").native() +
                                "' apt-get -s --no-install-recommends install " + names + " 2>/dev/null"));
    Lines lines;
    for (std::string line; std::getline(text, line);) {
        std::istringstream words(line);
        std::string act, name, version;
        words >> act >> name >> version;
        if (version.starts_with('[')) words >> version;  // the installed one comes first
        if (act == "Inst") lines.push_back(name.substr(0, name.find(':')) + " " + version.substr(1));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace

TEST_CASE("real packages are resolved as apt-get resolves them", "[.network]") {
    const Real real("amd64");
    for (const std::string names :
         {"nginx", "python3 libpq5", "postgresql openssh-server", "mawk", "libjemalloc2 libicu72 xmlsec1"}) {
        std::istringstream words(names);
        Wish wish;
        for (std::string name; words >> name;) wish.names.push_back(name);
        const auto resolution = get(real.archive->resolve(wish, {}));
        CHECK(!resolution.packages.empty());
        CHECK(as_lines(resolution) == picked_by_apt(real.state, names));
        for (const auto& package : resolution.packages)
            CHECK(package.security == package.path.starts_with("pool/updates/"));
    }
}

TEST_CASE("real packages are unpacked as dpkg-deb unpacks them", "[.network]") {
    const Real real("amd64");
    const auto resolution =
        get(real.archive->resolve({{"nginx", "iputils-ping", "passwd", "python3-minimal"}, "", false}, {}));
    get(real.archive->fetch(resolution, {}, {}));
    for (const auto& package : resolution.packages) {
        INFO(package.path);
        const auto deb = real.scratch.folder.path() / "x.deb";
        get(write_file(deb, get(real.scratch.store->read(package.sha256))));
        const auto tree = get(unpack_deb(*real.scratch.store, package.sha256, std::nullopt));
        const auto folder = get(TempFolder::make(real.scratch.folder.path()));
        CHECK(lines_of(tree) == lines_of_extracted(deb, folder.path()));
    }
    const auto all = get(unpack_all(*real.scratch.store, resolution, std::nullopt));
    const auto mended = get(normalise(*real.scratch.store, all));
    CHECK(mended.find("usr/sbin/nginx") != nullptr);
    CHECK(mended.find("usr/bin/passwd")->mode == 0755);
    for (const auto& entry : mended.entries())
        if (entry.type == EntryType::symlink && entry.target.starts_with('/'))
            CHECK_FALSE(resolve(mended, entry.target));
}

TEST_CASE("another architecture's packages are resolved on this machine", "[.network]") {
    const Real real("arm64");
    const auto resolution = get(real.archive->resolve({{"nginx"}, "", false}, {}));
    for (const auto& package : resolution.packages)
        CHECK((package.architecture == "arm64" || package.architecture == "all"));
    CHECK(resolution.packages.size() > 20);
}
