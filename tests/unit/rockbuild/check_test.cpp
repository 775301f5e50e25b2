// What the command's cases can't show: a day that hasn't come yet.
#include "rockbuild/command.hpp"

#include "system/file.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

using namespace rockbuild;

namespace {

constexpr std::int64_t in_2050 = 2524608000;

/// What `check --format json FILE` prints at `host.now`.
nlohmann::json checked(const Host& host, const fs::path& file, const fs::path& output) {
    const Settings settings = Settings::read(host, {}, {}, {}).value();
    Arguments arguments;
    arguments.positional = {file.native()};
    arguments.options["format"] = {"json"};
    Screen screen;
    Context context{check_command, arguments, settings, host, screen};
    const Fd before(::dup(STDOUT_FILENO));
    {
        const auto instead = open_file(output, O_WRONLY | O_CREAT | O_TRUNC, 0600).value();
        REQUIRE(::dup2(instead.get(), STDOUT_FILENO) >= 0);
    }
    const auto code = check_command.run(context);
    REQUIRE(::dup2(before.get(), STDOUT_FILENO) >= 0);
    REQUIRE(code);
    return nlohmann::json::parse(read_file(output).value());
}

}  // namespace

TEST_CASE("a base past its end of life is a warning at its line, once") {
    const auto folder = *TempFolder::make(fs::temp_directory_path(), "check-");
    const auto file = folder.path() / "rockcraft.yaml";
    REQUIRE(write_file(file,
                       "name: demo\nbase: debian@12\nversion: '1'\nsummary: s\ndescription: d\n"
                       "platforms: {amd64: }\nparts: {a: {plugin: nil}}\n"));
    auto host = read_host();
    host.now = 1700000000;
    CHECK(checked(host, file, folder.path() / "out")["diagnostics"].empty());
    host.now = in_2050;
    const auto report = checked(host, file, folder.path() / "out");
    CHECK(report["valid"] == true);
    REQUIRE(report["diagnostics"].size() == 1);
    CHECK(report["diagnostics"][0]["code"] == "RB1110");
    CHECK(report["diagnostics"][0]["severity"] == "warning");
    CHECK(report["diagnostics"][0]["line"] == 2);
}
