// The folder of a project file as extensions see it, with all that may lie in one.
#include "pack/project_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace rockbuild;
using Kind = ProjectFiles::Kind;

TEST_CASE("a folder tells what lies in it") {
    const auto temporary = TempFolder::make(fs::temp_directory_path());
    REQUIRE(temporary);
    const auto& root = temporary->path();
    REQUIRE(write_file(root / "a.txt", "text"));
    REQUIRE(write_file(root / "run", "", 0755));
    REQUIRE(make_folders(root / "app"));
    fs::create_symlink("a.txt", root / "link");
    fs::create_symlink("nowhere", root / "lost");
    fs::create_symlink("circle", root / "circle");
    REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);
    const ProjectFolder files(root, "some/dir");

    CHECK(files.kind("a.txt") == Kind::file);
    CHECK(files.kind("app") == Kind::folder);
    CHECK(files.kind("app/x") == Kind::nothing);
    CHECK(files.kind("link") == Kind::file);
    CHECK(files.kind("lost") == Kind::lost_link);
    CHECK(files.kind("circle") == Kind::lost_link);
    CHECK(files.kind("circle/x") != Kind::file);
    CHECK(files.kind("pipe") == Kind::other);
    CHECK(files.read("link").value() == "text");
    CHECK_FALSE(files.read("lost"));
    CHECK(files.size("a.txt") == 4);
    CHECK(files.size("lost") == 0);
    CHECK(files.is_executable("run"));
    CHECK_FALSE(files.is_executable("a.txt"));
    CHECK(files.names(".") == std::vector<std::string>{"a.txt", "app", "circle", "link", "lost", "pipe", "run"});
    CHECK(files.names("nowhere").empty());
    CHECK(files.shown("app/x") == "some/dir/app/x");
    CHECK(ProjectFolder(root, ".").shown("go.mod") == "go.mod");
}
