// go-framework (spec/rockcraft-yaml.md §10.2): one program, built by Go from the module in the project's folder.
#include "project/extensions/work.hpp"
#include "project/reading.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

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

    Snippet install_app() const {
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
    if (!work.exists("go.mod"))
        work.error("RB0332",
                   fmt::format("'go-framework' builds a Go module, and there is no '{}'", work.files().shown("go.mod")),
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
