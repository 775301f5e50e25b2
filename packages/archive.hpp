// A Debian archive: which packages a wish needs (apt's own resolver), and their bytes.
#pragma once

#include "store/store.hpp"
#include "store/tree.hpp"
#include "support/arch.hpp"
#include "support/event.hpp"
#include "system/http.hpp"
#include "system/process.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

/// Where a Debian release's packages come from on this machine. Addresses are transport: they are in no key.
struct Mirror {
    std::string main;      // the archive with RELEASE and RELEASE-updates
    std::string security;  // the archive with RELEASE-security; empty: none
    std::string origin;  // who says so: "--mirror", "ROCKBUILD_DEBIAN_MIRROR", "/etc/apt/sources.list.d/debian.sources"
};

/// The mirror for `release` ("bookworm"): `chosen` (option, variable or configuration; where its path has a component
/// `debian`, its security archive is the same with `debian-security`) if not empty, else what the host's apt uses for
/// Debian, if need be for another release. RB0801 (exit 78) if there is none, naming --mirror and
/// ROCKBUILD_DEBIAN_MIRROR; RB0802 (exit 64) if `chosen` is no address.
Result<Mirror> find_mirror(const std::string& release, const std::string& chosen, const std::string& chosen_by,
                           const std::filesystem::path& host_apt = "/etc/apt");

struct Package {
    std::string name;
    std::string version;
    std::string architecture;
    Digest sha256;
    std::uint64_t size = 0;
    std::string path;  // in the archive: pool/main/n/nginx/…; the address is made from the mirror when it is fetched
    bool security = false;  // which archive of the mirror
    bool operator==(const Package&) const = default;
};

/// A word about a package whose name is easily mistaken: Debian's `pebble` is a test server for certificates, not the
/// Pebble of rocks (which is there anyway).
std::optional<std::string> package_warning(const std::string& name);

/// Sorted by name, then architecture.
struct Resolution {
    std::vector<Package> packages;
    std::string encode() const;
    static Result<Resolution> decode(std::string_view text);
};

struct Wish {
    std::vector<std::string> names;         // apt syntax: NAME, NAME:ARCH, NAME=VERSION
    std::string installed;                  // a dpkg status file's text: what is there already; empty: nothing
    bool essential = false;                 // add the release's essential packages
    std::vector<std::string> recommending;  // like names, but with what they recommend; chosen first
};

class PackageArchive {
public:
    struct Setup {
        std::string release;  // "bookworm"
        Arch arch{};
        std::filesystem::path state;   // index files and caches of this archive, made if need be
        std::filesystem::path helper;  // the program rockbuild-apt
        std::filesystem::path keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
        std::map<std::string, std::string> environment;  // proxies for apt's methods
    };
    /// Opens nothing yet: the mirror is asked for when the index or a package is first needed, so that an unchanged
    /// pack asks nobody.
    static std::unique_ptr<PackageArchive> open(Setup setup, std::function<Result<Mirror>()> mirror, Store& store,
                                                Http& http, ProcessRunner& processes, EventSink& events);
    virtual ~PackageArchive() = default;
    PackageArchive(const PackageArchive&) = delete;
    PackageArchive& operator=(const PackageArchive&) = delete;

    /// Brings the index up to date (once per run, and not if the mirror has the same as
    /// a day before), verified by the keyring, and
    /// resolves in a child process. RB0810: no such package (near names as suggestions); RB0811: can't be installed
    /// together (apt's reasons as notes); RB0812: the index can't be had or verified (mirror, file and reason; exit 75
    /// if unreachable).
    virtual Result<Resolution> resolve(const Wish& wish, const std::stop_token& stop) = 0;
    using Arrived = std::function<void(const Digest& deb)>;
    /// The .debs' bytes into the store, several at a time, digests checked; what is there is not asked for again.
    /// `arrived` hears of each that was fetched as soon as it is there.
    virtual Result<void> fetch(const Resolution& resolution, const std::stop_token& stop, const Arrived& arrived) = 0;

protected:
    PackageArchive() = default;
};

}  // namespace rockbuild
