// GNU tar and sha256sum look at the archive.
#include "image/image.hpp"
#include "unit/image/fixture.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

using namespace rockbuild;
using namespace rockbuild::test;

namespace {

Descriptor some_image(const Scratch& scratch, std::size_t size = 100000) {
    const auto tree = get(scratch.store->put_tree(Tree::of({scratch.file("x", noise(size, 3))})));
    const auto layer = get(make_layer(*scratch.store, tree, {}, {}));
    return get(
        write_image(*scratch.store,
                    {.arch = *arch_from_debian("amd64"), .created = "2024-01-01T00:00:00Z", .layers = {layer, layer}}));
}

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("an archive is a sorted tar of a layout whose blobs are what their names say") {
    const Scratch scratch;
    const auto rock = scratch.folder.path() / "x.rock";
    const auto manifest = some_image(scratch);
    get(write_archive(*scratch.store, manifest, "1.0", rock));

    const auto names = run("tar tf " + rock.native());
    CHECK(names.starts_with("blobs/\nblobs/sha256/\n"));
    CHECK(names.ends_with("\nindex.json\noci-layout\n"));
    CHECK(std::ranges::count(names, '\n') == 2 + 3 + 2);  // the layer, which is there twice, once
    CHECK(run("tar tf " + rock.native() + " | LC_ALL=C sort") == names);
    CHECK(run("cd " + scratch.folder.path().native() +
              " && mkdir out && tar xf x.rock -C out && cd out/blobs/sha256 && " +
              "for f in *; do echo \"$f  $f\"; done | sha256sum -c --quiet && cat ../../oci-layout") ==
          R"({"imageLayoutVersion":"1.0.0"})");
    const auto index = get(read_file(scratch.folder.path() / "out/index.json"));
    CHECK(index.find(manifest.digest.str()) != std::string::npos);
    CHECK(index.find(R"("org.opencontainers.image.ref.name":"1.0")") != std::string::npos);
    CHECK(index.find(R"("architecture":"amd64")") != std::string::npos);
    CHECK(run("TZ=UTC tar tvf " + rock.native() + " | cut -d' ' -f1,2 | sort -u") ==
          "-rw-r--r-- 0/0\ndrwxr-xr-x 0/0\n");
    CHECK(run("TZ=UTC tar tvf " + rock.native() + " | grep -vc 1970-01-01 || true") == "0\n");
}

TEST_CASE("the same image is the same archive, and replaces what is there") {
    const Scratch scratch;
    const auto manifest = some_image(scratch);
    const auto one = scratch.folder.path() / "one.rock", two = scratch.folder.path() / "two.rock";
    get(write_file(two, "an older file", 0600));
    get(write_archive(*scratch.store, manifest, "1.0", one));
    get(write_archive(*scratch.store, manifest, "1.0", two));
    CHECK(get(read_file(one)) == get(read_file(two)));
    struct stat status{};
    REQUIRE(::stat(two.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0644);
    CHECK(files_in(scratch.folder.path()) == 3);  // both and the store: no temporary file is left
}

TEST_CASE("what can't be written is exit 73 and leaves nothing") {
    const Scratch scratch;
    const auto manifest = some_image(scratch);
    const auto result = write_archive(*scratch.store, manifest, "1.0", scratch.folder.path() / "no/such/folder/x.rock");
    REQUIRE_FALSE(result);
    CHECK(result.error().exit == ExitCode::cannot_write);
    CHECK(result.error().message.find("x.rock") != std::string::npos);

    fs::create_directory(scratch.folder.path() / "taken.rock");
    const auto taken = write_archive(*scratch.store, manifest, "1.0", scratch.folder.path() / "taken.rock");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().exit == ExitCode::cannot_write);
    CHECK(files_in(scratch.folder.path()) == 2);
}

TEST_CASE("a full disk is exit 73 and leaves nothing") {
    const Scratch scratch;
    const auto manifest = some_image(scratch, 4 << 20);
    const auto disk = scratch.folder.path() / "disk";
    fs::create_directory(disk);
    if (::mount("none", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
        WARN("not tried, a small file system can't be mounted here: " << std::strerror(errno));
        return;
    }
    const auto result = write_archive(*scratch.store, manifest, "1.0", disk / "x.rock");
    const auto left = files_in(disk);
    REQUIRE(::umount(disk.c_str()) == 0);
    REQUIRE(code_of(result) == "RB0101");
    CHECK(result.error().exit == ExitCode::cannot_write);
    CHECK(left == 0);
}
