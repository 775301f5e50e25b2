#include "bases/bootstrap.hpp"

#include "system/file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace rockbuild;

namespace {

Bootstrap sample() {
    return {*find_release("debian@12"),
            *arch_from_debian("amd64"),
            {"http://mirror.example.org/debian", "http://security.example.org/debian-security", "--mirror"},
            "/keys.gpg",
            true,
            "/w/root.tar",
            "/w"};
}

bool has(const std::vector<std::string>& list, const std::string& item) {
    return std::ranges::find(list, item) != list.end();
}

}  // namespace

TEST_CASE("mmdebstrap is asked for the minimal root of three suites") {
    const auto arguments = bootstrap_arguments(sample(), {});
    CHECK(has(arguments, "mmdebstrap"));
    for (const auto* wanted : {"--variant=minbase", "--mode=root", "--architectures=amd64"})
        CHECK(has(arguments, wanted));
    CHECK(std::vector(arguments.end() - 5, arguments.end()) ==
          std::vector<std::string>{
              "bookworm", "/w/root.tar", "deb [signed-by=/keys.gpg] http://mirror.example.org/debian bookworm main",
              "deb [signed-by=/keys.gpg] http://mirror.example.org/debian bookworm-updates main",
              "deb [signed-by=/keys.gpg] http://security.example.org/debian-security bookworm-security main"});
}

TEST_CASE("an ordinary user's root is made in a user namespace; no security archive, no such suite") {
    auto bootstrap = sample();
    bootstrap.as_root = false;
    bootstrap.mirror.security.clear();
    const auto arguments = bootstrap_arguments(bootstrap, {});
    CHECK(arguments.front() == "mmdebstrap");
    CHECK(has(arguments, "--mode=unshare"));
    CHECK(arguments.back() == "deb [signed-by=/keys.gpg] http://mirror.example.org/debian bookworm-updates main");
}

TEST_CASE("proxies and the CA bundle reach mmdebstrap, nothing else of the environment does") {
    const std::map<std::string, std::string> host{{"https_proxy", "http://proxy.example.org:3128"},
                                                  {"CURL_CA_BUNDLE", "/ca.crt"},
                                                  {"APT_CONFIG", "/host/apt.conf"},
                                                  {"SOURCE_DATE_EPOCH", "7"},
                                                  {"TMPDIR", "/elsewhere"},
                                                  {"TZ", "Asia/Tokyo"}};
    CHECK(has(bootstrap_arguments(sample(), host), "--aptopt=Acquire::https::CAInfo \"/ca.crt\""));
    const auto environment = bootstrap_environment(sample(), host);
    CHECK(environment.at("https_proxy") == "http://proxy.example.org:3128");
    CHECK(environment.at("SOURCE_DATE_EPOCH") == "1686355200");
    CHECK(environment.at("TMPDIR") == "/w");
    CHECK_FALSE(environment.contains("APT_CONFIG"));
    CHECK_FALSE(environment.contains("TZ"));
}

TEST_CASE("mmdebstrap's last words tell the cause") {
    struct Case {
        const char* line;
        const char* code;
        ExitCode exit;
        const char* says;
    };
    const auto bootstrap = sample();
    for (const auto& [line, code, exit, says] :
         {Case{"E: Could not connect to mirror.example.org:80 (192.0.2.1). - connect (111: Connection refused)",
               "RB0851", ExitCode::remote_timeout,
               "the Debian mirror http://mirror.example.org/debian can't be reached"},
          Case{"W: GPG error: http://mirror.example.org/debian bookworm InRelease: NO_PUBKEY 0E98404D386FA1D9",
               "RB0851", ExitCode::failure, "isn't signed by a key of /keys.gpg"},
          Case{"E: The repository 'http://mirror.example.org/debian bookworm Release' does not have a Release file.",
               "RB0851", ExitCode::failure, "lacks files of bookworm"},
          Case{"tar: cannot write: No space left on device", "RB0101", ExitCode::cannot_write, "no space left"},
          Case{"E: setup failed: something else", "RB0851", ExitCode::failure, "mmdebstrap failed"}}) {
        const auto failure = bootstrap_failure(bootstrap, {"I: running apt-get update...", line});
        INFO(line);
        CHECK(failure.code == code);
        CHECK(failure.exit == exit);
        CHECK(failure.message.find(says) != std::string::npos);
        CHECK(failure.message.starts_with("debian@12 can't be made: "));
        CHECK(failure.excerpt.back() == line);
        CHECK_FALSE(failure.hint.empty());
    }
}

TEST_CASE("a user without subordinate ids gets the cure") {
    auto bootstrap = sample();
    bootstrap.as_root = false;
    const auto failure = bootstrap_failure(bootstrap, {"E: failed to parse /etc/subuid and /etc/subgid"});
    CHECK(failure.code == "RB0852");
    CHECK(failure.exit == ExitCode::unable);
    CHECK(failure.hint.find("usermod --add-subuids") != std::string::npos);
}

TEST_CASE("a machine that lets nobody mount is told as such, not as a mirror's fault") {
    auto bootstrap = sample();
    CHECK(bootstrap_failure(bootstrap, {"unshare: unshare failed: Operation not permitted"}).code == "RB0852");
    bootstrap.as_root = false;
    const auto failure = bootstrap_failure(bootstrap, {"E: unable to create user namespace"});
    CHECK(failure.code == "RB0852");
    CHECK(failure.exit == ExitCode::unable);
}

TEST_CASE("an unreachable mirror: the hint names the way to another one, and no password is told") {
    auto bootstrap = sample();
    bootstrap.mirror.main = "http://user:secret@mirror.example.org/debian";
    const auto failure = bootstrap_failure(bootstrap, {"E: Could not resolve 'mirror.example.org'"});
    CHECK(failure.hint.find("--mirror") != std::string::npos);
    CHECK(failure.hint.find("ROCKBUILD_DEBIAN_MIRROR") != std::string::npos);
    CHECK(failure.message.find("secret") == std::string::npos);
    CHECK(without_credentials("http://mirror.example.org/a@b") == "http://mirror.example.org/a@b");
    CHECK(without_credentials("file:/srv/debian") == "file:/srv/debian");
}

TEST_CASE("a folder is passable only if all above it are") {
    const auto folder = TempFolder::make(fs::temp_directory_path(), "passable-").value();  // mode 0700
    const auto inner = folder.path() / "inner";
    REQUIRE(make_folders(inner));
    fs::permissions(inner, fs::perms(0777));
    CHECK(passable({"", inner, folder.path() / "absent", "/"}) == "/");
    CHECK(passable({inner}) == inner);
    fs::permissions(folder.path(), fs::perms(0711));
    CHECK(passable({inner, "/"}) == inner);
}

TEST_CASE("root's mmdebstrap mounts in a namespace of its own") {
    const auto arguments = bootstrap_arguments(sample(), {});
    CHECK(std::vector(arguments.begin(), arguments.begin() + 6) ==
          std::vector<std::string>{"unshare", "--mount", "--propagation", "private", "--", "mmdebstrap"});
}

TEST_CASE("mounts below a folder are seen, by components and unescaped") {
    constexpr const char* mounts =
        "30 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
        "44 30 0:27 / /scratch/base-x/root/dev/shm rw,relatime - tmpfs tmpfs rw\n"
        "45 30 0:28 / /with\\040blank/y rw - tmpfs tmpfs rw\n";
    CHECK(has_mounts_below(mounts, "/scratch/base-x"));
    CHECK(has_mounts_below(mounts, "/scratch/base-x/root/dev/shm"));
    CHECK(has_mounts_below(mounts, "/with blank"));
    CHECK_FALSE(has_mounts_below(mounts, "/scratch/base"));
    CHECK_FALSE(has_mounts_below(mounts, "/scratch/base-x/root/dev/shm/x"));
    CHECK_FALSE(has_mounts_below("", "/scratch"));
}
