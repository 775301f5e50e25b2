#include "bases/debian_root.hpp"

#include "image/archive_stream.hpp"
#include "image/layer_reader.hpp"
#include "system/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <sstream>
#include <string_view>

namespace rockbuild {

namespace {

// The time of every file of a base, and what mmdebstrap is told: 1980-01-01.
constexpr std::int64_t root_time = 315532800;

constexpr std::array dropped_files{
    std::string_view("etc/hostname"),
    std::string_view("etc/resolv.conf"),
    std::string_view("etc/machine-id"),
    std::string_view("var/lib/dbus/machine-id"),
    std::string_view("etc/apt/sources.list"),
    std::string_view("var/lib/systemd/random-seed"),
    std::string_view("etc/passwd-"),
    std::string_view("etc/group-"),
    std::string_view("etc/shadow-"),
    std::string_view("etc/gshadow-"),
    std::string_view("etc/.pwd.lock"),
    std::string_view("var/lib/dpkg/lock"),
    std::string_view("var/lib/dpkg/lock-frontend"),
    std::string_view("var/lib/dpkg/status-old"),
    std::string_view("var/lib/dpkg/available-old"),
    std::string_view("var/lib/dpkg/diversions-old"),
    std::string_view("var/lib/dpkg/statoverride-old"),
    std::string_view("var/lib/dpkg/triggers/Lock"),
};
// Emptied: the folder stays, what is in it goes.
constexpr std::array emptied_folders{
    std::string_view("dev"),
    std::string_view("proc"),
    std::string_view("sys"),
    std::string_view("tmp"),
    std::string_view("run"),
    std::string_view("var/tmp"),
    std::string_view("var/log"),
    std::string_view("var/cache"),
    std::string_view("var/lib/apt/lists"),
    std::string_view("etc/apt/sources.list.d"),
    std::string_view("var/lib/apt/mirrors"),
};

bool is_dropped(const Entry& entry) {
    if (std::find(dropped_files.begin(), dropped_files.end(), entry.path) != dropped_files.end()) return true;
    const auto is_below = [&](std::string_view folder) {
        return entry.path != folder && is_within(folder, entry.path);
    };
    return std::any_of(emptied_folders.begin(), emptied_folders.end(), is_below);
}

/// apt reads the addresses from lists that steps are given; the file itself is the same on every machine.
std::string canonical_sources(const std::string& release) {
    return fmt::format(
        "Types: deb\nURIs: mirror+file:/etc/apt/mirrors/debian.list\nSuites: {0} {0}-updates\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
        "Types: deb\nURIs: mirror+file:/etc/apt/mirrors/debian-security.list\nSuites: {0}-security\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
        release);
}

}  // namespace

Result<Tree> normalised_root(Store& store, const Tree& root, const std::string& release, std::int64_t time) {
    std::vector<Entry> entries;
    for (const auto& entry : root.entries())
        if (!is_dropped(entry)) entries.push_back(entry);
    Entry sources;
    sources.path = "etc/apt/sources.list.d/debian.sources";
    const auto blob = TRY(store.put(canonical_sources(release)));
    sources.digest = blob.digest;
    sources.size = blob.size;
    entries.push_back(std::move(sources));
    for (auto& entry : entries) entry.mtime = time;
    return Tree::of(std::move(entries));
}

Result<Digest> package_list(const Store& store, const Tree& root) {
    const auto* status = root.find("var/lib/dpkg/status");
    if (status == nullptr) return fail("RB0852", "the base has no list of its packages", "", ExitCode::internal);
    std::istringstream lines(TRY(store.read(status->digest)));
    std::set<std::string> packages;
    std::string name;
    std::string version;
    std::string arch;
    for (std::string line; std::getline(lines, line);) {
        const auto value = [&](std::string_view field) {
            return line.starts_with(field) ? line.substr(field.size()) : std::string();
        };
        if (auto found = value("Package: "); !found.empty()) name = std::move(found);
        if (auto found = value("Version: "); !found.empty()) version = std::move(found);
        if (auto found = value("Architecture: "); !found.empty()) arch = std::move(found);
        if (line.empty() && !name.empty())
            packages.insert(fmt::format("{} {} {}", std::exchange(name, {}), version, arch));
    }
    KeyWriter key("package list", 1);
    key.field("packages", std::vector<std::string>(packages.begin(), packages.end()));
    return key.finish().digest;
}

Result<Tree> debian_root(const BaseMaker& maker, const BaseKind& kind, const Arch& arch, const Mirror& mirror,
                         const fs::path& keyring, const std::string& subject, const std::stop_token& stop) {
    TRY_VOID(make_folders(maker.scratch));
    const auto folder = TRY(TempFolder::make(maker.scratch, "base-"));
    const auto tar_path = folder.path() / "root.tar";
    Command command;
    command.arguments = {"mmdebstrap",
                         "--variant=minbase",
                         "--format=tar",
                         fmt::format("--architectures={}", arch.debian),
                         fmt::format("--keyring={}", keyring.native()),
                         "--customize-hook=rm -f \"$1\"/etc/resolv.conf \"$1\"/etc/hostname",
                         kind.release,
                         tar_path.native()};
    const auto source = [&](const std::string& uri, const std::string& suite) {
        command.arguments.push_back(fmt::format("deb [signed-by={}] {} {} main", keyring.native(), uri, suite));
    };
    source(mirror.main, kind.release);
    source(mirror.main, kind.release + "-updates");
    if (!mirror.security.empty()) source(mirror.security, kind.release + "-security");
    command.environment = maker.environment;
    command.environment["SOURCE_DATE_EPOCH"] = std::to_string(root_time);
    command.environment["TMPDIR"] = folder.path().native();
    command.environment["LC_ALL"] = "C.UTF-8";
    command.environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    std::deque<std::string> last;
    command.on_error = [&](std::string_view line) {
        maker.events.log(subject, std::string(line));
        last.emplace_back(line);
        constexpr std::size_t excerpt = 20;
        if (last.size() > excerpt) last.pop_front();
    };
    auto finished = maker.processes.run(command, stop);
    if (!finished) {
        auto error = std::move(finished).error();
        if (error.code == "RB0110") {
            error.hint = "install the package mmdebstrap";
            error.exit = ExitCode::unable;
        }
        return std::unexpected(std::move(error));
    }
    if (finished->code != 0) {
        auto error = fail("RB0851",
                          fmt::format("the base {} can't be made from {} (mmdebstrap ended with code {})", kind.name,
                                      mirror.main, finished->code),
                          fmt::format("the mirror comes from {}; check the network, or name another one with --mirror",
                                      mirror.origin),
                          ExitCode::remote_timeout);
        error.error().excerpt.assign(last.begin(), last.end());
        return error;
    }
    auto tar = TRY(TarReader::open_file(tar_path.native()));
    constexpr std::uint64_t most_bytes = 16ULL << 30;
    return normalised_root(maker.store, TRY(read_layer(tar, maker.store, {most_bytes}, "the base")), kind.release,
                           root_time);
}

}  // namespace rockbuild
