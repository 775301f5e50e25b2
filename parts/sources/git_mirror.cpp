#include "parts/sources/git_mirror.hpp"

#include "support/suggest.hpp"
#include "system/file.hpp"
#include "system/host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>

namespace rockbuild {

namespace {

using GitEnvironment = std::map<std::string, std::string>;
using GitSettings = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view head_of_remote = "refs/rockbuild/head";

/// Variables of git that say how another machine is reached; all others of its own would change what it does.
bool is_transport(std::string_view name) {
    static constexpr std::string_view beginnings[] = {"GIT_SSH", "GIT_SSL_", "GIT_PROXY_", "GIT_HTTP_", "GIT_CURL_"};
    return name == "GIT_CONFIG_GLOBAL" ||
           std::ranges::any_of(beginnings, [&](auto beginning) { return name.starts_with(beginning); });
}

void set_git_config(GitEnvironment& environment, const GitSettings& settings) {
    for (std::size_t i = 0; i < settings.size(); ++i) {
        environment[fmt::format("GIT_CONFIG_KEY_{}", i)] = settings[i].first;
        environment[fmt::format("GIT_CONFIG_VALUE_{}", i)] = settings[i].second;
    }
    environment["GIT_CONFIG_COUNT"] = std::to_string(settings.size());
}

/// What both environments have.
GitEnvironment git_environment(const GitEnvironment& host) {
    GitEnvironment environment;
    for (const auto& [name, value] : host)
        if (!name.starts_with("GIT_") || is_transport(name)) environment[name] = value;
    environment["LC_ALL"] = "C";
    environment["GIT_CONFIG_NOSYSTEM"] = "1";
    environment["GIT_ATTR_NOSYSTEM"] = "1";
    environment["GIT_TERMINAL_PROMPT"] = "0";
    environment["GIT_ASKPASS"] = environment["SSH_ASKPASS"] = "";
    environment["GIT_OPTIONAL_LOCKS"] = "0";
    return environment;
}

GitSettings common_settings() {
    return {{"core.hooksPath", "/dev/null"},
            {"core.fsmonitor", "false"},
            {"gc.auto", "0"},
            {"maintenance.auto", "false"},
            {"core.pager", "cat"}};
}

GitEnvironment talking(const GitEnvironment& host, const GitAddress& address) {
    auto environment = git_environment(host);
    // What the address itself may be is git_address' to say; a user's settings may lead to a mirror on the disk.
    environment["GIT_ALLOW_PROTOCOL"] = "https:http:ssh:git:file";
    if (!environment.contains("GIT_SSH_COMMAND") && !environment.contains("GIT_SSH"))
        environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes";
    if (const auto bundle = host.find("SSL_CERT_FILE"); bundle != host.end())
        environment.emplace("GIT_SSL_CAINFO", bundle->second);
    auto settings = common_settings();
    // By a setting, since other users of the machine see arguments.
    settings.insert(settings.end(), {{"remote.origin.url", address.fetch},
                                     {"fetch.recurseSubmodules", "false"},
                                     {"fetch.writeCommitGraph", "false"},
                                     {"credential.interactive", "false"},
                                     {"http.lowSpeedLimit", "1000"},
                                     {"http.lowSpeedTime", "60"}});
    set_git_config(environment, settings);
    return environment;
}

GitEnvironment working(const GitEnvironment& host) {
    GitEnvironment environment;
    for (const auto& [name, value] : git_environment(host))
        if (name != "XDG_CONFIG_HOME" && !is_transport(name)) environment[name] = value;
    environment["HOME"] = "/nonexistent";
    environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
    environment["GIT_ALLOW_PROTOCOL"] = "none";
    auto settings = common_settings();
    settings.insert(settings.end(), {{"safe.directory", "*"},
                                     {"core.autocrlf", "false"},
                                     {"core.symlinks", "true"},
                                     {"pack.writeReverseIndex", "false"}});
    set_git_config(environment, settings);
    return environment;
}

std::vector<std::string> git_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        if (end > begin) lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

bool is_whole_hash(const std::string& text) {
    constexpr std::size_t sha1_digits = 40;
    return text.size() == sha1_digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// A name of a branch or tag, or a beginning of a commit's, that can stand in git's language for revisions.
bool is_plain_name(const std::string& text) {
    return !text.empty() && text.find("..") == std::string::npos && text.find("@{") == std::string::npos &&
           std::ranges::none_of(text, [](unsigned char c) {
               return std::iscntrl(c) || std::string_view(" ~^:?*[\\").find(static_cast<char>(c)) != std::string::npos;
           });
}

/// Did git, or what it talks through, end for a reason that may be gone in a moment?
bool may_pass(const std::string& said) {
    static constexpr std::string_view faults[] = {"Could not resolve",
                                                  "Temporary failure in name resolution",
                                                  "Failed to connect",
                                                  "Couldn't connect",
                                                  "Connection refused",
                                                  "Connection reset",
                                                  "timed out",
                                                  "Operation too slow",
                                                  "Network is unreachable",
                                                  "No route to host",
                                                  "early EOF",
                                                  "unexpected disconnect",
                                                  "Empty reply",
                                                  "transfer closed",
                                                  "TLS connect error",
                                                  "SSL_ERROR_SYSCALL",
                                                  "GnuTLS recv error",
                                                  "returned error: 408",
                                                  "returned error: 429",
                                                  "returned error: 5"};
    return std::ranges::any_of(faults, [&](auto fault) { return said.find(fault) != std::string::npos; });
}

/// Ends early when the run is to stop.
void wait_before_try(int tries, const std::stop_token& stop) {
    const auto pause = std::chrono::milliseconds(300) * (1 << tries);
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, pause, [] { return false; });
}

}  // namespace

GitMirror::GitMirror(const Workshop& workshop, GitAddress address, std::string subject, std::stop_token stop)
    : workshop_(workshop),
      address_(std::move(address)),
      subject_(std::move(subject)),
      stop_(std::move(stop)),
      folder_(workshop.store.root() / "git" / sha256(address_.fetch).hex()) {}

Result<void> GitMirror::make() const {
    std::error_code error;
    if (std::filesystem::exists(folder_ / "packed-refs", error)) return {};
    TRY_VOID(make_folders(folder_));
    TRY_VOID(run({"init", "--quiet", "--bare", "--template=", "--initial-branch=none", "."}, {}, {}, folder_));
    // The last file: who finds it finds all.
    return write_file(folder_ / "packed-refs", "");
}

Result<void> GitMirror::update() {
    TRY_VOID(make_folders(folder_.parent_path()));
    const auto lock = TRY(FileLock::acquire(folder_.native() + ".lock", FileLock::Kind::exclusive, [&] {
        workshop_.events.log(subject_, fmt::format("another run fetches {}: waiting", address_.shown));
    }));
    TRY_VOID(make());
    touch(folder_);  // for `store gc`
    workshop_.events.log(subject_, fmt::format("fetching {}", address_.shown));
    TRY_VOID(talk({"fetch", "--quiet", "--force", "--prune", "--no-tags", "--no-write-fetch-head", "origin",
                   "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"}));
    return {};
}

Result<void> GitMirror::need(const std::string& commit, bool offline) {
    const auto has = [&]() -> Result<bool> {
        std::error_code error;
        if (!std::filesystem::exists(folder_ / "packed-refs", error)) return false;
        return TRY(ask({"cat-file", "-e", commit + "^{commit}"})).has_value();
    };
    if (TRY(has())) return {};
    if (offline)
        return fail("RB1071",
                    fmt::format("the commit {} of '{}' isn't in the store, and --offline forbids to fetch it",
                                commit.substr(0, 12), address_.shown),
                    "run once without --offline");
    TRY_VOID(update());
    if (TRY(has())) return {};
    // On no branch and under no tag: servers give a commit by its whole name too.
    const auto lock = TRY(FileLock::acquire(folder_.native() + ".lock", FileLock::Kind::exclusive));
    const auto asked = talk({"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "origin",
                             fmt::format("+{0}:refs/rockbuild/{0}", commit)});
    if (asked && TRY(has())) return {};
    if (!asked && asked.error().exit == ExitCode::remote_timeout) return std::unexpected(asked.error());
    auto error = fail("RB1075", fmt::format("'{}' has no commit {}", address_.shown, commit),
                      "look whether it was pushed there, and isn't another repository's");
    if (!asked) error.error().excerpt = asked.error().excerpt;
    return error;
}

Result<void> GitMirror::need_tag(const GitTag& tag, bool offline) {
    const auto has = [&]() -> Result<bool> { return TRY(ask({"cat-file", "-e", tag.object})).has_value(); };
    if (TRY(has())) return {};
    if (offline)
        return fail("RB1071",
                    fmt::format("the tag '{}' of '{}' isn't in the store, and --offline forbids to fetch it", tag.name,
                                address_.shown),
                    "run once without --offline");
    TRY_VOID(update());
    if (TRY(has())) return {};
    return fail("RB1075", fmt::format("'{}' has its tag '{}' no more", address_.shown, tag.name),
                "look at what the source is now with --refresh");
}

Result<ResolvedSource> GitMirror::find(const GitWish& wish) {
    ResolvedSource found;
    found.kind = "git";
    found.url = address_.shown;
    const auto missing = [&](std::string_view kind, const std::string& name,
                             const std::vector<std::string>& all) -> std::unexpected<Diagnostic> {
        auto error = fail("RB1075", fmt::format("'{}' has no {} '{}'", address_.shown, kind, name),
                          "look at the names that it has: `git ls-remote`");
        error.error().suggestions = suggestions(name, all);
        return error;
    };
    if (!wish.commit.empty()) {
        auto name = wish.commit;
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (is_whole_hash(name)) {
            TRY_VOID(need(name, false));
            found.commit = name;
        } else {
            const auto commit = is_plain_name(wish.commit) ? TRY(commit_of(wish.commit)) : std::nullopt;
            if (!commit) {
                auto error = missing("commit", wish.commit, {});
                error.error().hint = "write all 40 digits of the commit's name";
                return error;
            }
            found.commit = *commit;
        }
    } else if (const auto& name = wish.branch.empty() ? wish.tag : wish.branch; !name.empty()) {
        // `git clone --branch` takes a tag where there is no such branch, whichever key it came from.
        std::optional<std::string> commit;
        if (is_plain_name(name)) {
            commit = TRY(commit_of("refs/heads/" + name));
            if (commit) found.branch = name;
            else commit = TRY(commit_of("refs/tags/" + name));
        }
        if (!commit) {
            const bool is_branch = !wish.branch.empty();
            return missing(is_branch ? "branch" : "tag", name, TRY(names(is_branch ? "refs/heads" : "refs/tags")));
        }
        found.commit = *commit;
    } else {
        found.branch = TRY(default_branch());
        const auto from = found.branch.empty() ? std::string(head_of_remote) : "refs/heads/" + found.branch;
        const auto commit = TRY(commit_of(from));
        if (!commit)
            return fail("RB1075", fmt::format("'{}' has no commit yet", address_.shown), "push one, or name a branch");
        found.commit = *commit;
    }
    found.tags = TRY(tags_of(found.commit));
    return found;
}

/// The branch that the other side's HEAD is on; empty if it is on none, which leaves it under head_of_remote.
Result<std::string> GitMirror::default_branch() const {
    constexpr std::string_view before = "ref: refs/heads/", after = "\tHEAD";
    for (const auto& line : git_lines(TRY(talk({"ls-remote", "--symref", "origin", "HEAD"}))))
        if (line.starts_with(before) && line.ends_with(after))
            return line.substr(before.size(), line.size() - before.size() - after.size());
    const auto lock = TRY(FileLock::acquire(folder_.native() + ".lock", FileLock::Kind::exclusive));
    TRY_VOID(talk({"fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head", "origin",
                   fmt::format("+HEAD:{}", head_of_remote)}));
    return std::string();
}

Result<std::optional<std::string>> GitMirror::commit_of(const std::string& name) const {
    const auto said = TRY(ask({"rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"}));
    if (!said) return std::nullopt;
    const auto lines = git_lines(*said);
    return lines.size() == 1 && is_whole_hash(lines.front()) ? std::optional(lines.front()) : std::nullopt;
}

Result<std::vector<GitTag>> GitMirror::tags_of(const std::string& commit) const {
    constexpr std::string_view below = "refs/tags/";
    std::vector<GitTag> tags;
    for (const auto& line : git_lines(
             TRY(run({"for-each-ref", "--merged=" + commit, "--sort=refname",
                      "--format=%(objectname)%09%(*objecttype)%09%(*objectname)%09%(refname)", std::string(below)})))) {
        const auto first = line.find('\t'), second = line.find('\t', first + 1), third = line.find('\t', second + 1);
        const auto type = line.substr(first + 1, second - first - 1);
        if (third == std::string::npos || (!type.empty() && type != "commit")) continue;  // a tag of a tag
        tags.push_back({line.substr(third + 1 + below.size()), line.substr(0, first),
                        line.substr(second + 1, third - second - 1)});
    }
    return tags;
}

Result<std::vector<std::string>> GitMirror::names(const std::string& below) const {
    std::vector<std::string> names;
    for (const auto& line : git_lines(TRY(run({"for-each-ref", "--format=%(refname)", below}))))
        names.push_back(line.substr(below.size() + 1));
    return names;
}

Result<std::string> GitMirror::run(std::vector<std::string> arguments, const GitEnvironment& more,
                                   const std::string& input, const std::filesystem::path& working_dir) const {
    auto environment = working(workshop_.outside.environment);
    environment["GIT_DIR"] = folder_.native();
    for (const auto& [name, value] : more) environment[name] = value;
    const auto finished = TRY(start(std::move(arguments), std::move(environment), input, working_dir));
    if (finished.code != 0) return failed(finished);
    return finished.output;
}

Result<std::optional<std::string>> GitMirror::ask(std::vector<std::string> arguments) const {
    auto environment = working(workshop_.outside.environment);
    environment["GIT_DIR"] = folder_.native();
    const auto finished = TRY(start(std::move(arguments), std::move(environment), {}, {}));
    if (finished.code != 0) return std::nullopt;
    return finished.output;
}

/// Faults of the network are given the tries of a download (system/http.cpp) to pass, but not again and again the time
/// after which git itself gives up.
Result<std::string> GitMirror::talk(const std::vector<std::string>& arguments) const {
    constexpr int most_tries = 4;
    constexpr double most_seconds = 30;
    const auto begin = monotonic_seconds();
    auto environment = talking(workshop_.outside.environment, address_);
    environment["GIT_DIR"] = folder_.native();
    for (int tries = 1;; ++tries) {
        const auto finished = TRY(start(arguments, environment, {}, {}));
        if (finished.code == 0) return finished.output;
        if (!may_pass(finished.error)) return failed(finished);
        if (tries == most_tries || monotonic_seconds() - begin > most_seconds) return unreachable(finished);
        workshop_.events.log(subject_, fmt::format("{} can't be reached: trying again", address_.shown));
        wait_before_try(tries, stop_);
    }
}

Result<Finished> GitMirror::start(std::vector<std::string> arguments, GitEnvironment environment,
                                  const std::string& input, const std::filesystem::path& working_dir) const {
    Command command;
    command.arguments = std::move(arguments);
    command.arguments.insert(command.arguments.begin(), "git");
    command.environment = std::move(environment);
    command.input = input;
    command.working_dir = working_dir.empty() ? workshop_.store.root() : working_dir;
    return workshop_.outside.processes.run(command, stop_);
}

std::unexpected<Diagnostic> GitMirror::unreachable(const Finished& finished) const {
    auto error = failed(finished);
    error.error().message = fmt::format("git can't reach '{}'", address_.shown);
    error.error().hint = "check the network and the proxy settings; what the store has builds with --offline";
    error.error().exit = ExitCode::remote_timeout;
    return error;
}

std::unexpected<Diagnostic> GitMirror::failed(const Finished& finished) const {
    constexpr std::size_t most_lines = 10;
    auto error =
        fail("RB1074", fmt::format("git can't have '{}' (it ended with code {})", address_.shown, finished.code),
             "try `git ls-remote` with the address: it must work without a question; credentials come from "
             "git's helpers or an ssh agent");
    auto lines = git_lines(finished.error);
    if (lines.size() > most_lines) lines.erase(lines.begin(), lines.end() - most_lines);
    for (auto& line : lines)
        if (address_.fetch != address_.shown)
            for (auto at = line.find(address_.fetch); at != std::string::npos; at = line.find(address_.fetch, at))
                line.replace(at, address_.fetch.size(), address_.shown);
    error.error().excerpt = std::move(lines);
    return error;
}

}  // namespace rockbuild
