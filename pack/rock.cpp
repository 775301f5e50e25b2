#include "pack/rock.hpp"

#include "pack/rock_findings.hpp"
#include "pebble/layer.hpp"
#include "project/yaml_output.hpp"
#include "support/key.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

namespace rockbuild {

namespace {

constexpr std::uint32_t daemon_id = 584792;  // upstream's first shared user (spec/rockcraft-yaml.md §11.7)

std::string rfc3339(std::int64_t seconds) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// Files of our own for a layer; their folders are those of the root below, where it has them.
class Additions {
public:
    Additions(const RockWork& work, const Tree& root) : work_(work), root_(root) {}

    Result<void> file(const std::string& path, const std::string& text, std::uint32_t mode) {
        Entry entry;
        entry.path = path;
        entry.mode = mode;
        entry.mtime = work_.time;
        const auto blob = TRY(work_.store.put(text));
        entry.digest = blob.digest;
        entry.size = blob.size;
        add(std::move(entry));
        return {};
    }

    void add(Entry entry) {
        for (auto parent = parent_of(entry.path); !parent.empty(); parent = parent_of(parent)) {
            if (!seen_.emplace(parent).second) break;
            if (const auto* there = root_.find(parent)) {
                entries_.push_back(*there);
                continue;
            }
            Entry folder;
            folder.path = parent;
            folder.type = EntryType::folder;
            folder.mode = folder.path == pebble_folder ? 01777 : 0755;
            folder.mtime = work_.time;
            entries_.push_back(std::move(folder));
        }
        entries_.push_back(std::move(entry));
    }

    Tree tree() && { return Tree::of(std::move(entries_)); }

private:
    const RockWork& work_;
    const Tree& root_;
    std::set<std::string, std::less<>> seen_;
    std::vector<Entry> entries_;
};

class Assembly {
public:
    Assembly(const RockWork& work, const Project& project, const Platform& platform, const Base& base,
             const Primed& primed, const std::stop_token& stop)
        : work_(work), project_(project), platform_(platform), base_(base), primed_(primed), stop_(stop) {}

    Result<Rock> rock() {
        const auto own = TRY(own_trees());
        auto description = TRY(config());
        TRY_VOID(report_findings(own, description));
        Rock rock;
        rock.layers = base_.layers;
        rock.layers.push_back(TRY(layer(primed_.tree, fmt::format("rockbuild: parts of {}", project_.name.value))));
        if (own.user) rock.layers.push_back(TRY(layer(*own.user, "rockbuild: user _daemon_")));
        if (own.pebble) rock.layers.push_back(TRY(layer(*own.pebble, "rockbuild: Pebble layer")));
        rock.layers.push_back(TRY(layer(own.control, "rockbuild: control data")));
        description.layers = rock.layers;
        rock.manifest = TRY(write_image(work_.store, description));
        return rock;
    }

private:
    Result<Layer> layer(const Digest& tree, std::string created_by) {
        auto made = TRY(make_layer(work_.store, tree, {work_.threads, &work_.events, "layer"}, stop_));
        made.created_by = std::move(created_by);
        return made;
    }

    /// `path` of the root with `line` added; the file keeps its owner and mode, a new one gets `mode`.
    Result<void> with_line(Additions& additions, const Tree& root, const std::string& path, const std::string& line,
                           std::uint32_t mode) {
        std::string text;
        Entry entry;
        entry.path = path;
        entry.mode = mode;
        if (const auto* there = root.find(path); there != nullptr && there->type == EntryType::file) {
            entry = *there;
            text = TRY(work_.store.read(there->digest));
        }
        const auto id = fmt::format(":{}:", daemon_id);
        if (text.starts_with("_daemon_:") || text.find("\n_daemon_:") != std::string::npos ||
            (!path.ends_with("shadow") && text.find(id) != std::string::npos)) {
            auto error =
                fail("RB1210", fmt::format("the user _daemon_ or the id {} exists already in /{}", daemon_id, path),
                     "leave `run-user` out, or don't make that user in a part");
            error.error().span = project_.name.span;
            return error;
        }
        if (!text.empty() && !text.ends_with('\n')) text += '\n';
        const auto blob = TRY(work_.store.put(text + line + "\n"));
        entry.digest = blob.digest;
        entry.size = blob.size;
        entry.mtime = work_.time;
        entry.link.clear();
        additions.add(std::move(entry));
        return {};
    }

    Result<Digest> user_tree(const Tree& root) {
        Additions additions(work_, root);
        TRY_VOID(with_line(additions, root, "etc/passwd",
                           fmt::format("_daemon_:x:{0}:{0}::/{1}:/usr/bin/false", daemon_id, pebble_folder), 0644));
        TRY_VOID(with_line(additions, root, "etc/group", fmt::format("_daemon_:x:{}:", daemon_id), 0644));
        if (const auto* shadow = root.find("etc/shadow"); shadow != nullptr && shadow->size > 0)
            TRY_VOID(
                with_line(additions, root, "etc/shadow", fmt::format("_daemon_:!:{}::::::", work_.time / 86400), 0640));
        return work_.store.put_tree(std::move(additions).tree());
    }

    Result<Digest> pebble_tree(const Tree& root, const std::string& text) {
        Additions additions(work_, root);
        TRY_VOID(additions.file(TRY(layer_path(project_, root)), text, 0644));
        return work_.store.put_tree(std::move(additions).tree());
    }

    Result<Digest> control_tree(const Tree& root, const std::string& text) {
        Additions additions(work_, root);
        TRY_VOID(additions.file(".rock/metadata.yaml", text, 0644));
        return work_.store.put_tree(std::move(additions).tree());
    }

    /// The trees of the layers above the parts': they are functions of the root below, and remembered by what they
    /// depend on, so that a pack with nothing to do reads no tree.
    struct OwnTrees {
        std::optional<Digest> user;    // with run-user
        std::optional<Digest> pebble;  // with services or checks
        Digest control;
    };

    Result<OwnTrees> own_trees() {
        const auto pebble = layer_text(project_);
        const auto control = metadata();
        const auto key = KeyWriter("own layers", 1)
                             .field("base", primed_.base)
                             .field("parts", primed_.tree)
                             .field("name", project_.name.value)
                             .field("time", std::to_string(work_.time))
                             .field("run-user", std::to_string(project_.run_user ? daemon_id : 0))
                             .field("pebble", pebble)
                             .field("control", control)
                             .finish();
        const auto note = "own-layers/" + key.digest.hex();
        if (const auto known = remembered(TRY(work_.store.note(note)))) return *known;
        const auto base = TRY(work_.store.tree(primed_.base));
        const auto delta = TRY(work_.store.tree(primed_.tree));
        const auto root = base->empty() ? *delta : apply(*base, *delta);
        OwnTrees own;
        if (project_.run_user) own.user = TRY(user_tree(root));
        if (!pebble.empty()) own.pebble = TRY(pebble_tree(root, pebble));
        own.control = TRY(control_tree(root, control));
        const auto text = [](const std::optional<Digest>& digest) { return digest ? digest->str() : "-"; };
        TRY_VOID(
            work_.store.put_note(note, fmt::format("{} {} {}", text(own.user), text(own.pebble), own.control.str())));
        return own;
    }

    /// None if it isn't whole any more.
    std::optional<OwnTrees> remembered(const std::optional<std::string>& note) const {
        std::istringstream words(note.value_or(""));
        std::string user, pebble, control;
        words >> user >> pebble >> control;
        const auto tree = [&](const std::string& word) -> std::optional<Digest> {
            if (const auto digest = Digest::parse(word); digest && work_.store.has(*digest)) return *digest;
            return std::nullopt;
        };
        OwnTrees own{tree(user), tree(pebble), {}};
        const auto last = tree(control);
        if (!last || (!own.user && user != "-") || (!own.pebble && pebble != "-")) return std::nullopt;
        own.control = *last;
        return own;
    }

    /// Tells what rock_findings finds; of its errors the last one is the result. A rock of which there is nothing to
    /// say is remembered, so that the next pack reads no tree for it.
    Result<void> report_findings(const OwnTrees& own, const ImageDescription& image) {
        KeyWriter key("findings", 1);
        key.field("base", primed_.base).field("parts", primed_.tree).field("environment", image.environment);
        key.field("run-user", std::uint64_t{project_.run_user}).field("architecture", image.arch.debian);
        key.field("entrypoint", project_.entrypoint_service ? project_.entrypoint_service->value : "");
        key.field("user", own.user ? own.user->str() : "").field("pebble", own.pebble ? own.pebble->str() : "");
        const auto note = "findings/" + key.finish().digest.hex();
        if (TRY(work_.store.note(note))) return {};

        auto root = *TRY(work_.store.tree(primed_.base));
        root = apply(root, *TRY(work_.store.tree(primed_.tree)));
        std::optional<std::string> own_layer;
        if (own.user) root = apply(root, *TRY(work_.store.tree(*own.user)));
        if (own.pebble) {
            const auto tree = TRY(work_.store.tree(*own.pebble));
            root = apply(root, *tree);
            for (const auto& entry : tree->entries())
                if (entry.type == EntryType::file) own_layer = entry.path;
        }
        auto found = TRY(rock_findings({work_.store, project_, root, own_layer, image}));
        if (found.empty()) return work_.store.put_note(note, "none");
        std::optional<Diagnostic> last;
        for (auto& item : found) {
            if (item.severity != Severity::error) {
                work_.events.finding(std::move(item));
                continue;
            }
            if (last) work_.events.finding(*std::move(last));
            last = std::move(item);
        }
        if (last) return std::unexpected(*std::move(last));
        return {};
    }

    std::string metadata() const {
        YAML::Emitter yaml;
        yaml << YAML::BeginMap;
        const auto pair = [&](const char* key, const std::string& value) {
            yaml << YAML::Key << key << YAML::Value;
            write_quoted_text(yaml, value);
        };
        pair("architecture", std::string(platform_.build_for.debian));
        pair("base", project_.base.value);
        if (!base_.layers.empty()) pair("base-digest", base_.layers.front().digest.hex());
        pair("created", rfc3339(work_.created));
        pair("name", project_.name.value);
        pair("summary", project_.summary.value);
        pair("title", project_.title);
        pair("version", project_.version.value);
        yaml << YAML::EndMap;
        return std::string(yaml.c_str()) + "\n";
    }

    Result<ImageDescription> config() const {
        ImageDescription image;
        image.arch = platform_.build_for;
        image.created = rfc3339(work_.created);
        image.environment = base_.environment;
        for (const auto& [name, value] : project_.environment) {
            const auto same = std::find_if(image.environment.begin(), image.environment.end(),
                                           [&](const auto& pair) { return pair.first == name; });
            if (same == image.environment.end()) image.environment.emplace_back(name, value);
            else same->second = value;
        }
        image.entrypoint = {"/usr/bin/pebble", "enter"};
        std::string problem;
        if (project_.entrypoint_command && !project_.entrypoint_command->value.empty()) {
            if (const auto line = split_command(project_.entrypoint_command->value, problem)) {
                image.entrypoint = line->words;
                image.command = line->arguments.value_or(std::vector<std::string>{});
            }
        } else if (project_.entrypoint_service) {
            const auto& service = project_.entrypoint_service->value;
            image.entrypoint.insert(image.entrypoint.end(), {"--args", service});
            for (const auto& [name, body] : project_.services)
                for (const auto& [key, value] : body.pairs)
                    if (name == service && key == "command")
                        if (const auto line = split_command(value.text, problem))
                            image.command = line->arguments.value_or(std::vector<std::string>{});
        }
        if (!problem.empty())
            return fail("RB1211", "the command of the entrypoint can't be read: " + problem, "run `rockbuild check`");
        if (project_.run_user) image.user = std::to_string(daemon_id);
        image.labels = {{"org.opencontainers.image.version", project_.version.value},
                        {"org.opencontainers.image.title", project_.title},
                        {"org.opencontainers.image.created", image.created},
                        {"org.opencontainers.image.description", full_description()}};
        if (project_.license) image.labels["org.opencontainers.image.licenses"] = *project_.license;
        if (!base_.layers.empty()) {
            image.labels["org.opencontainers.image.base.name"] = project_.base.value;
            image.labels["org.opencontainers.image.base.digest"] = base_.layers.front().digest.str();
        }
        image.annotations = image.labels;
        return image;
    }

    /// Summary with runs of empty lines as one, an empty line, the description.
    std::string full_description() const {
        std::string summary;
        for (const char c : project_.summary.value)
            if (c != '\n' || !summary.ends_with('\n')) summary += c;
        return summary + "\n\n" + project_.description.value;
    }

    const RockWork& work_;
    const Project& project_;
    const Platform& platform_;
    const Base& base_;
    const Primed& primed_;
    std::stop_token stop_;
};

}  // namespace

Result<Rock> assemble(const RockWork& work, const Project& project, const Platform& platform, const Base& base,
                      const Primed& primed, const std::stop_token& stop) {
    return Assembly(work, project, platform, base, primed, stop).rock();
}

}  // namespace rockbuild
