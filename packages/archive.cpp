// The parent's side of the resolver: writes the helper's world (sources, status), asks it, and turns its answer into a
// Resolution or a Diagnostic. Downloads go through Http, digests checked, into the store.
#include "packages/archive.hpp"

#include "packages/verified_index.hpp"
#include "system/file.hpp"
#include "system/host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <tuple>

namespace rockbuild {

using Json = nlohmann::json;

std::optional<std::string> package_warning(const std::string& name) {
    if (name.substr(0, name.find_first_of(":=")) != "pebble") return std::nullopt;
    return "the Debian package 'pebble' is a test server for certificates; the Pebble of rocks is in every rock anyway";
}

std::string Resolution::encode() const {
    std::string text = "packages 1\n";
    for (const auto& package : packages)
        text += fmt::format("{} {} {} {} {} {} {}\n", package.name, package.version, package.architecture,
                            package.sha256.hex(), package.size, package.security ? "security" : "main", package.path);
    return text;
}

Result<Resolution> Resolution::decode(std::string_view text) {
    const auto bad = [] {
        return fail("RB0813", "a stored list of packages can't be read", "run again with --refresh");
    };
    constexpr std::string_view head = "packages 1\n";
    if (!text.starts_with(head)) return bad();
    text.remove_prefix(head.size());
    Resolution resolution;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        const auto field = [&] {
            const auto blank = std::min(line.find(' '), line.size());
            const std::string value(line.substr(0, blank));
            line.remove_prefix(std::min(line.size(), blank + 1));
            return value;
        };
        Package package;
        package.name = field();
        package.version = field();
        package.architecture = field();
        const auto digest = Digest::from_hex(field());
        if (!digest) return bad();
        package.sha256 = *digest;
        for (const char c : field()) {
            if (c < '0' || c > '9') return bad();
            package.size = package.size * 10 + static_cast<std::uint64_t>(c - '0');
        }
        package.security = field() == "security";
        package.path = line;
        if (!RelPath::parse(package.path)) return bad();
        resolution.packages.push_back(std::move(package));
    }
    return resolution;
}

namespace {

class Archive final : public PackageArchive {
public:
    Archive(Setup setup, std::function<Result<Mirror>()> mirror, Store& store, Http& http, ProcessRunner& processes,
            EventSink& events)
        : setup_(std::move(setup)),
          mirror_(std::move(mirror)),
          store_(store),
          http_(http),
          processes_(processes),
          events_(events),
          verified_(setup_.state, setup_.keyring) {}

    Result<Resolution> resolve(const Wish& wish, const std::stop_token& stop) override {
        const auto mirror = TRY(mirror_());
        TRY_VOID(make_folders(setup_.state));
        const auto lock = TRY(FileLock::acquire(setup_.state / "lock", FileLock::Kind::exclusive, [&] {
            events_.message("waiting for another run to update the package index");
        }));
        TRY_VOID(put_sources(mirror));
        TRY_VOID(put_status(wish.installed));
        const auto subject = fmt::format("packages {}", setup_.release);
        const auto begin = monotonic_seconds();
        events_.started(subject);
        auto answer = ask(wish, mirror, stop);
        events_.finished(subject, outcome_of(answer), monotonic_seconds() - begin);
        return answer;
    }

    Result<void> fetch(const Resolution& resolution, const std::stop_token& stop, const Arrived& arrived) override {
        std::vector<const Package*> missing;
        for (const auto& package : resolution.packages)
            if (!store_.has(package.sha256)) missing.push_back(&package);
        if (missing.empty()) return {};
        // The largest first, for they are unpacked as they come.
        std::ranges::stable_sort(missing, std::greater(), &Package::size);
        const auto mirror = TRY(mirror_());
        const auto folder = TRY(store_.temporary());
        std::vector<Download> downloads;
        // Each goes into the store as it comes: what follows may fail.
        const auto keep = [this, &arrived](const fs::path& deb, const Digest& digest) -> Result<void> {
            const auto fd = TRY(open_file(deb, O_RDONLY));
            TRY(store_.put_file(fd.get(), deb));
            if (arrived) arrived(digest);
            return {};
        };
        for (const auto* package : missing) {
            auto& download = downloads.emplace_back();
            download.url = address(mirror, *package);
            download.to = folder.path() / (package->sha256.hex() + ".deb");
            download.sha256 = package->sha256;
            download.size = package->size;
            download.arrived = [&keep, to = download.to, digest = package->sha256] { return keep(to, digest); };
        }
        const auto subject = fmt::format("{} packages", missing.size());
        const auto begin = monotonic_seconds();
        events_.started(subject);
        auto fetched =
            http_.fetch(downloads, [&](auto done, auto total) { events_.progress(subject, done, total); }, stop);
        events_.finished(subject, outcome_of(fetched), monotonic_seconds() - begin);
        if (!fetched) {
            auto error = std::move(fetched).error();
            if (error.code == "RB0131")
                error.hint = "the archive has moved on since the versions were resolved: run again with --refresh";
            return std::unexpected(std::move(error));
        }
        return {};
    }

private:
    Result<Resolution> ask(const Wish& wish, const Mirror& mirror, const std::stop_token& stop) {
        const bool update = !updated_ && !TRY(is_current(mirror, stop));
        if (update) TRY_VOID(verified_.forget());
        Command command;
        command.arguments = {setup_.helper.native(), setup_.state.native(), setup_.keyring.native(),
                             std::string(setup_.arch.debian), update ? "update" : "offline"};
        command.environment = setup_.environment;
        command.input =
            Json{{"names", wish.names}, {"essential", wish.essential}, {"recommending", wish.recommending}}.dump();
        const auto finished = TRY(processes_.run(command, stop));
        const auto answer = Json::parse(finished.output, nullptr, false);
        if (finished.code != 0 || !answer.is_object())
            return fail("RB0814",
                        fmt::format("the package resolver ended with code {}: {}", finished.code, finished.error),
                        fmt::format("run `rockbuild doctor`; is '{}' of this version?", setup_.helper.native()),
                        ExitCode::internal);
        try {
            auto resolution = understand(answer, mirror);
            if (!updated_) TRY_VOID(verified_.forget());
            else if (update) TRY_VOID(verified_.keep());
            return resolution;
        } catch (const Json::exception& error) {
            return fail("RB0814", fmt::format("the package resolver's answer can't be read: {}", error.what()), "",
                        ExitCode::internal);
        }
    }

    Result<bool> is_current(const Mirror& mirror, const std::stop_token& stop) {
        std::vector<std::string> heads;
        for (const auto& suite : suites(mirror))
            heads.push_back(fmt::format("{}/dists/{}/InRelease", suite.archive, suite.name));
        const auto folder = TRY(store_.temporary());
        return verified_.is_current(heads, http_, folder.path(), stop);
    }

    struct Suite {
        std::string archive;
        std::string name;
    };
    std::vector<Suite> suites(const Mirror& mirror) const {
        std::vector<Suite> suites{{mirror.main, setup_.release}, {mirror.main, setup_.release + "-updates"}};
        if (!mirror.security.empty()) suites.push_back({mirror.security, setup_.release + "-security"});
        return suites;
    }

    /// Apt makes its cache of the whole index anew where sources.list is younger, whatever is in it.
    Result<void> put_sources(const Mirror& mirror) {
        const auto path = setup_.state / "sources.list";
        const auto text = sources(mirror);
        if (TRY(read_file_if_any(path)) == text) return {};
        TRY_VOID(verified_.forget());  // what apt has is of another archive
        updated_ = false;
        return write_file(path, text);
    }

    /// Apt tells one status from another by size and second: that cache, which has it with the index, goes.
    Result<void> put_status(const std::string& text) const {
        TRY_VOID(make_folders(setup_.state / "dpkg"));
        const auto path = setup_.state / "dpkg/status";
        if (TRY(read_file_if_any(path)) == text) return {};
        std::error_code error;
        fs::remove(setup_.state / "cache/pkgcache.bin", error);
        return write_file(path, text);
    }

    std::string sources(const Mirror& mirror) const {
        std::string text;
        for (const auto& suite : suites(mirror))
            text += fmt::format("deb [signed-by={}] {} {} main\n", setup_.keyring.native(), suite.archive, suite.name);
        return text;
    }

    static std::string address(const Mirror& mirror, const Package& package) {
        // apt writes plus signs this way, and some mirrors insist.
        std::string path;
        for (const char c : package.path) path += c == '+' ? "%2b" : std::string(1, c);
        return (package.security ? mirror.security : mirror.main) + "/" + path;
    }

    Result<Resolution> understand(const Json& answer, const Mirror& mirror) {
        const auto kind = answer.value("error", std::string());
        updated_ = updated_ || (kind != "index" && kind != "unreachable");
        if (kind.empty()) return packages(answer.at("packages"));
        auto error = refusal(kind, answer.at("name").get<std::string>(), mirror);
        error.suggestions = answer.value("near", std::vector<std::string>());
        for (const auto& message : answer.at("messages").get<std::vector<std::string>>())
            error.notes.push_back({message, std::nullopt});
        return std::unexpected(std::move(error));
    }

    Diagnostic refusal(const std::string& kind, const std::string& name, const Mirror& mirror) const {
        if (kind == "unknown")
            return fail("RB0810", fmt::format("there is no package '{}' in Debian's {}", name, setup_.release),
                        "check the spelling")
                .error();
        if (kind == "virtual")
            return fail("RB0810", fmt::format("'{}' is no package itself, but a name that several provide", name),
                        "name the one that is meant")
                .error();
        if (kind == "broken")
            return fail("RB0811", "these packages can't be installed together",
                        "leave one of them out, or name another version")
                .error();
        const auto hint = fmt::format("the mirror comes from {}; check the network, or name another one with --mirror",
                                      mirror.origin);
        if (kind == "unreachable")
            return fail("RB0812", fmt::format("the package index of {} can't be reached", mirror.main), hint,
                        ExitCode::remote_timeout)
                .error();
        return fail("RB0812",
                    fmt::format("the package index of {} isn't there or isn't signed as it should be", mirror.main),
                    hint)
            .error();
    }

    Result<Resolution> packages(const Json& list) const {
        Resolution resolution;
        for (const auto& item : list) {
            Package package;
            package.name = item.at("name").get<std::string>();
            package.version = item.at("version").get<std::string>();
            package.architecture = item.at("architecture").get<std::string>();
            package.sha256 = TRY(Digest::from_hex(item.at("sha256").get<std::string>()));
            package.size = item.at("size").get<std::uint64_t>();
            package.path = TRY(RelPath::from_archive(item.at("path").get<std::string>())).str();
            package.security = item.at("codename").get<std::string>() == setup_.release + "-security";
            resolution.packages.push_back(std::move(package));
        }
        std::sort(resolution.packages.begin(), resolution.packages.end(), [](const Package& a, const Package& b) {
            return std::tie(a.name, a.architecture) < std::tie(b.name, b.architecture);
        });
        return resolution;
    }

    Setup setup_;
    std::function<Result<Mirror>()> mirror_;
    Store& store_;
    Http& http_;
    ProcessRunner& processes_;
    EventSink& events_;
    VerifiedIndex verified_;
    bool updated_ = false;
};

}  // namespace

std::unique_ptr<PackageArchive> PackageArchive::open(Setup setup, std::function<Result<Mirror>()> mirror, Store& store,
                                                     Http& http, ProcessRunner& processes, EventSink& events) {
    return std::make_unique<Archive>(std::move(setup), std::move(mirror), store, http, processes, events);
}

}  // namespace rockbuild
