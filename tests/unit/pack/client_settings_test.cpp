// What reaches a step's package clients of the host's settings: registries, proxies and tokens, and nothing else.
#include "pack/client_settings.hpp"

#include "pack/java_trust.hpp"
#include "system/file.hpp"
#include "system/process.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

struct Machine {
    TempFolder folder = *TempFolder::make(fs::temp_directory_path(), "clients-");
    Host host;

    Machine() { host.environment["HOME"] = (folder.path() / "home").native(); }

    void write(const std::string& path, const std::string& text) const {
        REQUIRE(make_folders((folder.path() / path).parent_path()));
        REQUIRE(write_file(folder.path() / path, text));
    }
    SandboxTransport read(std::string_view certificates = {}) const {
        return client_settings(host, certificates, folder.path().native());
    }
};

std::string file(const SandboxTransport& settings, const std::string& inside) {
    for (const auto& item : settings.files)
        if (item.inside == inside) return item.content;
    return "(none)";
}

}  // namespace

TEST_CASE("a machine without settings has none to give") {
    const auto settings = Machine().read();
    CHECK(settings.files.empty());
    CHECK(settings.environment.empty());
}

TEST_CASE("Go's settings come from its file, the environment has the last word, and what isn't transport stays") {
    Machine machine;
    machine.write("home/.config/go/env",
                  "GOPROXY=https://goproxy.example.org\nGOFLAGS=-mod=mod\nGONOSUMDB=example.org/*\n");
    machine.host.environment["GONOSUMDB"] = "other.example.org";
    CHECK(machine.read().environment == std::map<std::string, std::string>{{"GOPROXY", "https://goproxy.example.org"},
                                                                           {"GONOSUMDB", "other.example.org"}});
    machine.host.environment["GOENV"] = "off";
    CHECK(machine.read().environment.count("GOPROXY") == 0);
}

TEST_CASE("pip's files have an order, [install] the last word in each, and lists go on in the next line") {
    Machine machine;
    machine.write("etc/pip.conf",
                  "# all\n[global]\nindex-url = https://a.example.org/simple\ncert = /etc/ca.pem\nretries: 9\n");
    machine.write(
        "home/.config/pip/pip.conf",
        "[install]\nindex_url = https://b.example.org/simple\n[global]\nindex-url = https://c.example.org\n"
        "extra-index-url =\n    https://d.example.org\n    https://e.example.org\nfind-links = /opt/wheels\n");
    machine.host.environment["PIP_TRUSTED_HOST"] = "d.example.org";
    CHECK(machine.read().environment ==
          std::map<std::string, std::string>{{"PIP_INDEX_URL", "https://b.example.org/simple"},
                                             {"PIP_EXTRA_INDEX_URL", "https://d.example.org https://e.example.org"},
                                             {"PIP_RETRIES", "9"},
                                             {"PIP_TRUSTED_HOST", "d.example.org"}});
    machine.host.environment["PIP_CONFIG_FILE"] = "/dev/null";
    CHECK(machine.read().environment.size() == 1);
}

TEST_CASE("npm's registries and tokens become the step's global settings") {
    Machine machine;
    machine.write("etc/npmrc", "registry=https://r.example.org/\ncafile=/etc/ca.pem\naudit=false\n");
    machine.write("home/.npmrc",
                  "; mine\n@me:registry=https://m.example.org/\n//m.example.org/:_authToken=${TOKEN}\n"
                  "//m.example.org/:certfile=/etc/me.pem\nprefix=/opt/node\n");
    machine.host.environment["TOKEN"] = "secret";
    const auto settings = machine.read();
    CHECK(settings.environment ==
          std::map<std::string, std::string>{{"npm_config_globalconfig", "/run/rockbuild/npmrc"}});
    CHECK(file(settings, "/run/rockbuild/npmrc") ==
          "registry=https://r.example.org/\n@me:registry=https://m.example.org/\n//m.example.org/:_authToken=secret\n");
}

TEST_CASE("Maven's and Gradle's files are copied to where the step's look") {
    Machine machine;
    machine.write("home/.m2/settings.xml", "<settings>mine</settings>");
    machine.write("etc/maven/settings.xml", "<settings>all</settings>");
    machine.write("home/.gradle/init.d/mirror.gradle", "mirror");
    machine.write("home/.gradle/init.d/notes.txt", "none");
    machine.write("home/.gradle/gradle.properties",
                  "org.gradle.caching=true\nsystemProp.https.proxyHost=p.example.org\n");
    const auto settings = machine.read();
    CHECK(file(settings, "/root/.m2/settings.xml") == "<settings>mine</settings>");
    CHECK(file(settings, "/run/rockbuild/maven-settings.xml") == "<settings>all</settings>");
    CHECK(file(settings, "/run/rockbuild/gradle/mirror.gradle") == "mirror");
    CHECK(file(settings, "/run/rockbuild/java.options") == "-Dhttps.proxyHost=p.example.org\n");
    CHECK(settings.files.size() == 4);
}

TEST_CASE("Java gets the proxies as properties, by a file that it doesn't print") {
    Machine machine;
    machine.host.environment["https_proxy"] = "http://me:pass@proxy.example.org:3128/";
    machine.host.environment["HTTP_PROXY"] = "proxy.example.org";
    machine.host.environment["no_proxy"] = "localhost, .example.net";
    const auto settings = machine.read();
    CHECK(
        file(settings, "/run/rockbuild/java.options") ==
        "-Dhttp.proxyHost=proxy.example.org\n-Dhttps.proxyUser=me\n-Dhttps.proxyPassword=pass\n"
        "-Dhttps.proxyHost=proxy.example.org\n-Dhttps.proxyPort=3128\n-Dhttp.nonProxyHosts=localhost|*.example.net\n");
    CHECK(settings.environment.at("JAVA_TOOL_OPTIONS").find("proxy") == std::string::npos);
}

TEST_CASE("Java's own tool reads the trust store and finds each certificate in it") {
    const auto bundle = read_file_if_any("/etc/ssl/certs/ca-certificates.crt");
    if (!bundle || !*bundle || !find_program("keytool", {{"PATH", "/usr/bin:/bin"}})) {
        WARN("skipped: keytool or a bundle of certificates is missing");
        return;
    }
    std::size_t count = 0;
    for (std::size_t at = 0; (at = (*bundle)->find("-----BEGIN CERTIFICATE-----", at)) != std::string::npos; ++at)
        ++count;
    const auto folder = *TempFolder::make(fs::temp_directory_path(), "trust-");
    const auto store = (folder.path() / "store").native();
    REQUIRE(write_file(store, java_trust_store(**bundle)));
    const auto listed =
        HostProcesses().run({{"keytool", "-J-Duser.language=en", "-list", "-keystore", store, "-storepass", "changeit"},
                             {{"PATH", "/usr/bin:/bin"}}},
                            {});
    REQUIRE(listed);
    INFO(listed->output);
    CHECK(listed->code == 0);
    std::size_t trusted = 0;
    for (std::size_t at = 0; (at = listed->output.find("trustedCertEntry", at)) != std::string::npos; ++at) ++trusted;
    CHECK(trusted == count);
    const auto wrong = HostProcesses().run(
        {{"keytool", "-list", "-keystore", store, "-storepass", "changed"}, {{"PATH", "/usr/bin:/bin"}}}, {});
    REQUIRE(wrong);
    CHECK(wrong->code != 0);
}
