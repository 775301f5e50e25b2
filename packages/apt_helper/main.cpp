// rockbuild-apt: the one program that links apt's library. It lives in a process of its own because the library keeps
// global state, and because rockbuild's start must not pay for it.
//
//     rockbuild-apt STATE KEYRING ARCH update|offline        the wish on standard input as JSON:
//     {"names": ["nginx"], "essential": false, "recommending": []}
//
// STATE holds sources.list and dpkg/status, written by the caller; everything of apt's own is made below it, and no
// configuration of the host is read. The answer is one JSON object on standard output:
//     {"packages": [{name, version, architecture, sha256, size, path, codename}]}
//     {"error": "index" | "unreachable" | "unknown" | "virtual" | "broken", "name": …, "near": […], "messages": […]}
// The exit code is 0 for an answer of either kind.
#include <apt-pkg/acquire-item.h>
#include <apt-pkg/acquire.h>
#include <apt-pkg/algorithms.h>
#include <apt-pkg/cachefile.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/depcache.h>
#include <apt-pkg/error.h>
#include <apt-pkg/hashes.h>
#include <apt-pkg/indexfile.h>
#include <apt-pkg/init.h>
#include <apt-pkg/pkgrecords.h>
#include <apt-pkg/pkgsystem.h>
#include <apt-pkg/policy.h>
#include <apt-pkg/sourcelist.h>
#include <apt-pkg/update.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/suggest.hpp"

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

/// What the library has to say, and whether any of it is an error.
Json messages(bool& failed) {
    Json texts = Json::array();
    std::string text;
    while (!_error->empty()) {
        failed = _error->PopMessage(text) || failed;
        texts.push_back(text);
    }
    return texts;
}

Json failure(const std::string& kind, const std::string& name = {}) {
    bool failed = false;
    return {{"error", kind}, {"name", name}, {"messages", messages(failed)}};
}

/// Downloads report their faults only here: ListUpdate itself calls them warnings.
class Watch final : public pkgAcquireStatus {
public:
    bool MediaChange(std::string, std::string) override { return false; }
    void Fail(pkgAcquire::ItemDesc& item) override {
        const auto status = item.Owner->Status;
        if (status != pkgAcquire::Item::StatError && status != pkgAcquire::Item::StatTransientNetworkError) return;
        unreachable = unreachable || status == pkgAcquire::Item::StatTransientNetworkError;
        faults.push_back(item.Description + ": " + item.Owner->ErrorText);
    }
    std::vector<std::string> faults;
    bool unreachable = false;
};

/// An apt world of its own below `state`: read through APT_CONFIG before anything of the host could be.
void set_up(const fs::path& state, const std::string& keyring, const std::string& arch) {
    for (const auto* folder :
         {"apt.conf.d", "preferences.d", "sources.list.d", "lists/partial", "cache/archives/partial", "log"})
        fs::create_directories(state / folder);
    std::ofstream file(state / "apt.conf");
    const auto set = [&](const char* option, const std::string& value) { file << option << " \"" << value << "\";\n"; };
    const auto set_path = [&](const char* option, const char* name) { set(option, (state / name).native()); };
    set_path("Dir", "");
    set_path("Dir::Etc", "");
    set("Dir::Etc::main", "/dev/null");
    set_path("Dir::Etc::parts", "apt.conf.d");
    set_path("Dir::Etc::sourcelist", "sources.list");
    set_path("Dir::Etc::sourceparts", "sources.list.d");
    set_path("Dir::Etc::preferences", "preferences");
    set_path("Dir::Etc::preferencesparts", "preferences.d");
    set("Dir::Etc::trusted", keyring);
    set("Dir::Etc::trustedparts", "/dev/null/");
    set_path("Dir::State", "");
    set_path("Dir::State::lists", "lists/");
    set_path("Dir::State::status", "dpkg/status");
    set_path("Dir::State::extended_states", "extended_states");
    set_path("Dir::Cache", "cache/");
    set_path("Dir::Log", "log");
    set("Dir::Bin::methods", "/usr/lib/apt/methods/");
    set("APT::Architecture", arch);
    file << "APT::Architectures { \"" << arch << "\"; };\n";
    set("APT::Solver", "internal");
    set("APT::Install-Recommends", "false");
    set("APT::Install-Suggests", "false");
    set("APT::Sandbox::User", "root");
    set("Acquire::Languages", "none");
    set("Acquire::Retries", "2");
    // apt reads proxies from the environment, but no bundle.
    if (const char* bundle = ::getenv("SSL_CERT_FILE"); bundle != nullptr && *bundle != '\0')
        set("Acquire::https::CAInfo", bundle);
    set("Debug::NoLocking", "true");
    ::setenv("APT_CONFIG", (state / "apt.conf").c_str(), 1);
}

/// Who provides a name that is no package itself, in the order of their names. A package in several versions is there
/// once.
std::map<std::string, pkgCache::PkgIterator> providers(const pkgCache::PkgIterator& name) {
    std::map<std::string, pkgCache::PkgIterator> owners;
    for (auto provides = name.ProvidesList(); !provides.end(); ++provides)
        owners.emplace(provides.OwnerPkg().Name(), provides.OwnerPkg());
    return owners;
}

std::vector<std::string> near(pkgCacheFile& cache, const std::string& name) {
    std::vector<std::string> all;
    for (auto package = cache.GetPkgCache()->PkgBegin(); !package.end(); ++package)
        if (!package.VersionList().end()) all.emplace_back(package.Name());
    return rockbuild::suggestions(name, all);
}

/// apt's choice of versions; whether what a package recommends comes along changes from wish to wish.
class Policy final : public pkgDepCache::Policy {
public:
    explicit Policy(pkgDepCache::Policy& versions) : versions_(versions) {}
    pkgCache::VerIterator GetCandidateVer(const pkgCache::PkgIterator& package) override {
        return versions_.GetCandidateVer(package);
    }
    signed short GetPriority(const pkgCache::PkgIterator& package) override { return versions_.GetPriority(package); }
    signed short GetPriority(const pkgCache::VerIterator& version, bool with_files) override {
        return versions_.GetPriority(version, with_files);
    }
    signed short GetPriority(const pkgCache::PkgFileIterator& file) override { return versions_.GetPriority(file); }
    bool IsImportantDep(const pkgCache::DepIterator& dependency) const override {
        return dependency.IsCritical() || (recommends && dependency->Type == pkgCache::Dep::Recommends);
    }
    bool recommends = false;

private:
    pkgDepCache::Policy& versions_;
};

/// Marks what is wished for; the answer is a failure, or null.
Json mark(pkgCacheFile& cache, pkgDepCache& plan, const std::vector<std::string>& names, bool essential) {
    pkgProblemResolver resolver(&plan);
    std::vector<pkgCache::PkgIterator> wanted;
    if (essential)
        for (auto package = cache.GetPkgCache()->PkgBegin(); !package.end(); ++package)
            if ((package->Flags & pkgCache::Flag::Essential) != 0 && plan[package].CandidateVer != nullptr)
                wanted.push_back(package);
    for (const auto& wish : names) {
        const auto equals = wish.find('=');
        auto name = wish.substr(0, equals);
        if (name.ends_with(":any")) name.resize(name.size() - 4);
        auto package = cache.GetPkgCache()->FindPkg(name);
        if (!package.end() && package.VersionList().end()) {
            const auto owners = providers(package);
            if (owners.size() > 1) {
                auto result = failure("virtual", name);
                for (const auto& [owner, ignored] : owners) result["near"].push_back(owner);
                return result;
            }
            if (owners.size() == 1) package = owners.begin()->second;
        }
        if (package.end() || package.VersionList().end()) {
            auto result = failure("unknown", name);
            result["near"] = near(cache, name);
            return result;
        }
        if (equals != std::string::npos) {
            auto version = package.VersionList();
            Json versions = Json::array();
            while (!version.end() && wish.substr(equals + 1) != version.VerStr()) {
                versions.push_back(name + "=" + version.VerStr());
                ++version;
            }
            if (version.end()) {
                auto result = failure("unknown", wish);
                result["near"] = versions;
                return result;
            }
            plan.SetCandidateVersion(version);
        }
        if (plan[package].CandidateVer == nullptr) {
            auto result = failure("unknown", name);
            result["near"] = Json::array();
            return result;
        }
        wanted.push_back(package);
    }
    {
        const pkgDepCache::ActionGroup group(plan);
        for (auto& package : wanted) {
            resolver.Clear(package);
            resolver.Protect(package);
            plan.MarkInstall(package, false);
        }
        for (auto& package : wanted) plan.MarkInstall(package, true);
    }
    if (plan.BrokenCount() == 0 && plan.PolicyBrokenCount() == 0) return nullptr;
    if (resolver.Resolve(true) && plan.BrokenCount() == 0) return nullptr;
    auto result = failure("broken");
    for (auto package = plan.PkgBegin(); !package.end(); ++package) {
        if (!plan[package].InstBroken()) continue;
        for (auto dependency = plan[package].InstVerIter(plan).DependsList(); !dependency.end();) {
            pkgCache::DepIterator begin;
            pkgCache::DepIterator end;
            dependency.GlobOr(begin, end);
            if (!plan.IsImportantDep(end) || (plan[end] & pkgDepCache::DepGInstall) != 0) continue;
            std::string text = package.FullName() + " " + end.DepType() + " " + begin.TargetPkg().Name();
            if (begin.TargetVer() != nullptr)
                text += std::string(" (") + begin.CompType() + " " + begin.TargetVer() + ")";
            result["messages"].push_back(text);
        }
    }
    return result;
}

Json listing(pkgCacheFile& cache, pkgDepCache& plan) {
    Json packages = Json::array();
    pkgRecords records(cache);
    for (auto package = cache.GetPkgCache()->PkgBegin(); !package.end(); ++package) {
        if (!plan[package].Install()) continue;
        const auto version = plan[package].InstVerIter(plan);
        for (auto file = version.FileList(); !file.end(); ++file) {
            pkgIndexFile* index = nullptr;
            if (file.File().Flagged(pkgCache::Flag::NotSource) || !cache.GetSourceList()->FindIndex(file.File(), index))
                continue;
            if (!index->IsTrusted()) continue;
            auto& record = records.Lookup(file);
            const HashStringList hashes = record.Hashes();  // a temporary: what find() returns points into it
            const auto* sha256 = hashes.find("SHA256");
            if (sha256 == nullptr) continue;
            packages.push_back({{"name", package.Name()},
                                {"version", version.VerStr()},
                                {"architecture", version.Arch()},
                                {"sha256", sha256->HashValue()},
                                {"size", static_cast<std::uint64_t>(version->Size)},
                                {"path", record.FileName()},
                                {"codename", file.File().Codename() == nullptr ? "" : file.File().Codename()}});
            break;
        }
    }
    return {{"packages", packages}};
}

Json answer(const std::string& mode, const Json& wish) {
    if (!pkgInitConfig(*_config) || !pkgInitSystem(*_config, _system)) return failure("index");
    pkgCacheFile cache;
    if (mode == "update") {
        Watch watch;
        const bool updated = cache.BuildSourceList() && ListUpdate(watch, *cache.GetSourceList());
        bool failed = false;
        const auto texts = messages(failed);
        if (!updated || failed || !watch.faults.empty()) {
            const auto* kind = watch.unreachable ? "unreachable" : "index";
            Json result = {{"error", kind}, {"name", ""}, {"messages", watch.faults}};
            for (const auto& text : texts) result["messages"].push_back(text);
            return result;
        }
    }
    // Not Open, which plans for the library's own policy, too: half of an answer's time.
    if (!cache.BuildCaches(nullptr, false) || !cache.BuildPolicy(nullptr)) return failure("index");
    Policy policy(*cache.GetPolicy());
    pkgDepCache plan(cache.GetPkgCache(), &policy);
    if (!plan.Init(nullptr)) return failure("index");
    const auto names = [&](const char* key) { return wish.value(key, std::vector<std::string>()); };
    // As two runs of apt-get would: first what comes with its recommendations, then the rest over it.
    if (const auto recommending = names("recommending"); !recommending.empty()) {
        policy.recommends = true;
        if (auto result = mark(cache, plan, recommending, false); !result.is_null()) return result;
        policy.recommends = false;
    }
    if (auto result = mark(cache, plan, names("names"), wish.value("essential", false)); !result.is_null())
        return result;
    return listing(cache, plan);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::cerr << "rockbuild-apt is a part of rockbuild and is not called by hand\n";
        return 64;
    }
    const auto wish = Json::parse(std::cin, nullptr, false);
    if (!wish.is_object()) return 65;
    set_up(argv[1], argv[2], argv[3]);
    std::cout << answer(argv[4], wish).dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
    return 0;
}
