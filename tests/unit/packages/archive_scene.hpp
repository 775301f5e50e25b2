// An archive opened as the program does it, over a mirror that a test has made: with apt's own resolver.
#pragma once

#include "fakes/web_server.hpp"
#include "fixture.hpp"
#include "system/host.hpp"
#include "system/process.hpp"

#include <string>
#include <vector>

namespace rockbuild::test {

class NoEvents final : public EventSink {
public:
    void on(const Event&) override {}
};

/// An archive opened as the program does it, over a test's mirror.
struct Opened {
    Scratch scratch;
    std::map<std::string, std::string> environment{{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
    std::unique_ptr<Http> http = make_http(environment);
    HostProcesses processes;
    NoEvents events;
    PackageArchive::Setup setup;
    std::unique_ptr<PackageArchive> archive;

    explicit Opened(const Mirror& mirror, const fs::path& keyring = SigningKey::one().keyring(),
                    const std::string& architecture = "amd64") {
        setup.release = "bookworm";
        setup.arch = *arch_from_debian(architecture);
        setup.state = scratch.folder.path() / "state";
        setup.helper = ROCKBUILD_APT_HELPER;
        setup.keyring = keyring;
        setup.environment = environment;
        next_run(mirror);
    }
    void next_run(const Mirror& mirror) {
        archive = PackageArchive::open(
            setup, [mirror]() -> Result<Mirror> { return mirror; }, *scratch.store, *http, processes, events);
    }
    Result<Resolution> resolve(std::vector<std::string> names, const std::string& installed = "",
                               bool essential = false) const {
        return archive->resolve({std::move(names), installed, essential}, {});
    }
};

inline std::vector<std::string> names(const Resolution& resolution) {
    std::vector<std::string> result;
    for (const auto& package : resolution.packages) result.push_back(package.name + "=" + package.version);
    return result;
}

using Names = std::vector<std::string>;

/// A small world like that around a web server.
inline const std::vector<Deb> world{
    {"server", "1.22", "Depends: libssl (>= 3), base | other-base\nRecommends: manual\n"},
    {"libssl", "3.0.1", "Depends: libc\n"},
    {"libc", "2.36"},
    {"base", "12"},
    {"manual", "1"},
    {"shell", "5", "Essential: yes\nDepends: libc\n"},
    {"exim", "4", "Provides: mailer\nConflicts: mailer\n"},
    {"postfix", "3", "Provides: mailer\nConflicts: mailer\n"},
    {"mawk", "1.3", "Provides: awk\n"},
    {"tool", "1.0"},
    {"tool", "1.1"},
    {"broken", "1", "Depends: libssl (>= 4)\n"},
};

/// The files of a folder over HTTP.
inline fakes::WebServer::Handler files_of(const fs::path& folder) {
    return [folder](const fakes::WebRequest& request) {
        std::string path;
        for (std::size_t i = 0; i < request.target.size(); ++i) {
            if (request.target.compare(i, 3, "%2b") == 0) path += '+', i += 2;
            else path += request.target[i];
        }
        const auto text = read_file(folder.native() + path);
        return text ? fakes::WebReply{.body = *text} : fakes::WebReply{.status = 404, .body = "no"};
    };
}

inline Mirror over(const fakes::WebServer& server) {
    return {server.url("/debian"), server.url("/debian-security"), "the test"};
}

}  // namespace rockbuild::test
