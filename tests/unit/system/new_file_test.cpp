#include "system/new_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

using namespace rockbuild;

namespace {

struct Place {
    TempFolder folder = TempFolder::make(fs::temp_directory_path(), "new-file-test-").value();
    fs::path path(const std::string& name) const { return folder.path() / name; }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
    }
};

}  // namespace

TEST_CASE("a new file is seen when it is whole") {
    const Place place;
    auto file = NewFile::beside(place.path("x")).value();
    CHECK(file.path() == place.path("x"));
    REQUIRE(file.write("hello"));
    REQUIRE(file.write(" you"));
    // Who is killed here leaves nothing, where the file system has files without a name.
    const Fd nameless(::open(place.folder.path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    CHECK(place.files() == (nameless ? 0 : 1));
    CHECK_FALSE(fs::exists(place.path("x")));
    REQUIRE(file.finish());
    CHECK(read_file(place.path("x")).value() == "hello you");
    CHECK(place.files() == 1);
    struct stat status{};
    REQUIRE(::stat(place.path("x").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0644);
}

TEST_CASE("places are written in any order") {
    const Place place;
    auto file = NewFile::beside(place.path("x")).value();
    REQUIRE(file.write_at(4, "efg"));
    REQUIRE(file.write_at(0, "abcd"));
    REQUIRE(file.finish());
    CHECK(read_file(place.path("x")).value() == "abcdefg");
}

TEST_CASE("a file that is never finished leaves nothing, and what was there before") {
    const Place place;
    REQUIRE(write_file(place.path("x"), "old"));
    {
        auto file = NewFile::beside(place.path("x")).value();
        REQUIRE(file.write("half"));
        auto moved = std::move(file);
        REQUIRE(moved.write("half"));
    }
    CHECK(read_file(place.path("x")).value() == "old");
    CHECK(place.files() == 1);
    auto file = NewFile::beside(place.path("x")).value();
    REQUIRE(file.write("new"));
    REQUIRE(file.finish());
    CHECK(read_file(place.path("x")).value() == "new");
}

TEST_CASE("what can't be written ends with cannot write") {
    const Place place;
    const auto lost = NewFile::beside(place.path("no/such/x"));
    REQUIRE_FALSE(lost);
    CHECK(lost.error().exit == ExitCode::cannot_write);
    CHECK(lost.error().message.find("no/such/x") != std::string::npos);
    fs::create_directory(place.path("folder"));
    auto file = NewFile::beside(place.path("folder")).value();
    const auto refused = file.finish();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().exit == ExitCode::cannot_write);
    const NewFile other = NewFile::beside(place.path("y")).value();
    CHECK(other.failed("write", ENOSPC).error().exit == ExitCode::cannot_write);
}
