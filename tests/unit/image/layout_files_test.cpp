#include "image/layout_files.hpp"

#include "unit/image/tar_fixture.hpp"

#include <sys/stat.h>

using namespace rockbuild;
using namespace rockbuild::test;

TEST_CASE("a folder and a tar of it give the same files") {
    const Scratch scratch;
    const auto root = scratch.folder.path() / "layout";
    get(make_folders(root / "blobs/sha256"));
    get(write_file(root / "index.json", "{}"));
    get(write_file(root / "blobs/sha256/x", noise(700000, 1)));
    const auto name = scratch.folder.path().native();
    run("tar cf " + name + "/dots.tar -C " + root.native() + " . && tar cf " + name + "/plain.tar -C " + root.native() +
        " index.json blobs");
    for (const auto& path : {root, scratch.folder.path() / "dots.tar", scratch.folder.path() / "plain.tar"}) {
        const auto files = get(LayoutFiles::open(path));
        CHECK(files->has("index.json"));
        CHECK_FALSE(files->has("index.jso"));
        CHECK_FALSE(files->has("blobs"));
        CHECK(get(files->read("index.json", 2)) == "{}");
        CHECK(code_of(files->read("index.json", 1)) == "RB0722");
        CHECK(get(files->read("blobs/sha256/x", 1 << 20)) == noise(700000, 1));
        CHECK(code_of(files->read("oci-layout", 100)) == "RB0720");
    }
}

TEST_CASE("what is neither is an error") {
    const Scratch scratch;
    CHECK(code_of(LayoutFiles::open(scratch.folder.path() / "absent")) == "RB0720");
    REQUIRE(::mkfifo((scratch.folder.path() / "pipe").c_str(), 0600) == 0);
    CHECK(code_of(LayoutFiles::open(scratch.folder.path() / "pipe")) == "RB0720");
    // Nor does a pipe within a layout make us wait.
    CHECK(code_of(get(LayoutFiles::open(scratch.folder.path()))->read("pipe", 10)) == "RB0720");
    get(write_file(scratch.folder.path() / "text", noise(10000, 1)));
    CHECK(code_of(get(LayoutFiles::open(scratch.folder.path() / "text"))->read("index.json", 10)) == "RB0723");
}
