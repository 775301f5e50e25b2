#include "containers/pod_manifest.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace rockbuild;
using Words = std::vector<std::string>;

namespace {

/// "LINE:COLUMN CODE message" for each diagnostic.
Words said(const std::string& text) {
    Words lines;
    for (const auto& item : read_pod(text, "pod.yaml").diagnostics)
        lines.push_back(
            fmt::format("{}:{} {} {}", item.span->begin.line, item.span->begin.column, item.code, item.message));
    return lines;
}

/// A pod of one container `web`; `more` are further lines of it, `spec` of the pod's spec.
std::string pod(const std::string& more, const std::string& spec = {}) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n" + spec +
           "  containers:\n    - name: web\n      image: web.rock\n" + more;
}

PodContainer container(const std::string& more, const std::string& spec = {}) {
    auto reading = read_pod(pod(more, spec), "pod.yaml");
    for (const auto& item : reading.diagnostics) UNSCOPED_INFO(item.message);
    REQUIRE(reading.pod);
    return reading.pod->containers.at(0);
}

Words of_container(const std::string& more, const std::string& spec = {}) { return said(pod(more, spec)); }

}  // namespace

TEST_CASE("the smallest pod has Kubernetes' defaults") {
    const auto reading = read_pod(pod(""), "pod.yaml");
    REQUIRE(reading.pod);
    CHECK(reading.diagnostics.empty());
    CHECK(reading.pod->name == "web");
    CHECK(reading.pod->hostname == "web");
    CHECK(reading.pod->grace_seconds == 30);
    CHECK_FALSE(reading.pod->host_network);
    const auto& web = reading.pod->containers.at(0);
    CHECK(web.image == "web.rock");
    CHECK_FALSE(web.command);
    CHECK_FALSE(web.arguments);
    CHECK_FALSE(web.readiness);
    CHECK(web.user.empty());
}

TEST_CASE("variables are put into commands, arguments and later variables as Kubernetes does it") {
    // The examples of the API reference: $(VAR), $$(VAR) for the text itself, unknown ones stay.
    const auto web = container(R"yaml(      command: [a, $(ONE), $$(ONE), $$$(ONE), $(NONE), $(ONE, 5$]
      args: ["$(TWO)-$(TWO)"]
      env:
        - {name: ONE, value: "1"}
        - {name: TWO, value: $(ONE)2$(LATER)}
        - {name: LATER, value: x}
        - name: EMPTY
)yaml");
    CHECK(web.environment == Words{"ONE=1", "TWO=12$(LATER)", "LATER=x", "EMPTY="});
    CHECK(web.command == Words{"a", "1", "$(ONE)", "$1", "$(NONE)", "$(ONE", "5$"});
    CHECK(web.arguments == Words{"12$(LATER)-12$(LATER)"});
}

TEST_CASE("a readiness probe asks the pod's own address by default") {
    const auto probe = [](const std::string& fields) {
        return container("      ports: [{name: http, containerPort: 8080}]\n      readinessProbe: " + fields + "\n")
            .readiness;
    };
    CHECK(probe("{httpGet: {port: 80}}") == HttpProbe{"http://127.0.0.1:80/", {}, 1});
    CHECK(probe("{httpGet: {port: http, path: /health?level=ready}, timeoutSeconds: 3}") ==
          HttpProbe{"http://127.0.0.1:8080/health?level=ready", {}, 3});
    CHECK(probe("{httpGet: {port: 443, scheme: HTTPS, host: '::1', path: x, httpHeaders: [{name: A, value: b}]}}") ==
          HttpProbe{"https://[::1]:443/x", {{"A", "b"}}, 1});
}

TEST_CASE("users, mounts, ports and volumes are read") {
    const auto text = pod(R"yaml(      securityContext: {runAsUser: 991, readOnlyRootFilesystem: true}
      workingDir: /srv
      ports: [{containerPort: 80, hostPort: 80, protocol: TCP}, {containerPort: 53, protocol: UDP}]
      volumeMounts:
        - {name: data, mountPath: /data, subPath: "$(NAME)/x", readOnly: true}
      env: [{name: NAME, value: n}]
)yaml",
                          R"yaml(  securityContext: {runAsGroup: 7, runAsNonRoot: true}
  hostNetwork: true
  hostname: other
  terminationGracePeriodSeconds: 5
  volumes:
    - {name: data, hostPath: {path: /srv/data, type: DirectoryOrCreate}}
    - {name: quick, emptyDir: {medium: Memory}}
    - {name: slow, emptyDir: {}}
)yaml");
    const auto reading = read_pod(text, "pod.yaml");
    REQUIRE(reading.pod);
    const auto& web = reading.pod->containers.at(0);
    CHECK((web.user == "991" && web.group == "7"));
    CHECK(web.read_only_root);
    CHECK(web.working_dir == "/srv");
    REQUIRE(web.ports.size() == 1);
    CHECK((web.ports[0].port == 80 && web.ports[0].host_port == 80));
    REQUIRE(web.mounts.size() == 1);
    CHECK(web.mounts[0].sub_path == "n/x");
    CHECK(web.mounts[0].read_only);
    CHECK(web.never_root);
    CHECK(reading.pod->hostname == "other");
    CHECK(reading.pod->host_network);
    CHECK(reading.pod->grace_seconds == 5);
    const auto& volumes = reading.pod->volumes;
    CHECK((volumes.at("data").path == "/srv/data" && volumes.at("data").type == "DirectoryOrCreate"));
    CHECK(volumes.at("quick").kind == PodVolume::Kind::memory);
    CHECK(volumes.at("slow").kind == PodVolume::Kind::empty);
}

TEST_CASE("what is no pod is said as such") {
    CHECK(said("") == Words{"1:1 RB1170 this is no Pod: there is no map of keys and values"});
    CHECK(said("[1]") == Words{"1:1 RB1170 this is no Pod: there is no map of keys and values"});
    CHECK(said("apiVersion: apps/v1\nkind: Deployment\n") == Words{"2:7 RB1170 this is no Pod but a Deployment"});
    CHECK(said("name: x\n") == Words{"1:1 RB1170 this is no Pod but something else"});
    CHECK(
        said("apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: b}]}\n").at(0).find("needs 'metadata'") !=
        std::string::npos);
    CHECK(said("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n").at(0).find("needs 'spec'") != std::string::npos);
    CHECK(said("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\n").at(0).find("a pod needs containers") !=
          std::string::npos);
}

TEST_CASE("each mistake has its place") {
    CHECK(of_container("      comand: [x]\n") == Words{"8:7 RB0310 a container has no key 'comand'"});
    CHECK(of_container("      command: x\n") == Words{"8:16 RB0313 'command' must be a list, not a text"});
    CHECK(of_container("      env: [{value: x}]\n") == Words{"8:13 RB1171 a variable needs 'name'"});
    CHECK(of_container("      env: [{name: A, value: yes}]\n") ==
          Words{"8:30 RB0313 'value' must be a text, not the boolean yes"});
    CHECK(of_container("      workingDir: srv\n") ==
          Words{"8:19 RB1171 'workingDir' must be an absolute path, not 'srv'"});
    CHECK(of_container("      ports: [{containerPort: 70000}]\n") ==
          Words{"8:31 RB1171 'containerPort' must be a number from 1 to 65535"});
    CHECK(of_container("      volumeMounts: [{name: v, mountPath: /v}]\n") ==
          Words{"8:22 RB1171 there is no volume 'v'"});
    CHECK(of_container("      volumeMounts: [{name: v, mountPath: /v, subPath: ../x}]\n",
                       "  volumes: [{name: v, emptyDir: {}}]\n") == Words{"9:56 RB1171 'subPath' can't be '../x'"});
    CHECK(of_container("      readinessProbe: {httpGet: {port: nobody}}\n") ==
          Words{"8:40 RB1171 the container has no port 'nobody'"});
    CHECK(of_container("      readinessProbe: {exec: {command: [x]}}\n") ==
          Words{"8:24 RB1171 a readiness probe can't be 'exec' here"});
    CHECK(of_container("    - name: web\n      image: x\n") == Words{"8:7 RB1171 two containers are called 'web'"});
    CHECK(of_container("    - name: Web_1\n      image: x\n") == Words{"8:13 RB1171 'Web_1' can't be a name"});
    CHECK(of_container("    - name: b\n") == Words{"8:7 RB0312 a container needs 'image'"});
    CHECK(of_container("", "  volumes: [{name: v}]\n") ==
          Words{"5:13 RB1171 the volume 'v' is neither emptyDir nor hostPath"});
    CHECK(of_container("", "  volumes: [{name: v, secret: {}}]\n") ==
          Words{"5:23 RB1171 there is no cluster that would have a 'secret'"});
    CHECK(of_container("", "  volumes: [{name: v, emptyDir: {}}, {name: v, emptyDir: {}}]\n") ==
          Words{"5:38 RB1171 two volumes are called 'v'"});
    CHECK(of_container("      securityContext: {runAsUser: -1}\n") ==
          Words{"8:36 RB1171 'runAsUser' must be a number from 0 to 4294967294"});
}

TEST_CASE("an init container that goes on would hold the pod up for ever") {
    CHECK(of_container("", "  initContainers:\n    - {name: i, image: x, restartPolicy: Always}\n") ==
          Words{"6:27 RB1171 a container that goes on beside the pod isn't had among the init containers"});
}

TEST_CASE("one volume that can't be had hides no other") {
    CHECK(of_container("      volumeMounts: [{name: data, mountPath: /d}]\n",
                       "  volumes: [{name: c, configMap: {}}, {name: data, emptyDir: {}}]\n") ==
          Words{"5:23 RB1171 there is no cluster that would have a 'configMap'"});
}

TEST_CASE("what is known and has no effect is a warning, never silence") {
    const auto text = pod("      livenessProbe: {httpGet: {port: 80}}\n      resources: {limits: {cpu: 1}}\n",
                          "  restartPolicy: Always\n");
    const auto reading = read_pod(text, "pod.yaml");
    REQUIRE(reading.pod);
    REQUIRE(reading.diagnostics.size() == 3);
    for (const auto& item : reading.diagnostics) {
        CHECK(item.code == "RB1172");
        CHECK(item.severity == Severity::warning);
    }
}
