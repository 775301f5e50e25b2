#include "system/host.hpp"

#include <pwd.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string_view>

extern "C" char** environ;

namespace rockbuild {

std::optional<std::string> Host::variable(const std::string& name) const {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

Host read_host() {
    Host host;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (const auto equals = text.find('='); equals != std::string_view::npos)
            host.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) > 0)
        host.cpus = static_cast<unsigned>(CPU_COUNT(&cpus));
    host.uid = ::geteuid();
    host.gid = ::getegid();
    if (const auto* entry = ::getpwuid(host.uid)) host.user = entry->pw_name;
    std::error_code error;
    host.working_dir = std::filesystem::current_path(error).native();
    utsname name{};
    ::uname(&name);
    host.arch = arch_from_machine(name.machine).value_or(architectures[0]);
    host.now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    return host;
}

double monotonic_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace rockbuild
