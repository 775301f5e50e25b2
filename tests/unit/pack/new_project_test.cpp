// Starting projects: what is written, under which name, and that it is all or nothing.
#include "pack/new_project.hpp"

#include "fakes/project_files.hpp"
#include "project/document.hpp"
#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace rockbuild;

namespace {

const fs::path templates = fs::path(ROCKBUILD_SOURCE_DIR) / "data/init";

/// Answers as git would in a folder that is in no repository, or in one.
class FakeGit : public ProcessRunner {
public:
    explicit FakeGit(bool inside = false, int init = 0) : inside_(inside), init_(init) {}
    Result<Finished> run(const Command& command, const std::stop_token&) override {
        calls.push_back(command.arguments.at(3));
        const bool asks = command.arguments.at(3) == "rev-parse";
        if (!asks) fs::create_directories(fs::path(command.arguments.at(2)) / ".git/objects");  // what git begins with
        return Finished{asks ? (inside_ ? 0 : 128) : init_, "", asks || init_ == 0 ? "" : "no space"};
    }
    std::vector<std::string> calls;

private:
    bool inside_;
    int init_;
};

class Folder {
public:
    Folder() : temporary_(*TempFolder::make(fs::temp_directory_path())), path_(temporary_.path() / "my-app") {}
    const fs::path& path() const { return path_; }
    std::string text(const fs::path& name) const { return read_file(path_ / name).value_or(""); }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        std::error_code error;
        for (fs::recursive_directory_iterator item(path_, error), end; !error && item != end; ++item)
            if (!item->is_directory()) found.push_back(item->path().lexically_relative(path_).native());
        std::ranges::sort(found);
        return found;
    }

private:
    TempFolder temporary_;
    fs::path path_;
};

NewProject wish_for(const Folder& folder, const std::string& profile = "simple") {
    NewProject wish;
    wish.folder = folder.path();
    wish.profile = profile;
    wish.arch = architectures[0];
    return wish;
}

Result<void> make(const NewProject& wish) {
    FakeGit git;
    return make_project(wish, templates, git, {}, {});
}

/// The application's files that each profile asks for.
test::FakeFiles application(std::string_view profile) {
    if (profile == "flask-framework") return {{"requirements.txt", "flask"}, {"app.py", "app = 1"}};
    if (profile == "django-framework")
        return {{"requirements.txt", "django"}, {"my_app/my_app/wsgi.py", "application = 1"}};
    if (profile == "fastapi-framework") return {{"requirements.txt", "fastapi"}, {"app.py", "app = 1"}};
    if (profile == "go-framework") return {{"go.mod", "module my-app"}};
    if (profile == "expressjs-framework") return {{"app/package.json", R"({"name": "x", "scripts": {"start": "y"}})"}};
    if (profile == "spring-boot-framework") return {{"pom.xml", ""}};
    return {};
}

ProjectDocument document_of(const Folder& folder, std::string_view profile) {
    const auto files = application(profile);
    Surroundings around;
    around.files = &files;
    around.data = []() -> Result<std::string> { return "/share"; };
    around.experimental = true;
    return read_document(folder.text("rockcraft.yaml"), "rockcraft.yaml", around);
}

}  // namespace

TEST_CASE("the file of every profile is good, on every base that is offered") {
    for (const auto profile : profiles())
        for (const auto* base : {"debian@12", "ubuntu@24.04", "bare"}) {
            INFO(profile << " " << base);
            const Folder folder;
            auto wish = wish_for(folder, std::string(profile));
            wish.base = base;
            REQUIRE(make(wish));
            const auto document = document_of(folder, profile);
            CHECK(test::said(document.diagnostics).empty());
            REQUIRE(document.good());
            const auto project = project_for(document, document.builds.front());
            CHECK(project.name.value == "my-app");
            CHECK(project.base.value == base);
            CHECK(project.platforms.front().label == "amd64");
            CHECK_FALSE(project.parts.empty());
            CHECK(folder.text("rockcraft.yaml").find('@' + std::string("NAME")) == std::string::npos);
        }
}

TEST_CASE("every extension has a profile") {
    CHECK(profiles().size() == 8);
    for (const auto profile : profiles()) CHECK(fs::is_directory(templates / profile));
}

TEST_CASE("one letter is no name: it would be the title too") {
    const Folder folder;
    auto wish = wish_for(folder);
    wish.folder = folder.path() / "a";
    REQUIRE(make(wish));
    CHECK(read_file(wish.folder / "rockcraft.yaml")->find("name: my-rock-name\n") != std::string::npos);
    wish.folder = folder.path() / "b";
    wish.name = "b";
    const auto refused = make(wish);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB1131");
}

TEST_CASE("the profile for tests brings a task and the script that spread calls") {
    const Folder folder;
    REQUIRE(make(wish_for(folder, "test")));
    CHECK(folder.names() == std::vector<std::string>{"rockcraft.yaml", "spread.yaml", "spread/.extension",
                                                     "spread/general/test/task.yaml"});
    CHECK((fs::status(folder.path() / "spread/.extension").permissions() & fs::perms::owner_exec) != fs::perms::none);
    CHECK(folder.text("spread.yaml").find("project: my-app\n") != std::string::npos);
}

TEST_CASE("a project is named after its folder, if that can be a name") {
    const Folder folder;
    auto wish = wish_for(folder);
    wish.folder = folder.path().parent_path() / "My Folder";
    REQUIRE(make(wish));
    CHECK(read_file(wish.folder / "rockcraft.yaml")->find("name: my-rock-name\n") != std::string::npos);
    wish = wish_for(folder);
    wish.name = "other";
    REQUIRE(make(wish));
    CHECK(folder.text("rockcraft.yaml").find("name: other\n") != std::string::npos);
    const Folder second;
    wish = wish_for(second);
    wish.name = "a--b";
    const auto refused = make(wish);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB1131");
    CHECK(refused.error().exit == ExitCode::usage);
    CHECK_FALSE(fs::exists(second.path()));
}

TEST_CASE("a base that the profile doesn't stand on is refused") {
    const Folder folder;
    auto wish = wish_for(folder, "go-framework");
    wish.base = "ubuntu@22.04";
    CHECK(make(wish).error().code == "RB1132");
    wish = wish_for(folder);
    wish.base = "debian@21";
    const auto refused = make(wish);
    CHECK(refused.error().suggestions.front() == "debian@12");
    CHECK_FALSE(fs::exists(folder.path()));
    wish.base = "ubuntu@26.10";
    REQUIRE(make(wish));
    CHECK(folder.text("rockcraft.yaml").find("build-base: devel") != std::string::npos);
}

TEST_CASE("nothing is overwritten, and nothing half written") {
    const Folder folder;
    REQUIRE(make_folders(folder.path() / "spread"));
    REQUIRE(write_file(folder.path() / "spread.yaml", "mine"));
    fs::create_symlink("nowhere", folder.path() / "spread/.extension");
    const auto refused = make(wish_for(folder, "test"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB1133");
    CHECK(refused.error().exit == ExitCode::cannot_write);
    CHECK(refused.error().notes.size() == 2);
    CHECK(folder.names() == std::vector<std::string>{"spread.yaml", "spread/.extension"});
    CHECK(folder.text("spread.yaml") == "mine");
    // What stands where a folder must be stops the writing in its midst.
    const Folder blocked;
    REQUIRE(make_folders(blocked.path()));
    REQUIRE(write_file(blocked.path() / "spread", "a file"));
    CHECK_FALSE(make(wish_for(blocked, "test")));
    CHECK(blocked.names() == std::vector<std::string>{"spread"});
}

TEST_CASE("a repository is made where there is none") {
    const Folder folder;
    auto wish = wish_for(folder);
    wish.git = true;
    FakeGit git;
    REQUIRE(make_project(wish, templates, git, {}, {}));
    CHECK(git.calls == std::vector<std::string>{"rev-parse", "init"});
    CHECK(folder.names() == std::vector<std::string>{".gitignore", "rockcraft.yaml"});
    CHECK(folder.text(".gitignore").find("*.rock\n") != std::string::npos);
    const Folder inner;
    wish = wish_for(inner);
    wish.git = true;
    FakeGit inside(true);
    REQUIRE(make_project(wish, templates, inside, {}, {}));
    CHECK(inside.calls == std::vector<std::string>{"rev-parse"});
    CHECK(inner.names() == std::vector<std::string>{"rockcraft.yaml"});
    const Folder failing;
    wish = wish_for(failing);
    wish.git = true;
    FakeGit broken(false, 1);
    const auto refused = make_project(wish, templates, broken, {}, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB1134");
    CHECK(failing.names().empty());
}

TEST_CASE("templates that aren't there are told") {
    const Folder folder;
    FakeGit git;
    CHECK(make_project(wish_for(folder), "/nowhere", git, {}, {}).error().code == "RB1130");
}

TEST_CASE("a file in the folder's place is in the way") {
    const Folder folder;
    REQUIRE(write_file(folder.path(), "x"));
    const auto done = make(wish_for(folder));
    CHECK(done.error().code == "RB1133");
    CHECK(done.error().exit == ExitCode::cannot_write);
    CHECK(read_file(folder.path()).value() == "x");
}

TEST_CASE("where something fails, no half repository stays") {
    const Folder folder;
    auto wish = wish_for(folder, "test");
    wish.git = true;
    FakeGit failing(false, 128);
    CHECK(make_project(wish, templates, failing, {}, {}).error().code == "RB1134");
    CHECK_FALSE(fs::exists(folder.path()));
    // A file where a folder has to be: the repository is there already when that shows.
    REQUIRE(make_folders(folder.path()));
    REQUIRE(write_file(folder.path() / "spread", "x"));
    FakeGit git;
    CHECK(make_project(wish, templates, git, {}, {}).error().exit == ExitCode::cannot_write);
    CHECK(folder.names() == std::vector<std::string>{"spread"});
    CHECK_FALSE(fs::exists(folder.path() / ".git"));
}
