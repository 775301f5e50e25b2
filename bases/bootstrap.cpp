#include "bases/bootstrap.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace rockbuild {

namespace {

constexpr std::array proxies{"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy",
                             "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"};

/// Words by which apt, gpgv and mmdebstrap tell what is wrong.
constexpr std::array unreachable{"Could not resolve",     "Could not connect",      "Unable to connect",
                                 "Cannot initiate",       "Connection refused",     "onnection timed out",
                                 "Temporary failure",     "Network is unreachable", "Connection failed",
                                 "No system certificates"};
constexpr std::array unsigned_{"NO_PUBKEY",
                               "BADSIG",
                               "EXPKEYSIG",
                               "REVKEYSIG",
                               "is not signed",
                               "isn't signed",
                               "signatures couldn't be verified",
                               "signatures were invalid"};
constexpr std::array absent{"does not have a Release file", "404  Not Found", "Failed to fetch", "File not found"};
constexpr std::array no_ids{"/etc/subuid", "/etc/subgid", "newuidmap", "newgidmap"};
constexpr std::array no_namespace{"unprivileged_userns_clone", "unshare failed", "unshare()", "clone()",
                                  "user namespace"};
constexpr std::array foreign{"arch-test", "qemu", "binfmt", "cannot be executed"};

template <std::size_t size>
bool say(const std::vector<std::string>& lines, const std::array<const char*, size>& words) {
    return std::ranges::any_of(lines, [&](const std::string& line) {
        return std::ranges::any_of(words, [&](const char* word) { return line.find(word) != std::string::npos; });
    });
}

/// As the kernel writes paths in mountinfo: blanks, tabs, newlines and backslashes as three octal digits.
std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto digit = [&](std::size_t n) { return text[at + n] - '0'; };
        if (text[at] == '\\' && at + 3 < text.size()) {
            result += static_cast<char>(digit(1) * 64 + digit(2) * 8 + digit(3));
            at += 3;
        } else {
            result += text[at];
        }
    }
    return result;
}

bool others_may_pass(const std::filesystem::path& folder) {
    if (!folder.is_absolute()) return false;
    std::filesystem::path whole;
    for (const auto& component : folder) {
        whole /= component;
        struct stat status{};
        if (::stat(whole.c_str(), &status) != 0 || (status.st_mode & S_IXOTH) == 0) return false;
    }
    return true;
}

}  // namespace

std::vector<std::string> bootstrap_arguments(const Bootstrap& bootstrap,
                                             const std::map<std::string, std::string>& environment) {
    const auto& [release, arch, mirror, keyring, as_root, tar, work] = bootstrap;
    std::vector<std::string> arguments;
    // As root mmdebstrap mounts /proc, /sys and the host's /dev/shm into the root that it makes. In a mount namespace
    // of its own these go with its last process; else they would outlive a killed run, and lead whoever removes its
    // left-overs into the host's folders. Without root it makes such a namespace by itself.
    if (as_root) arguments = {"unshare", "--mount", "--propagation", "private", "--"};
    arguments.insert(arguments.end(), {"mmdebstrap", "--variant=minbase", as_root ? "--mode=root" : "--mode=unshare",
                                       fmt::format("--architectures={}", arch.debian), "--format=tar",
                                       "--aptopt=Acquire::Retries \"3\""});
    for (const auto* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"})
        if (const auto found = environment.find(name); found != environment.end() && !found->second.empty()) {
            arguments.push_back(fmt::format("--aptopt=Acquire::https::CAInfo \"{}\"", found->second));
            break;
        }
    arguments.emplace_back(release.codename);
    arguments.push_back(tar.native());
    // Without signed-by mmdebstrap looks for keys that fit among all those of the host.
    const auto suite = [&](const std::string& address, std::string_view suffix) {
        arguments.push_back(
            fmt::format("deb [signed-by={}] {} {}{} main", keyring.native(), address, release.codename, suffix));
    };
    suite(mirror.main, "");
    suite(mirror.main, "-updates");
    if (!mirror.security.empty()) suite(mirror.security, "-security");
    return arguments;
}

std::map<std::string, std::string> bootstrap_environment(const Bootstrap& bootstrap,
                                                         const std::map<std::string, std::string>& environment) {
    std::map<std::string, std::string> result{{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
                                              {"LC_ALL", "C.UTF-8"},
                                              {"SOURCE_DATE_EPOCH", std::to_string(bootstrap.release.time)},
                                              {"TMPDIR", bootstrap.work.native()}};
    for (const auto* name : proxies)
        if (const auto found = environment.find(name); found != environment.end()) result.insert(*found);
    return result;
}

Diagnostic bootstrap_failure(const Bootstrap& bootstrap, const std::vector<std::string>& last_lines) {
    const auto main = without_credentials(bootstrap.mirror.main);
    Diagnostic failure{.code = "RB0851", .excerpt = last_lines};
    const auto because = [&](std::string message, std::string hint, ExitCode exit) {
        failure.message = fmt::format("{} can't be made: {}", bootstrap.release.base, message);
        failure.hint = std::move(hint);
        failure.exit = exit;
    };
    const auto other_mirror =
        fmt::format("the mirror comes from {}; choose another with --mirror URL or ROCKBUILD_DEBIAN_MIRROR",
                    bootstrap.mirror.origin);
    if (say(last_lines, std::array{"No space left on device", "Disk quota exceeded"})) {
        because("no space left", fmt::format("make room at {}", bootstrap.work.native()), ExitCode::cannot_write);
        failure.code = "RB0101";
    } else if (say(last_lines, unsigned_)) {
        because(fmt::format("the archive at {} isn't signed by a key of {}", main, bootstrap.keyring.native()),
                "bring the package debian-archive-keyring up to date; " + other_mirror, ExitCode::failure);
    } else if (say(last_lines, unreachable)) {
        because(fmt::format("the Debian mirror {} can't be reached", main), other_mirror, ExitCode::remote_timeout);
    } else if (say(last_lines, absent)) {
        because(fmt::format("the Debian mirror {} lacks files of {}", main, bootstrap.release.codename), other_mirror,
                ExitCode::failure);
    } else if (say(last_lines, foreign)) {
        because(fmt::format("this machine can't run programs for {}", bootstrap.arch.debian),
                "install qemu-user-static, or build on such a machine", ExitCode::unable);
        failure.code = "RB0852";
    } else if (!bootstrap.as_root && say(last_lines, no_ids)) {
        because("this user has no subordinate ids",
                "install uidmap, then: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER",
                ExitCode::unable);
        failure.code = "RB0852";
    } else if (say(last_lines, no_namespace)) {
        if (bootstrap.as_root)
            because("root may make no mounts here", "give the container the right to mount, or run as an ordinary user",
                    ExitCode::unable);
        else
            because("this user may not make user namespaces",
                    "sudo sysctl kernel.unprivileged_userns_clone=1 (`rockbuild doctor` says more), or run as root",
                    ExitCode::unable);
        failure.code = "RB0852";
    } else {
        because("mmdebstrap failed", other_mirror, ExitCode::failure);
    }
    return failure;
}

std::filesystem::path passable(const std::vector<std::filesystem::path>& candidates) {
    const auto found = std::ranges::find_if(candidates, others_may_pass);
    return found == candidates.end() ? candidates.back() : *found;
}

bool has_mounts_below(std::string_view mountinfo, const std::filesystem::path& folder) {
    const auto prefix = folder.native() + "/";
    while (!mountinfo.empty()) {
        const auto end = std::min(mountinfo.find('\n'), mountinfo.size());
        auto line = mountinfo.substr(0, end);
        mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
        constexpr int fields_before = 4;  // id, parent, device, root: then the mount point
        for (int field = 0; field < fields_before; ++field)
            line.remove_prefix(std::min(line.find(' ') + 1, line.size()));
        const auto point = unescaped(line.substr(0, line.find(' ')));
        if (point == folder.native() || point.starts_with(prefix)) return true;
    }
    return false;
}

std::string without_credentials(const std::string& address) {
    const auto scheme = address.find("://");
    if (scheme == std::string::npos) return address;
    const auto host = scheme + 3;
    const auto at = address.substr(0, address.find('/', host)).rfind('@');
    return at == std::string::npos || at < host ? address : address.substr(0, host) + address.substr(at + 1);
}

}  // namespace rockbuild
