#include "system/http_probe.hpp"

#include "fakes/web_server.hpp"

#include <catch2/catch.hpp>

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

using namespace rockbuild;

namespace {

/// A web server in a process of its own: probes are asked by forks, as of a program that has one thread.
class ServerProcess {
public:
    explicit ServerProcess(const fakes::WebServer::Handler& handler) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        child_ = ::fork();
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const fakes::WebServer server(handler);
            const auto url = server.url();
            [[maybe_unused]] const auto written = ::write(ends[1], url.data(), url.size());
            ::close(ends[1]);
            for (;;) ::pause();
        }
        ::close(ends[1]);
        char letter = 0;
        while (::read(ends[0], &letter, 1) == 1) url_ += letter;
        ::close(ends[0]);
        REQUIRE(child_ > 0);
        REQUIRE_FALSE(url_.empty());
    }
    ~ServerProcess() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    std::string url(const std::string& path) const { return url_ + path; }

private:
    pid_t child_ = -1;
    std::string url_;
};

}  // namespace

TEST_CASE("a probe brings the status back, and 0 where nobody answers in time") {
    const ServerProcess server([](const fakes::WebRequest& request) {
        if (request.target == "/slow") std::this_thread::sleep_for(std::chrono::seconds(3));
        if (request.headers.contains("x-level")) return fakes::WebReply{204, ""};
        return fakes::WebReply{request.target == "/ready" ? 200 : 503, "body"};
    });
    const auto question = [&](const std::string& path) { return ProbeQuestion{{server.url(path), {}, 1}, ::getpid()}; };
    auto with_header = question("/");
    with_header.probe.headers = {{"X-Level", "alive"}};
    const ProbeQuestion nobody{{"http://127.0.0.1:1/", {}, 1}, ::getpid()};
    CHECK(ask_probes({question("/ready"), question("/"), question("/slow"), with_header, nobody}) ==
          std::vector<int>{200, 503, 0, 204, 0});
    CHECK(ask_probes({}).empty());
}

TEST_CASE("a probe is asked in the network of the process that it is about") {
    const ServerProcess server([](const fakes::WebRequest&) { return fakes::WebReply{200, ""}; });
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const char done = ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 ? 'y' : 'n';
        [[maybe_unused]] const auto written = ::write(ends[1], &done, 1);
        ::pause();
        ::_exit(0);
    }
    char done = 'n';
    REQUIRE(::read(ends[0], &done, 1) == 1);
    const ProbeQuestion here{{server.url("/"), {}, 1}, ::getpid()};
    auto there = here;
    there.process = child;
    const auto statuses = ask_probes({here, there});
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (done == 'y') CHECK(statuses == std::vector<int>{200, 0});
    else WARN("no network namespaces here");
}
