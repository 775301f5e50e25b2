#include "parts/package_step.hpp"

#include "parts/variables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rockbuild {

namespace {

constexpr std::string_view status_path = "var/lib/dpkg/status";

Result<std::string> installed_status(const Store& store, const std::optional<Digest>& root) {
    if (!root) return std::string();
    const auto tree = TRY(store.tree(*root));
    const auto* status = tree->find(status_path);
    return status == nullptr ? std::string() : TRY(store.read(status->digest));
}

/// Paths that package scripts write and that are no part of what is installed.
bool is_leftover(const Entry& entry) {
    static const std::vector<std::string_view> folders{"var/log", "var/cache", "var/lib/apt/lists",
                                                       "tmp",     "run",       "root/parts"};
    if (entry.type == EntryType::folder) return false;
    if (std::any_of(folders.begin(), folders.end(), [&](auto folder) { return is_within(folder, entry.path); }))
        return true;
    static const std::vector<std::string_view> backups{"etc/passwd-",
                                                       "etc/group-",
                                                       "etc/shadow-",
                                                       "etc/gshadow-",
                                                       "etc/.pwd.lock",
                                                       "var/lib/dpkg/status-old",
                                                       "var/lib/dpkg/diversions-old",
                                                       "var/lib/dpkg/statoverride-old",
                                                       "var/lib/dpkg/lock",
                                                       "var/lib/dpkg/lock-frontend",
                                                       "var/lib/dpkg/triggers/Lock"};
    return std::find(backups.begin(), backups.end(), entry.path) != backups.end();
}

/// Sorted, each once.
std::vector<std::string> values_of(const std::vector<PlacedText>& names) {
    std::vector<std::string> values;
    for (const auto& name : names) values.push_back(name.value);
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

bool is_for_building(const PackageUse& use) { return use.kind == "build-packages"; }

}  // namespace

/// Build packages run where the build does.
const Arch& PackageSteps::architecture(const PackageUse& use) const {
    return is_for_building(use) ? job_.build_on : job_.platform.build_for;
}

Result<Value> PackageSteps::resolve(const PackageUse& use, const std::vector<PlacedText>& names,
                                    const std::optional<Digest>& installed, const std::stop_token& stop,
                                    const std::vector<PlacedText>& recommending) {
    auto places = recommending;
    places.insert(places.end(), names.begin(), names.end());
    Wish wish{values_of(names), {}, false, values_of(recommending)};
    wish.installed = TRY(installed_status(workshop_.store, installed));
    LockRequest request{use.kind,
                        {{"release", job_.project.build_base.value},
                         {"architecture", std::string(architecture(use).debian)},
                         {"names", fmt::format("{}", fmt::join(wish.names, " "))}},
                        use.parts,
                        places.front().span};
    if (!wish.recommending.empty()) request.asks["recommending"] = fmt::format("{}", fmt::join(wish.recommending, " "));
    if (installed) request.asks["over"] = sha256(wish.installed).str();
    const auto locked = TRY(workshop_.lock->ask(request));
    if (locked.value) {
        const auto blob = TRY(workshop_.store.put(Resolution{locked.value->packages}.encode()));
        workshop_.lock->gave(request, blob.digest.str());
        return Value::known(blob.digest);
    }
    const auto value = TRY(resolve_unlocked(use, wish, locked.anew, places, stop));
    if (value) workshop_.lock->resolved(request, {{}, TRY(read(*value.digest)).packages, {}});
    return value;
}

Result<Value> PackageSteps::resolve_unlocked(const PackageUse& use, const Wish& wish, bool anew,
                                             const std::vector<PlacedText>& places, const std::stop_token& stop) {
    KeyWriter key("resolution", 1);
    key.field("release", job_.project.build_base.value)
        .field("architecture", architecture(use).debian)
        .field("names", wish.names)
        .field("installed", sha256(wish.installed));
    if (!wish.recommending.empty()) key.field("with what they recommend", wish.recommending);
    const auto note = "resolution/" + key.finish().digest.hex();
    // Who asks anew goes first; whoever asks for the same then finds what that one found.
    std::unique_lock turn(resolving_, std::defer_lock);
    if (job_.refresh || anew) turn.lock();
    const bool again = turn.owns_lock() && !planning_ && refreshed_.insert(note).second;
    if (!again)
        if (const auto text = TRY(workshop_.store.note(note)))
            if (const auto digest = Digest::parse(*text); digest && workshop_.store.has(*digest))
                return Value::known(*digest);
    if (planning_) return Value::ask_network();
    if (job_.offline) {
        auto error = fail("RB1040", "the packages' versions aren't known yet, and --offline forbids to ask for them",
                          "run once without --offline");
        error.error().span = places.front().span;
        return error;
    }
    auto resolution = (is_for_building(use) ? workshop_.build_archive : workshop_.archive).resolve(wish, stop);
    if (!resolution) {
        auto error = std::move(resolution).error();
        // The place of the name that the message speaks of, else of the first.
        if (!error.span) error.span = places.front().span;
        for (const auto& name : places)
            if (error.message.find("'" + name.value + "'") != std::string::npos) error.span = name.span;
        return std::unexpected(std::move(error));
    }
    const auto blob = TRY(workshop_.store.put(resolution->encode()));
    TRY_VOID(workshop_.store.put_note(note, blob.digest.str()));
    return Value::known(blob.digest);
}

Result<Resolution> PackageSteps::read(const Digest& resolution) const {
    return Resolution::decode(TRY(workshop_.store.read(resolution)));
}

Result<void> PackageSteps::fetch(const Digest& resolution, const std::stop_token& stop,
                                 const PackageArchive::Arrived& arrived) const {
    const auto packages = TRY(read(resolution));
    if (!job_.offline) {
        auto fetched = workshop_.archive.fetch(packages, stop, arrived);
        if (!fetched) return std::unexpected(workshop_.lock->told(std::move(fetched).error(), resolution.str()));
        return {};
    }
    for (const auto& package : packages.packages)
        if (!workshop_.store.has(package.sha256))
            return fail("RB1042",
                        fmt::format("the package {} {} isn't in the store, and --offline forbids to fetch it",
                                    package.name, package.version),
                        "run once without --offline");
    return {};
}

Result<Tree> PackageSteps::install(const std::vector<Digest>& lowers, const Digest& resolution,
                                   const std::string& subject, const std::stop_token& stop) {
    const auto packages = TRY(read(resolution));
    if (packages.packages.empty()) return Tree();
    TRY_VOID(fetch(resolution, stop));
    std::vector<Entry> debs;
    std::vector<std::string> arguments{"/usr/bin/apt-get",
                                       "-y",
                                       "-qq",
                                       "--no-install-recommends",
                                       "--allow-downgrades",
                                       "-oDpkg::Use-Pty=0",
                                       "-oAPT::Sandbox::User=root",
                                       "-oDebug::NoLocking=true",
                                       "-oDpkg::Options::=--force-unsafe-io",
                                       "-oDpkg::Options::=--force-confold",
                                       "-oDir::Log=/tmp",
                                       "install"};
    for (const auto& package : packages.packages) {
        Entry deb;
        deb.path = fmt::format("{}_{}.deb", package.name, package.architecture);
        deb.digest = package.sha256;
        deb.size = package.size;
        arguments.push_back(inside::tools + "/debs/" + deb.path);
        debs.push_back(std::move(deb));
    }
    const auto folder = TRY(workshop_.store.put_tree(Tree::of(std::move(debs))));
    StepCommand command;
    command.subject = subject;
    command.trees = {{"/", lowers, "root", false}, {inside::tools + "/debs", {folder}, "", false}};
    command.files = {{"/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0755}};
    command.arguments = std::move(arguments);
    command.environment = script_start_environment(job_.time);
    command.network = Network::none;
    auto outcome = TRY(run_command(workshop_, job_, command, stop));
    if (outcome.code != 0) {
        auto error = fail("RB1041",
                          fmt::format("the packages for {} could not be installed (apt-get ended with code {})",
                                      subject, outcome.code),
                          fmt::format("the whole log: {}", outcome.log_path.native()));
        error.error().excerpt = outcome.last_lines;
        return error;
    }
    return filter(outcome.deltas["root"], [](const Entry& entry) { return !is_leftover(entry); });
}

}  // namespace rockbuild
