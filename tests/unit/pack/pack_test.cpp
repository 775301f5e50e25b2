// What is refused before anything is opened or made.
#include "pack/pack.hpp"

#include "system/file.hpp"
#include "system/id_space.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
namespace fs = std::filesystem;

namespace {

struct NoEvents final : EventSink {
    void on(const Event&) override {}
};

struct NoIds final : IdSpace {
    IdMap map_;
    Result<std::string> call(std::string_view) override { return fail("RB0223", "nobody asks in these tests"); }
    const IdMap& map() const override { return map_; }
};

constexpr std::int64_t in_2050 = 2524608000;

}  // namespace

TEST_CASE("a base past its end of life is refused at its line, unless that is ignored") {
    const auto folder = *TempFolder::make(fs::temp_directory_path(), "pack-");
    const auto document = read_document(
        "name: my-rock\nbase: bare\nbuild-base: debian@12\nversion: '1'\nsummary: s\ndescription: d\n"
        "platforms: {amd64: }\n",
        "rockcraft.yaml");
    REQUIRE(document.good());
    PackOptions options;
    options.output_dir = folder.path() / "out";
    Host host;
    host.arch = architectures[0];
    host.now = in_2050;
    NoIds ids;
    NoEvents events;
    const auto refused = pack(ids, document, options, host, events, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "RB1205");
    CHECK(refused.error().exit == ExitCode::bad_data);
    CHECK(refused.error().span->begin.line == 3u);
    CHECK_FALSE(fs::exists(options.output_dir));
}
