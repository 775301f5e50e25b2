// Sources resolved and fetched: files from the project and from a server on loopback, repositories made by git.
// It is long because each kind of source has its own ways to be wrong, and all are tried in one yard.
#include "parts/sources.hpp"

#include "fakes/trees.hpp"
#include "fakes/web_server.hpp"
#include "parts/sources/checksum.hpp"
#include "parts/sources/git_address.hpp"
#include "parts/sources/resolved.hpp"
#include "system/file.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <thread>

using namespace rockbuild;
using namespace rockbuild::fakes;
namespace fs = std::filesystem;

namespace {

struct NoEvents final : EventSink {
    void on(const Event&) override {}
};
struct OwnIds final : IdSpace {
    IdMap map_;
    Result<std::string> call(std::string_view request) override { return checkout_worker(request); }
    const IdMap& map() const override { return map_; }
};
struct NoArchive final : PackageArchive {
    Result<Resolution> resolve(const Wish&, const std::stop_token&) override { return fail("RB0810", "none"); }
    Result<void> fetch(const Resolution&, const std::stop_token&, const Arrived&) override { return {}; }
};

Span at(std::uint32_t line) { return {"rockcraft.yaml", {line, 3}, {line, 9}}; }

struct Yard {
    TempFolder folder = *TempFolder::make(fs::temp_directory_path(), "sources-");
    fs::path project_dir = folder.path() / "project";
    std::unique_ptr<Store> store = *Store::open(folder.path() / "store");
    OwnIds ids;
    Checkouts checkouts{*store, ids};
    NoEvents events;
    NoArchive archive;
    std::unique_ptr<Http> http = make_http({});
    HostProcesses processes;
    Project project;
    Job job{project,
            {"amd64", {architectures[0]}, architectures[0], {}},
            architectures[0],
            project_dir,
            "",
            default_time,
            {},
            false,
            false};
    Workshop workshop{*store,
                      checkouts,
                      events,
                      {},
                      {},
                      {},
                      {},
                      archive,
                      archive,
                      {},
                      {},
                      {},
                      {},
                      folder.path() / "logs",
                      {*http, processes, {{"PATH", std::getenv("PATH")}, {"HOME", folder.path().native()}}}};

    Yard() { REQUIRE(make_folders(project_dir)); }

    void write(const std::string& path, const std::string& text) {
        REQUIRE(make_folders((project_dir / path).parent_path()));
        REQUIRE(write_file(project_dir / path, text));
    }
    static Part part(const std::string& source, const std::string& type = "") {
        Part part;
        part.name = "p";
        part.source = PlacedText{source, at(7)};
        if (!type.empty()) part.source_type = PlacedText{type, at(8)};
        return part;
    }

    Result<Value> resolve(const Part& part, bool planning = false) {
        SourceSteps steps(workshop, job, planning);
        return steps.resolve(part, {});
    }
    Result<Tree> get(const Part& part) {
        SourceSteps steps(workshop, job, false);
        const auto value = TRY(steps.resolve(part, {}));
        return *TRY(store->tree(TRY(steps.fetch(part, *value.digest, {}))));
    }
    Tree tree(const Part& part) {
        auto tree = get(part);
        if (!tree) {
            std::string excerpt;
            for (const auto& line : tree.error().excerpt) excerpt += "\n" + line;
            FAIL(tree.error().code << ": " << tree.error().message << excerpt);
        }
        return *tree;
    }
    Diagnostic error(const Part& part) {
        auto tree = get(part);
        REQUIRE_FALSE(tree);
        CHECK(tree.error().span.has_value());
        return tree.error();
    }
    std::string text(const Tree& tree, const std::string& path) {
        const auto* entry = tree.find(path);
        return entry == nullptr ? "absent" : *store->read(entry->digest);
    }
    /// Runs a line of the shell below `folder`, with dates and names of commits that don't change.
    std::string shell(const std::string& line, const fs::path& below = {}) const {
        const auto output = folder.path() / "output";
        const auto whole = fmt::format(
            "cd {} && export HOME={} GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
            "GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='2001-01-01T00:00:00Z' GIT_COMMITTER_DATE='2001-01-01T00:00:00Z' "
            "&& "
            "git config --global init.defaultBranch main && git config --global protocol.file.allow always && "
            "{{ {}; }} > {}",
            (below.empty() ? folder.path() : below).native(), folder.path().native(), line, output.native());
        if (std::system(whole.c_str()) != 0) FAIL(line);
        auto text = *read_file(output);
        while (text.ends_with('\n')) text.pop_back();
        return text;
    }
    /// A repository with a tagged commit and one more on main.
    void repository() const {
        shell(
            "git init -q repo && cd repo && echo one > f && printf x > run && chmod 755 run && ln -s f link && "
            "git add . && git commit -q -m one && git tag -a -m v1 v1.0 && echo two > f && git commit -q -a -m two && "
            "git checkout -q -b side && echo side > f && git commit -q -a -m side && git checkout -q main");
    }
    std::string url() const { return "file://" + (folder.path() / "repo").native(); }
    Part git(const std::string& url) const { return part(url, "git"); }
    /// What a command says in a checkout of the source.
    std::string within(const Tree& tree, const std::string& command) {
        const auto place = *checkouts.folder(*store->put_tree(tree));
        shell(fmt::format("rm -rf work && cp -r {} work", place.native()));
        return shell(command, folder.path() / "work");
    }
};

const std::string tar_line = "mkdir -p t/pkg && echo hello > t/pkg/file && tar -C t -czf x.tar.gz pkg";

}  // namespace

TEST_CASE("kinds of sources, paths and addresses") {
    CHECK(source_kind(Yard::part("x")) == "local");
    CHECK(source_kind(Yard::part("x.tar.zst")) == "tar");
    CHECK(source_kind(Yard::part("https://a/b.git")) == "git");
    CHECK(source_kind(Yard::part("x.tar", "file")) == "file");
    CHECK(is_source_path(Yard::part("a/x.git")));
    CHECK(is_source_path(Yard::part("x.zip")));
    CHECK_FALSE(is_source_path(Yard::part("git@host:x")));
    CHECK_FALSE(is_source_path(Yard::part("https://a/x.zip")));
}

TEST_CASE("what a source stands for is written and read as one") {
    ResolvedSource source;
    source.kind = "git";
    source.time = -5;
    source.clamp = 7;
    source.commit = "c";
    source.tags = {{"v1", "o", "c"}, {"v2", "c", ""}};
    source.submodules = std::vector<std::string>{"a", "b"};
    CHECK(ResolvedSource::decode(source.encode()) == source);
    CHECK_FALSE(ResolvedSource::decode("\x09"));
    CHECK_FALSE(ResolvedSource::decode(source.encode() + "x"));
}

TEST_CASE("a folder of the project is a tree, also in a plan") {
    Yard yard;
    yard.write("d/f", "x");
    const auto value = yard.resolve(Yard::part("d"), true);
    REQUIRE(value);
    CHECK((*yard.store->tree(*value->digest))->find("f") != nullptr);
    CHECK(yard.error(Yard::part("nowhere")).code == "RB0220");
    Part none;
    none.name = "p";
    CHECK(yard.tree(none).empty());
}

TEST_CASE("archives and files of the project") {
    Yard yard;
    yard.shell(tar_line, yard.project_dir);
    CHECK(yard.text(yard.tree(Yard::part("x.tar.gz")), "file") == "hello\n");
    yard.shell("cd t && zip -q ../x.zip pkg/file", yard.project_dir);
    CHECK(yard.text(yard.tree(Yard::part("x.zip")), "pkg/file") == "hello\n");
    yard.shell(
        "mkdir -p deb/DEBIAN deb/usr && echo deb > deb/usr/f && printf 'Package: a\\nVersion: 1\\nArchitecture: all\\n"
        "Maintainer: a\\nDescription: a\\n' > deb/DEBIAN/control && dpkg-deb --root-owner-group -b deb x.deb",
        yard.project_dir);
    CHECK(yard.text(yard.tree(Yard::part("x.deb")), "usr/f") == "deb\n");
    const auto file = yard.tree(Yard::part("t/pkg/file", "file"));
    CHECK(yard.text(file, "file") == "hello\n");
    CHECK(file.find("file")->mtime == default_time);
    CHECK(yard.error(Yard::part("nowhere.tar")).code == "RB1080");
    CHECK(yard.error(Yard::part("t/", "file")).code == "RB1080");
    yard.write("no.deb", "x");
    CHECK(yard.error(Yard::part("no.deb")).code == "RB1077");
}

TEST_CASE("a file that changes is another source") {
    Yard yard;
    yard.write("f", "one");
    const auto first = yard.resolve(Yard::part("f", "file"));
    CHECK(yard.resolve(Yard::part("f", "file"))->digest == first->digest);
    yard.write("f", "two");
    CHECK(yard.resolve(Yard::part("f", "file"))->digest != first->digest);
}

TEST_CASE("checksums by every algorithm") {
    Yard yard;
    yard.write("f", "abc");
    // RFC 1321, FIPS 180-4, FIPS 202, RFC 7693: of "abc".
    const std::vector<std::string> good{
        "md5/900150983cd24fb0d6963f7d28e17f72",
        "sha1/a9993e364706816aba3e25717850c26c9cd0d89d",
        "sha256/BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "sha3_256/3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
        "blake2s/508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
        "blake2b/"
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8"
        "dbf1925ab92386edd4009923"};
    for (const auto& text : good) {
        INFO(text);
        auto part = Yard::part("f", "file");
        part.source_checksum = PlacedText{text, at(9)};
        CHECK(yard.tree(part).size() == 1);
        yard.write("g", "abd");
        part.source->value = "g";
        const auto error = yard.error(part);
        CHECK(error.code == "RB1072");
        CHECK(error.span == at(9));
        REQUIRE(error.notes.size() == 2);
        CHECK(error.notes[0].message.starts_with("expected " + text.substr(0, text.find('/'))));
        CHECK(error.notes[1].message.starts_with("obtained " + text.substr(0, text.find('/'))));
    }
    for (const auto* text : {"sha9/00", "sha256/00", "md5/900150983cd24fb0d6963f7d28e17f7x"}) {
        auto part = Yard::part("f", "file");
        part.source_checksum = PlacedText{text, at(9)};
        const auto error = yard.error(part);
        CHECK(error.code == "RB1073");
        CHECK(error.span == at(9));
    }
}

TEST_CASE("a file of the web is asked for once") {
    Yard yard;
    yard.shell(tar_line);
    const auto bytes = *read_file(yard.folder.path() / "x.tar.gz");
    WebServer server([&](const WebRequest& request) {
        if (request.target == "/moved.tar.gz") return WebReply{302, "", {"Location: /x.tar.gz"}};
        if (request.target == "/gone.tar.gz") return WebReply{404, "no"};
        return request.nth == 0 ? WebReply{503, "later"} : WebReply{200, bytes};
    });
    const auto part = Yard::part(server.url("/moved.tar.gz"));
    CHECK(yard.resolve(part, true)->unresolved);
    yard.job.offline = true;
    CHECK(yard.error(part).code == "RB1071");
    yard.job.offline = false;
    CHECK(yard.text(yard.tree(part), "file") == "hello\n");
    const auto asked = server.requests().size();
    CHECK(yard.resolve(part, true)->digest.has_value());
    yard.job.offline = true;
    CHECK(yard.tree(part).size() == 1);
    CHECK(server.requests().size() == asked);
    yard.job.offline = false;
    yard.job.refresh = true;
    CHECK(yard.tree(part).size() == 1);
    CHECK(server.requests().size() > asked);
    const auto error = yard.error(Yard::part(server.url("/gone.tar.gz")));
    CHECK(error.code == "RB0131");
    CHECK(error.message.find("404") != std::string::npos);
    CHECK(yard.error(Yard::part("ftp://example.org/x.tar")).code == "RB1070");
}

TEST_CASE("a file of the web with its digest is known to a plan, and is checked") {
    Yard yard;
    WebServer server([](const WebRequest&) { return WebReply{200, "abc"}; });
    auto part = Yard::part(server.url("/f?x=1"), "file");
    part.source_checksum = PlacedText{"sha256/" + sha256("abc").hex(), at(9)};
    CHECK(yard.resolve(part, true)->digest.has_value());
    CHECK(server.requests().empty());
    CHECK(yard.text(yard.tree(part), "f?x=1") == "abc");
    part.source_checksum->value = "sha256/" + sha256("other").hex();
    CHECK(yard.error(part).code == "RB1072");
}

TEST_CASE("a file that isn't what it was is told, once its content is gone") {
    Yard yard;
    std::string content = "one";
    WebServer server([&](const WebRequest&) { return WebReply{200, content}; });
    const auto part = Yard::part(server.url("/f"), "file");
    const auto digest = yard.resolve(part)->digest;
    REQUIRE(digest);
    fs::path blob;
    for (const auto& entry : fs::recursive_directory_iterator(yard.store->root()))
        if (entry.path().native().ends_with(sha256("one").hex().substr(2))) blob = entry.path();
    REQUIRE(fs::remove(blob));
    content = "two";
    // Another run: this one remembers that it had the content.
    const auto again = *Store::open(yard.folder.path() / "store");
    Checkouts checkouts(*again, yard.ids);
    const Workshop workshop{*again, checkouts, yard.events,  {},           {},
                            {},     {},        yard.archive, yard.archive, {},
                            {},     {},        {},           {},           {*yard.http, yard.processes, {}}};
    SourceSteps steps(workshop, yard.job, false);
    CHECK(steps.resolve(part, {})->digest == digest);
    const auto got = steps.fetch(part, *digest, {});
    REQUIRE_FALSE(got);
    CHECK(got.error().code == "RB1081");
}

TEST_CASE("secrets of an address are not shown") {
    Yard yard;
    WebServer server([&](const WebRequest&) { return WebReply{404, ""}; });
    auto url = server.url("/x.tar");
    url.insert(7, "me:secret@");
    CHECK(yard.error(Yard::part(url)).message.find("secret") == std::string::npos);
    CHECK(git_address("https://me:token@host/x.git", "/p")->shown == "https://host/x.git");
    CHECK(git_address("ssh://git:pw@host/x.git", "/p")->shown == "ssh://git@host/x.git");
    CHECK(git_address("ssh://git@host/x.git", "/p")->shown == "ssh://git@host/x.git");
}

TEST_CASE("addresses that git isn't given") {
    for (const auto* url :
         {"ext::sh -c evil", "fd::17", "ftp://a/b", "--upload-pack=evil", "rsync://a/b", "a\nb", "", "foo::bar"}) {
        const auto address = git_address(url, "/p");
        REQUIRE_FALSE(address);
        CHECK(address.error().code == "RB1070");
    }
    CHECK(git_address("git@host:a/b", "/p")->fetch == "git@host:a/b");
    CHECK(git_address("a/../b.git", "/p")->fetch == "/p/b.git");
    CHECK(git_address("a/../b.git", "/p")->shown == "b.git");
}

// gitmodules(5), and git's own tests of relative addresses (t0060).
TEST_CASE("addresses of submodules") {
    const auto of = [](const std::string& repository, const std::string& url) {
        const auto address = submodule_address(*git_address(repository, "/p"), url);
        return address ? address->fetch : address.error().code;
    };
    CHECK(of("https://host/a/b.git", "../c.git") == "https://host/a/c.git");
    CHECK(of("https://host/a/b/", "../../c") == "https://host/c");
    CHECK(of("user@host:path/to/repo", "../subrepo") == "user@host:path/to/subrepo");
    CHECK(of("user@host:repo", "../subrepo") == "user@host:subrepo");
    CHECK(of("ssh://hostname/repo", "../subrepo") == "ssh://hostname/subrepo");
    CHECK(of("https://host/a", "./b") == "https://host/a/b");
    CHECK(of("https://host/a", "git@other:x") == "git@other:x");
    for (const auto* evil : {"/etc/repo", "file:///etc/repo", "ext::sh", "-x", "repo"})
        CHECK(of("https://host/a", evil) == "RB1070");
    CHECK(of("file:///srv/a", "file:///srv/b") == "file:///srv/b");
}

TEST_CASE("a repository's branch, tag, commit and default") {
    Yard yard;
    yard.repository();
    CHECK(yard.resolve(yard.git(yard.url()), true)->unresolved);
    const auto tree = yard.tree(yard.git(yard.url()));
    CHECK(yard.text(tree, "f") == "two\n");
    CHECK(tree.find("run")->mode == 0755u);
    CHECK(tree.find("f")->mode == 0644u);
    CHECK(tree.find("link")->target == "f");
    CHECK(tree.find("f")->mtime == default_time);
    auto part = yard.git(yard.url());
    part.source_tag = PlacedText{"v1.0", at(9)};
    CHECK(yard.text(yard.tree(part), "f") == "one\n");
    part.source_tag.reset();
    part.source_branch = PlacedText{"side", at(9)};
    CHECK(yard.text(yard.tree(part), "f") == "side\n");
    part.source_branch.reset();
    const auto commit = yard.shell("git -C repo rev-parse v1.0^{commit}");
    part.source_commit = PlacedText{commit, at(9)};
    CHECK(yard.text(yard.tree(part), "f") == "one\n");
    part.source_commit->value = commit.substr(0, 9);
    CHECK(yard.text(yard.tree(part), "f") == "one\n");
    part.source_depth = PlacedText{"1", at(10)};
    CHECK(yard.text(yard.tree(part), "f") == "one\n");
}

TEST_CASE("names that a repository hasn't") {
    Yard yard;
    yard.repository();
    auto part = yard.git(yard.url());
    part.source_tag = PlacedText{"v1.1", at(9)};
    const auto error = yard.error(part);
    CHECK(error.code == "RB1075");
    CHECK(error.suggestions == std::vector<std::string>{"v1.0"});
    part.source_tag.reset();
    for (const auto* commit : {"0123456789012345678901234567890123456789", "0123456", "v1..v2", "@{-1}", "--all"}) {
        part.source_commit = PlacedText{commit, at(9)};
        CHECK(yard.error(part).code == "RB1075");
    }
    CHECK(yard.error(yard.git("file:///nowhere")).code == "RB1074");
    CHECK_FALSE(yard.error(yard.git("file:///nowhere")).excerpt.empty());
}

TEST_CASE("a repository is asked once, and anew with --refresh") {
    Yard yard;
    yard.repository();
    const auto part = yard.git(yard.url());
    yard.tree(part);
    yard.shell("cd repo && echo three > f && git commit -q -a -m three");
    CHECK(yard.text(yard.tree(part), "f") == "two\n");
    CHECK(yard.resolve(part, true)->digest.has_value());
    yard.job.refresh = true;
    CHECK(yard.text(yard.tree(part), "f") == "three\n");
    yard.job.refresh = false;
    yard.shell("rm -rf repo");
    yard.job.offline = true;
    CHECK(yard.text(yard.tree(part), "f") == "three\n");
    auto other = part;
    other.source_branch = PlacedText{"side", at(9)};
    CHECK(yard.error(other).code == "RB1071");
}

TEST_CASE("git asks again where the network fails for a moment, and not where it is refused") {
    Yard yard;
    yard.repository();
    yard.shell("git clone -q --bare repo served.git && git -C served.git update-server-info");
    WebServer server([&](const WebRequest& request) {
        const auto path = request.target.substr(0, request.target.find('?'));
        if (path.starts_with("/closed.git")) return WebReply{403, ""};
        if (path.ends_with("/info/refs") && request.nth == 0) return WebReply{503, ""};
        const auto file = read_file(yard.folder.path() / path.substr(1));
        return file ? WebReply{200, *file} : WebReply{404, ""};
    });
    CHECK(yard.text(yard.tree(yard.git(server.url("/served.git"))), "f") == "two\n");
    CHECK(yard.error(yard.git(server.url("/closed.git"))).exit != ExitCode::remote_timeout);
    CHECK(std::ranges::count(server.requests(), "/closed.git/info/refs?service=git-upload-pack", &WebRequest::target) ==
          1);
    const auto gone = yard.error(yard.git("http://127.0.0.1:1/x.git"));
    CHECK(gone.code == "RB1074");
    CHECK(gone.exit == ExitCode::remote_timeout);
    CHECK_FALSE(gone.excerpt.empty());
}

TEST_CASE("git works in the step as in a clone") {
    Yard yard;
    yard.repository();
    const auto tree = yard.tree(yard.git(yard.url()));
    for (const auto* command : {"git describe --tags --always --dirty", "git describe", "git rev-parse HEAD",
                                "git log -1", "git rev-list --count HEAD", "git rev-parse --abbrev-ref HEAD",
                                "git status --porcelain", "git log --format=%H", "git ls-files -s"}) {
        INFO(command);
        CHECK(yard.within(tree, command) == yard.shell(command, yard.folder.path() / "repo"));
    }
    CHECK(yard.within(tree, "echo x >> f; git describe --dirty").ends_with("-dirty"));
    CHECK(yard.within(tree, "git checkout -q -- f && git fsck --connectivity-only HEAD >/dev/null 2>&1; cat f") ==
          "two");
}

TEST_CASE("a repository has the same bytes however it was fetched and packed") {
    Yard first, second;
    first.repository();
    second.repository();
    second.shell("cd repo && git gc -q --aggressive && git branch other side");
    // The one address is elsewhere than the other: it is in .git/config, as upstream has it.
    fs::rename(first.folder.path() / "repo", first.project_dir / "r.git");
    fs::rename(second.folder.path() / "repo", second.project_dir / "r.git");
    CHECK(first.tree(Yard::part("r.git")).digest() == second.tree(Yard::part("r.git")).digest());
}

TEST_CASE("submodules: all of them, none, some; relative addresses; one in another") {
    Yard yard;
    yard.repository();
    yard.shell(
        "git init -q inner && cd inner && echo i > i && git add . && git commit -q -m i && cd .. && "
        "git init -q sub && cd sub && echo s > s && git add . && git -c protocol.file.allow=always submodule --quiet "
        "add ../inner deep/inner && git commit -q -m s && cd ../repo && "
        "git -c protocol.file.allow=always submodule --quiet add ../sub libs/a && "
        "git submodule --quiet add ../sub libs/b && git commit -q -m subs");
    auto part = yard.git(yard.url());
    auto tree = yard.tree(part);
    CHECK(yard.text(tree, "libs/a/s") == "s\n");
    CHECK(yard.text(tree, "libs/b/deep/inner/i") == "i\n");
    CHECK(yard.within(tree, "git status --porcelain").empty());
    CHECK(yard.within(tree, "git -C libs/a rev-parse HEAD") == yard.shell("git -C sub rev-parse HEAD"));
    part.source_submodules.emplace();
    tree = yard.tree(part);
    REQUIRE(tree.find("libs/a") != nullptr);
    CHECK(tree.find("libs/a")->type == EntryType::folder);
    CHECK(tree.find("libs/a/s") == nullptr);
    part.source_submodules->push_back({"libs/b", at(11)});
    tree = yard.tree(part);
    CHECK(tree.find("libs/a/s") == nullptr);
    CHECK(yard.text(tree, "libs/b/deep/inner/i") == "i\n");
    (*part.source_submodules)[0].value = "libs/c";
    const auto error = yard.error(part);
    CHECK(error.code == "RB1076");
    CHECK(error.span == at(11));
    CHECK(error.suggestions.front() == "libs/a");
}

TEST_CASE("hooks and settings of others run nothing") {
    Yard yard;
    yard.repository();
    const auto mark = yard.folder.path() / "ran";
    const auto script = yard.folder.path() / "evil";
    REQUIRE(write_file(script, fmt::format("#!/bin/sh\ntouch {}\ncat\n", mark.native()), 0755));
    yard.shell(fmt::format(
        "mkdir h && for h in post-checkout reference-transaction post-index-change; do cp evil h/$h; done && "
        "git config --global core.hooksPath {0}/h && git config --global core.fsmonitor {1} && "
        "git config --global filter.x.smudge {1} && git config --global core.attributesFile {0}/attr && "
        "echo '* filter=x' > attr",
        yard.folder.path().native(), script.native()));
    fs::remove(mark);
    CHECK(yard.text(yard.tree(yard.git(yard.url())), "f") == "two\n");
    CHECK_FALSE(fs::exists(mark));
}

TEST_CASE("several threads may want one source") {
    Yard yard;
    yard.repository();
    SourceSteps steps(yard.workshop, yard.job, false);
    std::vector<std::optional<Digest>> found(4);
    {
        std::vector<std::jthread> threads;
        for (auto& digest : found)
            threads.emplace_back([&] {
                const auto part = yard.git(yard.url());
                if (const auto value = steps.resolve(part, {}))
                    if (const auto tree = steps.fetch(part, *value->digest, {})) digest = *tree;
            });
    }
    REQUIRE(found[0]);
    for (const auto& digest : found) CHECK(digest == found[0]);
}

TEST_CASE("the folder of a source that is worked in") {
    Part part;
    part.name = "p";
    const auto tree = Tree::of({file("a/b/f", "x"), link_to("l", "a/b")});
    CHECK(source_subtree(tree, part)->size() == tree.size());
    part.source_subdir = PlacedText{"a/b", at(9)};
    CHECK(source_subtree(tree, part)->find("f") != nullptr);
    part.source_subdir->value = "./l/";
    CHECK(source_subtree(tree, part)->find("f") != nullptr);
    for (const auto* path : {"c", "a/b/f", "../a"}) {
        part.source_subdir->value = path;
        const auto none = source_subtree(tree, part);
        REQUIRE_FALSE(none);
        CHECK(none.error().code == "RB1082");
        CHECK(none.error().span == at(9));
    }
}
