#include "registry/credentials.hpp"

#include "fakes/processes.hpp"
#include "unit/image/fixture.hpp"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using fakes::ScriptedProcesses;

namespace {

struct Home {
    TempFolder folder = get(TempFolder::make(fs::temp_directory_path(), "credentials-test-"));
    Host host;
    ScriptedProcesses processes;

    explicit Home(ScriptedProcesses::Script script = {}) : processes(std::move(script)) {
        host.uid = 4711;
        host.environment = {{"HOME", folder.path().native()},
                            {"XDG_RUNTIME_DIR", (folder.path() / "run").native()},
                            {"PATH", "/usr/bin"}};
    }
    void write(const std::string& name, std::string_view text) const {
        get(make_folders((folder.path() / name).parent_path()));
        get(write_file(folder.path() / name, text));
    }
    std::string text(const std::string& name) const { return get(read_file(folder.path() / name)); }
    Credentials credentials() { return {host, processes}; }
    /// `user:secret`, with `token:` in front of an identity token; "(none)".
    std::string find(const std::string& registry, const std::string& repository = "team/app") {
        const auto found = get(credentials().find(registry, repository));
        if (!found) return "(none)";
        return (found->is_identity_token ? "token:" : "") + found->username + ":" + found->secret;
    }
};

constexpr const char* docker = ".docker/config.json";
// base64 of "ada:pw", made with coreutils.
constexpr const char* ada = "YWRhOnB3";

std::string auths(const std::string& entries) { return R"({"auths":{)" + entries + "}}"; }
std::string entry(const std::string& key, const std::string& auth) {
    return "\"" + key + R"(":{"auth":")" + auth + "\"}";
}

Finished says(std::string output, int code = 0) { return {code, std::move(output), {}}; }

}  // namespace

TEST_CASE("nobody who never logged in has credentials") {
    Home home;
    CHECK(home.find("ghcr.io") == "(none)");
    home.write(docker, "");
    CHECK(home.find("ghcr.io") == "(none)");
    home.write(docker, "{}");
    CHECK(home.find("ghcr.io") == "(none)");
    home.write(docker, auths(entry("other.io", ada)));
    CHECK(home.find("ghcr.io") == "(none)");
    CHECK(home.processes.commands.empty());
}

TEST_CASE("files are asked in Podman's order, the first that knows wins") {
    Home home;
    home.write(docker, auths(entry("ghcr.io", "Yzpj")));  // c:c
    CHECK(home.find("ghcr.io") == "c:c");
    home.write(".config/containers/auth.json", auths(entry("ghcr.io", "Yjpi")));  // b:b
    CHECK(home.find("ghcr.io") == "b:b");
    home.write("run/containers/auth.json", auths(entry("other.io", "YTph")));
    CHECK(home.find("ghcr.io") == "b:b");
    home.write("run/containers/auth.json", auths(entry("ghcr.io", "YTph")));  // a:a
    CHECK(home.find("ghcr.io") == "a:a");
    const auto source = get(home.credentials().find("ghcr.io", "x"))->source;
    CHECK(source.find("ghcr.io") != std::string::npos);
    CHECK(source.find("run/containers/auth.json") != std::string::npos);
}

TEST_CASE("a folder or file that the environment names is the only one") {
    Home home;
    home.write(docker, auths(entry("ghcr.io", ada)));
    home.write("other/config.json", auths(entry("a.io", "YTph")));
    home.write("third.json", auths(entry("b.io", "Yjpi")));
    home.host.environment["DOCKER_CONFIG"] = (home.folder.path() / "other").native();
    CHECK(home.find("ghcr.io") == "(none)");
    CHECK(home.find("a.io") == "a:a");
    home.host.environment["REGISTRY_AUTH_FILE"] = (home.folder.path() / "third.json").native();
    CHECK(home.find("a.io") == "(none)");
    CHECK(home.find("b.io") == "b:b");
}

TEST_CASE("the longest key that holds the repository wins") {
    Home home;
    home.write(docker, auths(entry("ghcr.io", "aG9zdDo0") + "," + entry("ghcr.io/team", "dGVhbTox") + "," +
                             entry("ghcr.io/team/app", "YXBwOjI=")));
    CHECK(home.find("ghcr.io", "team/app") == "app:2");
    CHECK(home.find("ghcr.io", "team/app/deep") == "app:2");
    CHECK(home.find("ghcr.io", "team/other") == "team:1");
    CHECK(home.find("ghcr.io", "teamwork") == "host:4");
}

TEST_CASE("keys may be addresses, and Docker Hub has one under any of its names") {
    Home home;
    home.write(docker, auths(entry("https://quay.io/v2/", ada)));
    CHECK(home.find("quay.io") == "ada:pw");
    for (const std::string key :
         {"https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io", "https://docker.io"}) {
        INFO(key);
        home.write(docker, auths(entry(key, ada)));
        for (const std::string registry : {"docker.io", "index.docker.io", "registry-1.docker.io"})
            CHECK(home.find(registry, "library/nginx") == "ada:pw");
        CHECK(home.find("ghcr.io") == "(none)");
    }
    home.write(docker, auths(entry("127.0.0.1:5000", ada)));
    CHECK(home.find("127.0.0.1:5000") == "ada:pw");
    CHECK(home.find("127.0.0.1:5001") == "(none)");
}

TEST_CASE("passwords may hold colons, trailing NULs are none of it") {
    Home home;
    home.write(docker, auths(entry("ghcr.io", "cm9ib3Q6cHc6d2l0aDpjb2xvbnM=")));  // robot:pw:with:colons
    CHECK(home.find("ghcr.io") == "robot:pw:with:colons");
    home.write(docker, auths(entry("ghcr.io", "YWRhOnB3AAA=")));  // ada:pw\0\0
    CHECK(home.find("ghcr.io") == "ada:pw");
}

TEST_CASE("user names and identity tokens stand in members of their own") {
    Home home;
    home.write(docker, auths(R"("a.io":{"username":"ada","password":"p:w"},"b.io":{"identitytoken":"tok"},
        "c.io":{"auth":"YWRhOg==","identitytoken":"tok"},"d.io":{},"e.io":7,"f.io":{"auth":"bm9jb2xvbg=="},
        "g.io":{"auth":"!!"},"h.io":{"auth":5})"));
    CHECK(home.find("a.io") == "ada:p:w");
    CHECK(home.find("b.io") == "token::tok");
    CHECK(home.find("c.io") == "token:ada:tok");
    for (const std::string none : {"d.io", "e.io", "f.io", "g.io", "h.io"}) CHECK(home.find(none) == "(none)");
}

TEST_CASE("a file that is no JSON object is an error that names it") {
    Home home;
    for (const std::string bad : {"{", "[]", "x", "{\"auths\":", "\xff"}) {
        home.write(docker, bad);
        const auto result = home.credentials().find("ghcr.io", "a");
        REQUIRE(code_of(result) == "RB1540");
        CHECK(result.error().message.find(".docker/config.json") != std::string::npos);
        CHECK(code_of(home.credentials().keep("ghcr.io", {"a", "b", false, {}})) == "RB1540");
        CHECK(home.text(docker) == bad);
    }
    home.write(docker, R"({"auths":[1],"credHelpers":"x","credsStore":3})");
    CHECK(home.find("ghcr.io") == "(none)");
}

TEST_CASE("a helper is asked by its protocol, for its registry alone") {
    Home home([](const Command& command) -> Result<Finished> {
        CHECK(command.arguments == std::vector<std::string>{"docker-credential-box", "get"});
        CHECK(command.input == "ghcr.io");
        CHECK(command.environment.contains("PATH"));
        CHECK(command.timeout_seconds > 0);
        return says(R"({"ServerURL":"ghcr.io","Username":"ada","Secret":"s"})"
                    "\n");
    });
    home.write(docker, R"({"credHelpers":{"ghcr.io":"box"}})");
    CHECK(home.find("ghcr.io") == "ada:s");
    CHECK(get(home.credentials().find("ghcr.io", "a"))->source == "docker-credential-box");
    const auto asked = home.processes.commands.size();
    CHECK(home.find("other.io") == "(none)");
    CHECK(home.processes.commands.size() == asked);
}

TEST_CASE("a helper of all registries gives identity tokens too, and is asked for Docker Hub by its old address") {
    Home home([](const Command& command) -> Result<Finished> {
        if (command.input == "https://index.docker.io/v1/") return says(R"({"Username":"<token>","Secret":"tok"})");
        return says("credentials not found in native keychain\n", 1);
    });
    home.write(docker, R"({"credsStore":"box","auths":{)" + entry("b.io", ada) + "}}");
    CHECK(home.find("docker.io", "library/x") == "token:<token>:tok");
    CHECK(home.find("a.io") == "(none)");
    CHECK(home.find("b.io") == "ada:pw");
}

TEST_CASE("a helper that fails says why") {
    Home home([](const Command&) -> Result<Finished> { return Finished{1, "", "the keychain is locked\n"}; });
    home.write(docker, R"({"credsStore":"box"})");
    const auto result = home.credentials().find("a.io", "x");
    REQUIRE(code_of(result) == "RB1540");
    CHECK(result.error().message.find("the keychain is locked") != std::string::npos);

    Home lost;
    lost.write(docker, R"({"credsStore":"box"})");
    CHECK(code_of(lost.credentials().find("a.io", "x")) == "RB0110");

    Home sly([](const Command&) -> Result<Finished> { return says("{}"); });
    sly.write(docker, R"({"credsStore":"../../bin/sh"})");
    CHECK(code_of(sly.credentials().find("a.io", "x")) == "RB1540");
    CHECK(sly.processes.commands.empty());

    Home odd([](const Command&) -> Result<Finished> { return says("no JSON"); });
    odd.write(docker, R"({"credsStore":"box"})");
    CHECK(odd.find("a.io") == "(none)");
}

TEST_CASE("what is kept is found again, and other members and entries stay") {
    Home home;
    home.write(docker, R"({"psFormat":"x","auths":{)" + entry("other.io", ada) + R"(},"proxies":{"a":1}})");
    CHECK(get(home.credentials().keep("ghcr.io", {"robot", "p:w", false, {}})) ==
          (home.folder.path() / docker).native());
    CHECK(home.find("ghcr.io") == "robot:p:w");
    CHECK(home.find("other.io") == "ada:pw");
    const auto json = nlohmann::json::parse(home.text(docker));
    CHECK(json["psFormat"] == "x");
    CHECK(json["proxies"]["a"] == 1);
    CHECK(json["auths"]["ghcr.io"]["auth"] == "cm9ib3Q6cDp3");  // by coreutils' base64
    struct stat status{};
    REQUIRE(::stat((home.folder.path() / docker).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);

    get(home.credentials().keep("ghcr.io", {"<token>", "tok", true, {}}));
    CHECK(home.find("ghcr.io") == "token:<token>:tok");
    get(home.credentials().keep("docker.io", {"hub", "h", false, {}}));
    CHECK(nlohmann::json::parse(home.text(docker))["auths"].contains("https://index.docker.io/v1/"));
    CHECK(home.find("docker.io") == "hub:h");
}

TEST_CASE("a file is made where there is none, readable to its owner alone") {
    Home home;
    home.host.environment["REGISTRY_AUTH_FILE"] = (home.folder.path() / "new/auth.json").native();
    CHECK(get(home.credentials().keep("ghcr.io", {"a", "b", false, {}})) ==
          (home.folder.path() / "new/auth.json").native());
    struct stat status{};
    REQUIRE(::stat((home.folder.path() / "new/auth.json").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(home.find("ghcr.io") == "a:b");
}

TEST_CASE("forgetting takes every spelling of the registry and nothing else") {
    Home home;
    home.write(docker, auths(entry("https://ghcr.io/v1/", ada) + "," + entry("ghcr.io", ada) + "," +
                             entry("ghcr.io/team", "dGVhbTox") + "," + entry("other.io", ada)));
    CHECK(get(home.credentials().forget("ghcr.io")));
    CHECK(home.find("ghcr.io", "x") == "(none)");
    CHECK(home.find("ghcr.io", "team/x") == "team:1");
    CHECK(home.find("other.io") == "ada:pw");
    const auto left = home.text(docker);
    CHECK_FALSE(get(home.credentials().forget("ghcr.io")));
    CHECK(home.text(docker) == left);
}

TEST_CASE("a helper keeps and forgets by its own verbs, and no file gets the secret") {
    std::string kept;
    Home home([&](const Command& command) -> Result<Finished> {
        const auto& verb = command.arguments.at(1);
        if (verb == "store") kept = command.input;
        if (verb == "erase") kept.clear();
        if (verb != "get") return says("");
        return kept.empty() ? says("credentials not found in native keychain", 1) : says(kept);
    });
    const std::string config = R"({"credHelpers":{"ghcr.io":"box"}})";
    home.write(docker, config);
    CHECK(get(home.credentials().keep("ghcr.io", {"ada", "s:1", false, {}})) == "docker-credential-box");
    const auto json = nlohmann::json::parse(kept);
    CHECK(json["ServerURL"] == "ghcr.io");
    CHECK(json["Username"] == "ada");
    CHECK(json["Secret"] == "s:1");
    CHECK(home.text(docker) == config);
    CHECK(home.find("ghcr.io") == "ada:s:1");
    CHECK(get(home.credentials().forget("ghcr.io")));
    CHECK(home.find("ghcr.io") == "(none)");
    CHECK_FALSE(get(home.credentials().forget("ghcr.io")));
}

TEST_CASE("what is kept wins over an older entry under another spelling of the registry") {
    Home home;
    home.write(docker, auths(entry("docker.io", ada) + "," + entry("https://ghcr.io", ada)));
    get(home.credentials().keep("docker.io", {"new", "n", false, {}}));
    get(home.credentials().keep("ghcr.io", {"new", "n", false, {}}));
    CHECK(home.find("docker.io") == "new:n");
    CHECK(home.find("ghcr.io") == "new:n");
}

TEST_CASE("a password that is no UTF-8 is refused with words, where a helper should keep it") {
    Home home([](const Command&) -> Result<Finished> { return says(""); });
    home.write(docker, R"({"credsStore":"box"})");
    const auto kept = home.credentials().keep("ghcr.io", {"ada", "\xe9t\xe9", false, {}});
    REQUIRE_FALSE(kept);
    CHECK(kept.error().code == "RB1541");
}

TEST_CASE("an odd file is refused or mended, never the program's end") {
    Home home;
    home.write(docker, R"({"auths":[]})");
    CHECK_NOTHROW((void)home.credentials().keep("ghcr.io", {"ada", "pw", false, {}}));
}
