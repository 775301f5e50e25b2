#include "system/http_probe.hpp"

#include "fakes/web_server.hpp"

#include <catch2/catch.hpp>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

using namespace rockbuild;

TEST_CASE("a probe brings the status back, and 0 where nobody answers in time") {
    fakes::WebServer server([](const fakes::WebRequest& request) {
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
    fakes::WebServer server([](const fakes::WebRequest&) { return fakes::WebReply{200, ""}; });
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
