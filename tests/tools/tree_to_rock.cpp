// tree_to_rock STORE OUT.rock THREADS LISTING…: an image with one layer a listing, for the differential tests.
//
// A listing has one JSON object a line: `path` and `target` and `link` in hex (names need not be UTF-8), `type` as a
// letter (d f l c b p w), `mode`, `uid`, `gid`, `mtime`, `major`, `minor`, `opaque`, `xattrs` (name → value in hex),
// and `content`, the file that holds a file's bytes. Prints the manifest's digest and the layers' as JSON.
#include "image/image.hpp"
#include "image/layer.hpp"
#include "store/store.hpp"

#include <fcntl.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

using namespace rockbuild;
using Json = nlohmann::json;

namespace {

std::string from_hex(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
}

EntryType type_of(char letter) {
    switch (letter) {
        case 'd':
            return EntryType::folder;
        case 'l':
            return EntryType::symlink;
        case 'c':
            return EntryType::character_device;
        case 'b':
            return EntryType::block_device;
        case 'p':
            return EntryType::fifo;
        case 'w':
            return EntryType::whiteout;
        default:
            return EntryType::file;
    }
}

Result<Entry> entry_of(Store& store, const Json& line) {
    Entry entry;
    entry.path = from_hex(line.at("path"));
    entry.type = type_of(line.at("type").get<std::string>().front());
    entry.mode = line.value("mode", 0644U);
    entry.uid = line.value("uid", 0U);
    entry.gid = line.value("gid", 0U);
    entry.mtime = line.value("mtime", std::int64_t{0});
    entry.target = from_hex(line.value("target", ""));
    entry.link = from_hex(line.value("link", ""));
    entry.major = line.value("major", 0U);
    entry.minor = line.value("minor", 0U);
    entry.opaque = line.value("opaque", false);
    const auto xattrs = line.value("xattrs", Json::object());
    for (const auto& [name, value] : xattrs.items()) entry.xattrs[name] = from_hex(value.get<std::string>());
    if (entry.type == EntryType::file) {
        const std::string content = line.at("content");
        const auto blob = TRY(store.put_file(TRY(open_file(content, O_RDONLY)).get(), content));
        entry.size = blob.size;
        entry.digest = blob.digest;
    }
    return entry;
}

Result<void> run(const fs::path& store_path, const fs::path& output, unsigned threads,
                 const std::vector<std::string>& listings) {
    const auto store = TRY(Store::open(fs::absolute(store_path)));
    ImageDescription description{.arch = *arch_from_debian("amd64"),
                                 .created = "2024-01-01T00:00:00Z",
                                 .environment = {{"PATH", "/usr/bin:/bin"}},
                                 .entrypoint = {"/usr/bin/pebble", "enter"},
                                 .user = "584792",
                                 .labels = {{"org.opencontainers.image.title", "Test"}},
                                 .annotations = {{"org.opencontainers.image.title", "Test"}}};
    for (const auto& listing : listings) {
        std::vector<Entry> entries;
        std::ifstream lines(listing);
        for (std::string line; std::getline(lines, line);) entries.push_back(TRY(entry_of(*store, Json::parse(line))));
        const auto tree = TRY(store->put_tree(Tree::of(std::move(entries))));
        auto layer = TRY(make_layer(*store, tree, {.threads = threads}, {}));
        layer.created_by = "tree_to_rock " + fs::path(listing).filename().native();
        description.layers.push_back(layer);
    }
    const auto manifest = TRY(write_image(*store, description));
    TRY_VOID(write_archive(*store, manifest, "1.0", output));
    Json result{{"digest", manifest.digest.str()}, {"layers", Json::array()}};
    for (const auto& layer : description.layers)
        result["layers"].push_back(
            {{"digest", layer.digest.str()}, {"diff_id", layer.diff_id.str()}, {"size", layer.size}});
    std::cout << result.dump() << "\n";
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) return 64;
    const auto result = run(argv[1], argv[2], static_cast<unsigned>(std::stoi(argv[3])), {argv + 4, argv + argc});
    if (result) return 0;
    std::cerr << result.error().code << ": " << result.error().message << "\n";
    return static_cast<int>(result.error().exit);
}
