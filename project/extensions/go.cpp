// go-framework (spec/rockcraft-yaml.md §10.2): one program, built by Go from the module in the project's folder.
#include "project/extensions/work.hpp"
#include "project/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

namespace {

constexpr const char* module_file = "go.mod";

struct Module {
    std::string path;  // "example.com/team/app/v2"
    Position place;    // of the line that names it
};

/// What `module` names in a go.mod: on its line, or in brackets below; bare or in quotes.
std::optional<Module> module_in(std::string_view text) {
    bool within = false;
    std::uint32_t number = 0;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        ++number;
        std::istringstream words{std::string(line.substr(0, line.find("//")))};
        std::string word;
        if (!(words >> word)) continue;
        if (!within) {
            if (word != "module" && word != "module(") continue;
            within = word.ends_with('(');
            if (!within && !(words >> word)) continue;
            if (word == "(" || within) {
                within = true;
                continue;
            }
        }
        if (word.size() > 2 && (word.front() == '"' || word.front() == '`') && word.back() == word.front())
            word = word.substr(1, word.size() - 2);
        return Module{word, {number, 1}};
    }
    return std::nullopt;
}

/// v2, v3, …: a module's generation, which is no part of its name.
bool is_generation(std::string_view element) {
    return element.size() >= 2 && element.front() == 'v' && element[1] != '0' && element != "v1" &&
           element.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

/// The program that Go makes of a package by this path.
std::string program_of(std::string_view path) {
    auto slash = path.rfind('/');
    if (slash != std::string_view::npos && is_generation(path.substr(slash + 1))) {
        path = path.substr(0, slash);
        slash = path.rfind('/');
    }
    return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

class GoParts {
public:
    explicit GoParts(ExtensionWork& work) : work_(work), install_(work.user_part("install-app")) {}

    Snippet all() {
        Snippet parts;
        parts[work_.part_name("base-layout")] = base_layout();
        parts[work_.part_name("install-app")] = install_app();
        parts[work_.part_name("runtime")] = runtime();
        parts[work_.part_name("logging")] = logging_part();
        if (auto part = assets(); !part.empty()) parts[work_.part_name("assets")] = std::move(part);
        return parts;
    }

private:
    /// The working directory, whether assets come or not.
    static Snippet base_layout() {
        Snippet part;
        part["plugin"] = "nil";
        part["override-build"] = "mkdir -p ${CRAFT_PART_INSTALL}/app";
        part["permissions"] = Snippet::array({daemon_permission()});
        return part;
    }

    Snippet install_app() {
        Snippet part;
        part["plugin"] = "go";
        part["source"] = ".";
        part["organize"] = Snippet::object();
        auto stage = Snippet::array();
        const auto program = fmt::format("usr/local/bin/{}", work_.name());
        bool placed = work_.has_command("go");
        for (const auto& [from, to] : text_pairs_at(install_, "organize")) {
            part["organize"][from.value] = to.value;
            stage.push_back(to.value);
            placed = placed || to.value == program;
        }
        if (!placed) {
            check_program();
            part["organize"][fmt::format("bin/{}", work_.name())] = program;
            stage.push_back(program);
        }
        if (!brings_go()) {
            auto snaps = Snippet::array();
            for (const auto& snap : texts_at(install_, "build-snaps")) snaps.push_back(snap.value);
            snaps.push_back("go");
            part["build-snaps"] = snaps;
        }
        part["stage"] = stage;
        // A bare rock has no C library that the program could be linked with.
        if (work_.ground() == Ground::bare && !sets_cgo())
            part["build-environment"] = Snippet::array({Snippet::object({{"CGO_ENABLED", "0"}})});
        return part;
    }

    /// Go names a program by the last element of its package's path: the module's, or a folder's. Where neither is the
    /// project's name, nothing is there to be put in its place, and the service starts nothing.
    void check_program() {
        if (!work_.exists(module_file)) return;  // said
        const auto text = work_.text_of_file(module_file);
        if (!text) return;
        const auto module = module_in(*text);
        if (!module) {
            work_.error_in(module_file, {1, 1}, "RB0336", "this go.mod names no module",
                           fmt::format("begin it with a line such as: module example.com/{}", work_.name()));
            return;
        }
        const auto program = program_of(module->path);
        if (program == work_.name() || is_built_otherwise() || is_brought_by_another() || has_folder_of_its_name())
            return;
        work_.error_in(
            module_file, module->place, "RB0339",
            fmt::format("Go makes a program '{}' of this module, and the service starts '{}': there is no "
                        "folder of that name with a program of its own, such as cmd/{}",
                        program, work_.name(), work_.name()),
            fmt::format("let the module's path end in /{0}, or move the program into cmd/{0}; or say what it "
                        "is called: parts: {1}: organize: {{bin/{2}: usr/local/bin/{0}}}",
                        work_.name(), work_.part_name("install-app"), program));
    }

    /// The user's part says itself what is built, and from where.
    bool is_built_otherwise() const {
        constexpr std::string_view keys[] = {"plugin", "source", "source-subdir", "override-build"};
        return std::ranges::any_of(keys, [&](std::string_view key) { return find_value(install_, key) != nullptr; });
    }

    static bool names(const YamlNode& node, std::string_view text) {
        return node.text.find(text) != std::string::npos ||
               std::ranges::any_of(node.items, [&](const Yaml& item) { return names(*item, text); }) ||
               std::ranges::any_of(node.pairs, [&](const YamlPair& pair) {
                   return names(*pair.key, text) || names(*pair.value, text);
               });
    }
    bool is_brought_by_another() const {
        const auto program = fmt::format("bin/{}", work_.name());
        const auto parts = maps_at(work_.project(), "parts");
        return std::ranges::any_of(parts, [&](const YamlPair* pair) { return names(*pair->value, program); });
    }

    /// Of the folders that `./...` stands for; where there are very many, one of them may be it.
    bool has_folder_of_its_name() const {
        constexpr std::size_t most_folders = 10000;
        std::vector<std::string> folders{"."};
        for (std::size_t i = 0; i < folders.size(); ++i) {
            if (folders.size() > most_folders) return true;
            const auto folder = folders[i];
            for (const auto& name : work_.files().names(folder)) {
                const auto path = folder == "." ? name : fmt::format("{}/{}", folder, name);
                if (name.front() == '.' || name.front() == '_' || name == "testdata" || name == "vendor" ||
                    work_.files().kind(path) != ProjectFiles::Kind::folder ||
                    work_.exists(fmt::format("{}/{}", path, module_file)))
                    continue;
                if (name == work_.name()) return true;
                folders.push_back(path);
            }
        }
        return false;
    }

    bool brings_go() const {
        const auto snaps = texts_at(install_, "build-snaps");
        const auto packages = texts_at(install_, "build-packages");
        return std::ranges::any_of(snaps, [](const auto& snap) { return snap.value.starts_with("go"); }) ||
               std::ranges::any_of(packages, [](const auto& package) {
                   return package.value == "gccgo-go" || package.value == "golang-go";
               });
    }

    bool sets_cgo() const {
        const auto list = find_value(install_, "build-environment");
        return list && std::ranges::any_of(list->items, [](const Yaml& item) {
                   return find_pair(*item, "CGO_ENABLED", Spelling::kebab_only) != nullptr;
               });
    }

    Snippet runtime() const {
        auto part = certificates_part(work_.ground());
        if (work_.ground() != Ground::bare) return part;
        part["stage-packages"] = Snippet::array({"ca-certificates_data", "bash_bins", "coreutils_bins"});
        part["override-build"] = link_shell;
        return part;
    }

    Snippet assets() { return assets_part(work_, {"migrate", "migrate.sh", "static", "templates"}); }

    ExtensionWork& work_;
    const YamlNode& install_;
};

}  // namespace

Snippet make_go(ExtensionWork& work) {
    if (!work.exists(module_file))
        work.error(
            "RB0332",
            fmt::format("'go-framework' builds a Go module, and there is no '{}'", work.files().shown(module_file)),
            fmt::format("run `go mod init {}` there", work.name()));
    Snippet service;
    service["override"] = "replace";
    service["startup"] = "enabled";
    service["command"] = work.name();
    service["user"] = "_daemon_";
    service["working-dir"] = "/app";
    Snippet snippet;
    snippet["run-user"] = "_daemon_";
    snippet["services"]["go"] = service;
    snippet["parts"] = GoParts(work).all();
    return snippet;
}

}  // namespace rockbuild
