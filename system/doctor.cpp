// The sandbox is judged by using it. What there always is to run in it is the host's shell: /usr is shown as a
// read-only tree. (Not the host's whole root: in a user namespace the kernel refuses a lower with locked mounts below.)
#include "system/doctor.hpp"

#include "system/file.hpp"
#include "system/id_map.hpp"
#include "system/sandbox.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>

namespace rockbuild {

namespace {

constexpr double least_free = 2.0;  // GB: a build environment with a compiler, and what a small rock writes

Finding bad(std::string name, bool needed, std::string says, std::string cure) {
    return {std::move(name), false, needed, std::move(says), std::move(cure)};
}

Finding good(std::string name, bool needed, std::string says) {
    return {std::move(name), true, needed, std::move(says), {}};
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Finding user_namespaces(const Host& host) {
    const std::string name = "user namespaces";
    const bool root = host.uid == 0;
    const auto user = open_user_namespace(root ? root_map() : single_map());
    if (user) return good(name, !root, "one was made");
    if (root)
        return bad(name, false, user.error().message + "; steps run as the machine's root, with fewer capabilities",
                   "a container needs CAP_SETFCAP for it; else see the kernel's switches");
    return bad(name, true, user.error().message, "change the kernel's switch that forbids them, or run as root");
}

Finding subordinate_ids(const Host& host) {
    const std::string name = "subordinate ids";
    if (host.uid == 0) return good(name, false, "root needs none");
    const auto user = host.user.empty() ? std::to_string(host.uid) : host.user;
    const auto give = fmt::format("sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {}", user);
    auto map = subordinate_map();
    if (!map) return bad(name, true, fmt::format("/etc/subuid and /etc/subgid have no line for {}", user), give);
    const auto says = fmt::format("user {} has {}", user, map->name());
    // 65534, nobody, must be among them: apt's methods run in its group.
    const auto has_nobody = [](const std::vector<IdRange>& ranges) {
        return std::ranges::any_of(
            ranges, [](const IdRange& range) { return range.inside <= 65534 && 65534 - range.inside < range.count; });
    };
    if (!has_nobody(map->users) || !has_nobody(map->groups)) return bad(name, true, says + ", which is too few", give);
    if (!find_program("newuidmap", {{"PATH", "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin"}}))
        return bad(name, true, "newuidmap is missing", "install the package uidmap");
    if (auto made = open_user_namespace(*std::move(map)); !made)
        return bad(name, true, made.error().message,
                   "newuidmap and newgidmap must be setuid root: reinstall the package uidmap");
    return good(name, true, says + ", and they were mapped");
}

bool is_below(const fs::path& path, const fs::path& folder) {
    const auto relative =
        fs::absolute(path).lexically_normal().lexically_relative(fs::absolute(folder).lexically_normal());
    return !relative.empty() && *relative.begin() != "..";
}

Finding scratch(const fs::path& place, const std::vector<fs::path>& candidates) {
    const std::string name = "scratch space";
    struct statvfs status{};
    ::statvfs(place.c_str(), &status);
    const double free = static_cast<double>(status.f_bavail) * static_cast<double>(status.f_frsize) / 1e9;
    if (!candidates.empty() && !is_below(place, candidates[0]))
        return bad(name, false,
                   fmt::format("'{}' takes no upper side of an overlay; '{}' is used, with {:.1f} GB free",
                               candidates[0].native(), place.parent_path().parent_path().native(), free),
                   "keep the store on a file system such as ext4, xfs or btrfs");
    if (free < least_free)
        return bad(name, false, fmt::format("{:.1f} GB free in '{}'", free, place.native()),
                   fmt::format("{:.0f} GB and more are wanted: free some space there", least_free));
    return good(name, false, fmt::format("{:.1f} GB free in '{}'", free, place.parent_path().parent_path().native()));
}

void sandbox(std::vector<Finding>& findings, const std::vector<fs::path>& candidates) {
    const std::string name = "sandbox";
    const auto fail_with = [&](const std::string& why) {
        findings.push_back(bad(
            name, true, why,
            "mend what is bad above; in a container, allow it user namespaces or CAP_SYS_ADMIN, and give it a volume "
            "or a tmpfs for the store"));
    };
    auto opened = open_sandbox(candidates);
    if (!opened) return fail_with(opened.error().message);
    auto& box = **opened;
    const auto folder = TempFolder::make(box.scratch(), "doctor-");
    if (!folder) return fail_with(folder.error().message);
    const auto root = folder->path() / "root", upper = folder->path() / "upper";
    for (const auto& path : {root, upper})
        if (auto made = make_folders(path); !made) return fail_with(made.error().message);

    SandboxRun run;
    run.trees = {{"/", {root}, upper}, {"/usr", {"/usr"}, {}}};
    for (const auto* top : {"bin", "lib", "lib32", "lib64", "libx32"}) {
        const auto path = fs::path("/") / top;
        std::error_code error;
        if (fs::is_symlink(path, error)) fs::copy_symlink(path, root / top, error);
        else if (fs::is_directory(path, error)) run.trees.push_back({path, {path}, {}});
    }
    run.arguments = {"/bin/sh", "-c", "read comm </proc/1/comm && echo \"$comm\" && : >/tried"};
    run.environment = {{"PATH", "/usr/bin:/bin"}};
    run.network = Network::none;
    std::string said;
    run.on_output = [&](std::string_view line) { said += line; };
    const auto code = box.run(run, {});
    if (!code) return fail_with(code.error().message);
    if (*code != 0 || !fs::exists(upper / "tried"))
        return fail_with(fmt::format("a trial ended with code {}: {}", *code, said));
    findings.push_back(good(name, true, "a program ran in it, over an overlay, without a network"));
    if (said == "sandbox") findings.push_back(good("process table", false, "steps see their own processes only"));
    else
        findings.push_back(bad("process table", false, "steps see the processes outside: no /proc of their own here",
                               "a container hides parts of its /proc: let it show all"));
    findings.push_back(scratch(box.scratch(), candidates));
}

}  // namespace

std::vector<Finding> kernel_switches(const fs::path& proc_sys) {
    struct Switch {
        const char* path;
        long least, most;  // good values
        const char* cure;
    };
    constexpr Switch switches[] = {
        {"user/max_user_namespaces", 1, -1, "sudo sysctl user.max_user_namespaces=10000"},
        {"kernel/unprivileged_userns_clone", 1, -1, "sudo sysctl kernel.unprivileged_userns_clone=1"},
        {"kernel/apparmor_restrict_unprivileged_userns", 0, 0,
         "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or give rockbuild an AppArmor profile with "
         "`userns`"},
    };
    std::vector<Finding> findings;
    for (const auto& [path, least, most, cure] : switches) {
        const auto text = read_file_if_any(proc_sys / path).value_or(std::nullopt);
        if (!text) continue;
        long value = 0;
        std::from_chars(text->data(), text->data() + text->size(), value);
        const bool fine = value >= least && (most < least || value <= most);
        std::string name(path);
        std::ranges::replace(name, '/', '.');
        // Whether it matters is what the trial of user namespaces tells.
        findings.push_back({std::move(name), fine, false, fmt::format("is {}", value), fine ? "" : cure});
    }
    return findings;
}

std::vector<Finding> programs(const Host& host, ProcessRunner& runner) {
    struct Program {
        const char* name;
        const char* package;
        bool needed;
        const char* purpose;
    };
    constexpr Program wanted[] = {
        {"mmdebstrap", "mmdebstrap", true, "makes Debian roots"},
        {"apt-get", "apt", true, "reads Debian archives"},
        {"gpgv", "gpgv", true, "verifies Debian archives"},
        {"pip3", "python3-pip", true, "fetches the Go toolchain that builds Pebble"},
        {"runc", "runc", false, "runs images, for `rockbuild run`"},
    };
    auto environment = host.environment;
    environment["PATH"] += ":/usr/sbin:/sbin";  // not in every user's PATH
    std::vector<Finding> findings;
    for (const auto& [name, package, needed, purpose] : wanted) {
        Command command;
        command.arguments = {name, "--version"};
        command.environment = environment;
        command.timeout_seconds = 30;
        const auto ran = runner.run(command, {});
        const auto cure = fmt::format("install the package {}", package);
        if (!ran) findings.push_back(bad(name, needed, fmt::format("{} ({})", ran.error().message, purpose), cure));
        else if (ran->code != 0)
            findings.push_back(
                bad(name, needed, fmt::format("ended with code {} ({})", ran->code, purpose), "re" + cure));
        else findings.push_back(good(name, needed, first_line(ran->output.empty() ? ran->error : ran->output)));
    }
    struct File {
        const char* name;
        const char* path;
        const char* package;
    };
    constexpr File files[] = {
        {"apt's methods", "/usr/lib/apt/methods/http", "apt"},
        {"Debian's keys", "/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring"},
    };
    for (const auto& [name, path, package] : files) {
        if (fs::exists(path)) findings.push_back(good(name, true, fmt::format("'{}' is there", path)));
        else
            findings.push_back(
                bad(name, true, fmt::format("'{}' is missing", path), fmt::format("install the package {}", package)));
    }
    return findings;
}

std::vector<Finding> examine(const Host& host, ProcessRunner& runner, const std::vector<fs::path>& scratch_candidates) {
    auto findings = kernel_switches("/proc/sys");
    findings.push_back(user_namespaces(host));
    findings.push_back(subordinate_ids(host));
    sandbox(findings, scratch_candidates);
    auto others = programs(host, runner);
    findings.insert(findings.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    return findings;
}

}  // namespace rockbuild
