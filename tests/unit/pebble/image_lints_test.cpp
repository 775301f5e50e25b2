// What a plan asks of its image: which warning, of which object, at which place. The programs themselves are
// image_programs_test.cpp's.
#include "pebble/image_lints.hpp"

#include "fakes/trees.hpp"
#include "system/file.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <set>
#include <utility>

using namespace rockbuild;
using namespace rockbuild::fakes;
namespace fs = std::filesystem;

namespace {

Span at(std::uint32_t line) { return {"rockcraft.yaml", {line, 3}, {line, 9}}; }

PlacedText said(const std::string& text, std::uint32_t line = 1) { return {text, at(line)}; }

/// A rock with a good program and the users root, web and _daemon_.
struct Rock {
    TempFolder folder = TempFolder::make(fs::temp_directory_path(), "image-lints-").value();
    std::unique_ptr<Store> store = Store::open(folder.path() / "store").value();
    std::vector<Entry> entries;
    PebblePlan plan;
    bool runs_as_daemon = false;
    std::map<std::string, std::string> environment{{"PATH", "/bin"}};

    Rock() {
        const auto source = (folder.path() / "main.c").native();
        const auto program = (folder.path() / "main").native();
        REQUIRE(write_file(source, "int main(void) { return 0; }\n"));
        REQUIRE(std::system(("cc -static -o " + program + " " + source).c_str()) == 0);
        add("bin/good", read_file(program).value(), 0755);
        add("etc/passwd", "root:x:0:0:::\nweb:x:990:991:::\n_daemon_:x:584792:584792:::\n");
        add("etc/group", "root:x:0:\nweb:x:991:\n_daemon_:x:584792:\n");
        entries.push_back(rockbuild::fakes::folder("srv/web", 0750));
        entries.back().uid = 990;
        entries.push_back(rockbuild::fakes::folder("var/lib/pebble/default", 01777));
    }
    Entry& add(const std::string& path, const std::string& text, std::uint32_t mode = 0644) {
        REQUIRE(store->put(text));
        return entries.emplace_back(file(path, text, mode));
    }
    Service& service(const std::string& name, const std::string& command, std::uint32_t line = 1) {
        auto& made = plan.services[name];
        made.command = said(command, line);
        return made;
    }
    /// "RB0661 services.web 5", one a warning.
    std::set<std::string> warnings() const {
        const auto tree = Tree::of(entries);
        std::set<std::string> found;
        const auto said =
            lint_image({}, plan, {*store, tree, *arch_from_debian("amd64"), environment, runs_as_daemon, at(100)})
                .value();
        for (const auto& item : said) {
            CHECK(item.severity == Severity::warning);
            CHECK_FALSE(item.hint.empty());
            found.insert(item.code + " " + item.object + " " + std::to_string(item.span->begin.line));
        }
        return found;
    }
};

using Found = std::set<std::string>;

}  // namespace

TEST_CASE("a service with its program says nothing") {
    Rock rock;
    rock.service("web", "/bin/good --port 80 [ -v ]");
    rock.service("bare", "good");
    CHECK(rock.warnings().empty());
}

TEST_CASE("the missing program of a service is told at its command") {
    Rock rock;
    rock.service("web", "/bin/none -v", 5);
    rock.service("quoted", "'/bin/no good'", 6);
    CHECK(rock.warnings() == Found{"RB0661 services.web 5", "RB0661 services.quoted 6"});
}

TEST_CASE("a command that can't be read, or is blank, is others' business") {
    Rock rock;
    rock.service("a", "'open");
    rock.service("b", "# nothing");
    rock.service("c", "/bin/none").faulty = true;
    rock.plan.services["d"];
    CHECK(rock.warnings().empty());
}

TEST_CASE("the working directory has to be there for the service's user, and `./` starts there") {
    Rock rock;
    rock.service("root", "/bin/good").working_dir = said("/srv/web", 2);
    rock.service("none", "/bin/good").working_dir = said("/srv/none", 3);
    auto& other = rock.service("other", "/bin/good");
    other.working_dir = said("/srv/web", 4);
    other.account.user_id = PlacedNumber{1000, at(1)};
    other.account.group_id = PlacedNumber{1000, at(1)};
    auto& own = rock.service("own", "/bin/good");
    own.working_dir = said("/srv/web", 5);
    own.account.user = said("web");
    auto& relative = rock.service("relative", "./good", 7);
    relative.working_dir = said("/bin", 6);
    rock.service("elsewhere", "./good", 8).working_dir = said("/srv/web", 9);
    CHECK(rock.warnings() == Found{"RB0666 services.none 3", "RB0666 services.other 4", "RB0661 services.elsewhere 8"});
}

TEST_CASE("a user and a group that the image hasn't are told where they are named") {
    Rock rock;
    rock.service("a", "/bin/good").account.user = said("nobody", 2);
    auto& group = rock.service("b", "/bin/good");
    group.account.user = said("web");
    group.account.group = said("nogroup", 3);
    CHECK(rock.warnings() == Found{"RB0650 services.a 2", "RB0650 services.b 3"});
}

TEST_CASE("an empty user or group is none, and switches nothing off") {
    Rock rock;
    for (const auto* name : {"user", "group", "both"}) {
        auto& service = rock.service(name, "/bin/none", 2);
        if (name != std::string("group")) service.account.user = said("");
        if (name != std::string("user")) service.account.group = said("");
    }
    rock.plan.checks["c"].exec = ExecCheck{at(1), said("/bin/none", 3), {}, {}, {}, {}};
    rock.plan.checks["c"].exec->account.user = said("");
    CHECK(rock.warnings() ==
          Found{"RB0661 services.user 2", "RB0661 services.group 2", "RB0661 services.both 2", "RB0661 checks.c 3"});
}

TEST_CASE("without a group the first line with the user's id decides") {
    Rock rock;
    for (auto& entry : rock.entries)
        if (entry.path == "srv/web") entry.gid = 5, entry.uid = 0;
    rock.add("etc/passwd", "first:x:990:5:::\nweb:x:990:991:::\n");
    std::erase_if(rock.entries, [&, first = true](const Entry& entry) mutable {
        return entry.path == "etc/passwd" && std::exchange(first, false);
    });
    auto& service = rock.service("web", "/bin/good");
    service.account.user = said("web");
    service.working_dir = said("/srv/web");
    CHECK(rock.warnings().empty());
}

TEST_CASE("a workload's user is the service's") {
    Rock rock;
    rock.add("bin/closed", "#!/bin/good\n", 0700);
    rock.plan.workloads["w"].account.user = said("web");
    rock.service("web", "/bin/closed", 4).workload = said("w");
    CHECK(rock.warnings() == Found{"RB0662 services.web 4"});
}

TEST_CASE("under _daemon_ nobody else can be started") {
    Rock rock;
    rock.runs_as_daemon = true;
    rock.service("web", "/bin/good").account.user = said("web", 2);
    rock.service("daemon", "/bin/good").account.user = said("_daemon_", 3);
    rock.service("number", "/bin/good").account.user_id = PlacedNumber{0, at(4)};
    rock.service("plain", "/bin/good");
    CHECK(rock.warnings() == Found{"RB0660 services.web 2", "RB0660 services.number 4"});
}

TEST_CASE("the command of a check is looked for as its service would run it") {
    Rock rock;
    auto& service = rock.service("web", "/bin/good");
    service.working_dir = said("/bin");
    rock.plan.checks["plain"].exec = ExecCheck{at(1), said("good"), {}, {}, {}, {}};
    rock.plan.checks["missing"].exec = ExecCheck{at(1), said("/bin/none", 5), {}, {}, {}, {}};
    rock.plan.checks["context"].exec = ExecCheck{at(1), said("./good", 6), said("web"), {}, {}, {}};
    rock.plan.checks["own folder"].exec = ExecCheck{at(1), said("./good", 7), said("web"), {}, {}, said("/srv/web")};
    rock.plan.checks["brackets"].exec = ExecCheck{at(1), said("good [ nothing"), {}, {}, {}, {}};
    rock.plan.checks["http"].http = HttpCheck{at(1), said("http://localhost"), {}};
    CHECK(rock.warnings() == Found{"RB0661 checks.missing 5", "RB0661 checks.own folder 7"});
}

TEST_CASE("the environment of the service decides where its libraries are looked for") {
    Rock rock;
    rock.add("env-script", "#!/usr/bin/env good\n", 0755);
    rock.add("usr/bin/env", read_file(rock.folder.path() / "main").value(), 0755);
    rock.service("web", "/env-script", 3);
    rock.service("lost", "/env-script", 4).environment["PATH"] = {"/nowhere", at(5), at(5)};
    CHECK(rock.warnings() == Found{"RB0663 services.lost 4"});
}

TEST_CASE("a state of Pebble's is told of") {
    Rock rock;
    rock.add("var/lib/pebble/default/.pebble.state", "{}", 0600);
    CHECK(rock.warnings() == Found{"RB0669 plan 100"});
}

TEST_CASE("an environment that sends Pebble elsewhere is told of") {
    Rock rock;
    rock.environment["PEBBLE"] = "/var/lib/pebble/default";
    CHECK(rock.warnings().empty());
    rock.environment["PEBBLE"] = "/srv/pebble";
    CHECK(rock.warnings() == Found{"RB0672 plan 100"});
}

TEST_CASE("what a layer links to has to be readable for _daemon_ as well") {
    Rock rock;
    rock.runs_as_daemon = true;
    rock.add("srv/secret.yaml", "", 0600);
    rock.add("srv/closed/open.yaml", "", 0644);
    rock.entries.push_back(rockbuild::fakes::folder("srv/closed", 0700));
    rock.entries.push_back(link_to("var/lib/pebble/default/layers/001-abc.yaml", "/srv/secret.yaml"));
    CHECK(rock.warnings() == Found{"RB0670 plan 100"});
    rock.entries.back() = link_to("var/lib/pebble/default/layers/001-abc.yaml", "/srv/closed/open.yaml");
    CHECK(rock.warnings() == Found{"RB0670 plan 100"});
    rock.entries.back() = link_to("var/lib/pebble/default/layers/001-abc.yaml", "/etc/passwd");
    CHECK(rock.warnings().empty());
}

TEST_CASE("_daemon_ has to read the layers and to write in Pebble's folder") {
    Rock rock;
    rock.add("var/lib/pebble/default/layers/001-abc.yaml", "", 0600);
    rock.add("var/lib/pebble/default/layers/002-own.yaml", "", 0600).uid = 584792;
    CHECK(rock.warnings().empty());  // root may all
    rock.runs_as_daemon = true;
    CHECK(rock.warnings() == Found{"RB0670 plan 100"});
    for (auto& entry : rock.entries)
        if (entry.path == "var/lib/pebble/default") entry.mode = 0755;
    rock.entries.erase(rock.entries.end() - 2, rock.entries.end());
    CHECK(rock.warnings() == Found{"RB0670 plan 100"});
}
