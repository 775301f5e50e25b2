// expressjs-framework (spec/rockcraft-yaml.md §10.2): an application of Node, started by npm.
#include "project/extensions/work.hpp"
#include "project/pattern.hpp"
#include "project/reading.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

constexpr const char* package_file = "app/package.json";

/// JSON has no places once it is read: the line where a key stands first, else the first.
Position place_of_key(std::string_view text, std::string_view key) {
    const auto at = text.find(fmt::format("\"{}\"", key));
    if (at == std::string_view::npos) return {1, 1};
    const auto before = text.substr(0, at);
    return {static_cast<std::uint32_t>(std::ranges::count(before, '\n')) + 1, 1};
}

Position place_of_byte(std::string_view text, std::size_t byte) {
    const auto before = text.substr(0, byte > 0 ? byte - 1 : 0);
    const auto line = before.rfind('\n');
    const auto column = line == std::string_view::npos ? before : before.substr(line + 1);
    const auto characters = std::ranges::count_if(column, [](char c) { return (c & 0xc0) != 0x80; });
    return {static_cast<std::uint32_t>(std::ranges::count(before, '\n')) + 1,
            static_cast<std::uint32_t>(characters) + 1};
}

/// The package's name, which becomes a path and stands in a script; empty if something is wrong, which is said.
std::string package_name(ExtensionWork& work) {
    static const Pattern name_pattern(R"(^(@[A-Za-z0-9~._-]+/)?[A-Za-z0-9~_-][A-Za-z0-9~._-]*$)");
    if (!work.exists(package_file)) {
        work.error("RB0332",
                   fmt::format("'expressjs-framework' builds the package in the folder 'app', and there is no '{}'",
                               work.files().shown(package_file)),
                   "run `npm init` in the folder app beside the project file");
        return {};
    }
    const auto text = work.text_of_file(package_file);
    if (!text) return {};
    Snippet package;
    try {
        package = Snippet::parse(*text);
    } catch (const Snippet::parse_error& error) {
        work.error_in(package_file, place_of_byte(*text, error.byte), "RB0335", "this is no JSON",
                      "mend the file: `npm pkg get` in its folder reads it");
        return {};
    }
    if (!package.is_object()) {
        work.error_in(package_file, {1, 1}, "RB0335", "this is no JSON object", "run `npm init` in its folder");
        return {};
    }
    const auto wrong = [&](std::string_view key, std::string message, std::string cure) {
        work.error_in(package_file, place_of_key(*text, key), "RB0336", std::move(message), std::move(cure));
    };
    const auto is_text = [](const Snippet& object, const char* key) {
        return object.contains(key) && object[key].is_string() && !object[key].get_ref<const std::string&>().empty();
    };
    if (!package.contains("scripts") || !package["scripts"].is_object() || !is_text(package["scripts"], "start"))
        wrong(package.contains("scripts") ? "scripts" : "", "the package has no script 'start', which the service runs",
              R"(write "scripts": {"start": "node server.js"})");
    if (!is_text(package, "name")) {
        wrong("name", "the package has no name", R"(write "name": "my-app")");
        return {};
    }
    auto name = package["name"].get<std::string>();
    if (name_pattern.found_in(name)) return name;
    wrong("name", fmt::format("'{}' can't be a package's name", name),
          "use letters, digits, '-', '_' and '.'; @scope/ may come before");
    return {};
}

class ExpressParts {
public:
    ExpressParts(const ExtensionWork& work, std::string package) : work_(work), package_(std::move(package)) {
        const auto included = find_value(work.user_part("install-app"), "npm-include-node");
        includes_node_ = included && truth_of(*included).value_or(false);
    }

    Snippet all() const {
        Snippet parts;
        parts[work_.part_name("install-app")] = install_app();
        if (auto part = runtime(); !part.empty()) parts[work_.part_name("runtime")] = std::move(part);
        if (work_.ground() == Ground::debian)
            parts[work_.part_name("certificates")] = certificates_part(Ground::debian);
        parts[work_.part_name("logging")] = logging_part();
        return parts;
    }

private:
    Snippet install_app() const {
        Snippet part;
        part["plugin"] = "npm";
        part["source"] = "app/";
        part["build-environment"] = Snippet::array({Snippet::object({{"UV_USE_IO_URING", "0"}})});
        if (!includes_node_) part["build-packages"] = Snippet::array({"nodejs", "npm"});
        if (auto slices = app_slices(); !slices.empty()) part["stage-packages"] = std::move(slices);
        part["override-build"] = script();
        return part;
    }

    Snippet app_slices() const {
        switch (work_.ground()) {
            case Ground::bare:
                return Snippet::array({"bash_bins", "ca-certificates_data", "coreutils_bins"});
            case Ground::ubuntu: {
                auto slices = Snippet::array({"ca-certificates_data"});
                if (!includes_node_) slices.push_back("nodejs_bins");
                return slices;
            }
            case Ground::debian:
                break;  // Debian has no slices: parts of their own bring these
        }
        return Snippet::array();
    }

    std::string script() const {
        const auto installed = fmt::format("${{CRAFT_PART_INSTALL}}/lib/node_modules/{}", package_);
        auto text = fmt::format(
            "rm -rf node_modules\n"
            "craftctl default\n"
            "npm config set script-shell=bash --location project\n"
            "cp ${{CRAFT_PART_BUILD}}/.npmrc {0}/.npmrc\n"
            "chown -R {1}:{1} {0}\n"
            "ln -s /lib/node_modules/{2} ${{CRAFT_PART_INSTALL}}/app\n"
            "chown -R {1}:{1} ${{CRAFT_PART_INSTALL}}/app",
            installed, daemon_id, package_);
        if (work_.ground() == Ground::bare) text += fmt::format("\n{}", link_shell);
        return text;
    }

    Snippet runtime() const {
        auto packages = Snippet::array();
        if (work_.ground() == Ground::bare) packages = Snippet::array({"libstdc++6", "zlib1g"});
        if (work_.ground() == Ground::debian && !includes_node_) packages.push_back("nodejs");
        if (!includes_node_) packages.push_back("npm");
        Snippet part;
        if (packages.empty()) return part;
        part["plugin"] = "nil";
        part["stage-packages"] = std::move(packages);
        part["stage"] = Snippet::array({"-etc/ssl/certs/ca-certificates.crt"});
        return part;
    }

    const ExtensionWork& work_;
    std::string package_;
    bool includes_node_ = false;
};

}  // namespace

Snippet make_expressjs(ExtensionWork& work) {
    Snippet service;
    service["override"] = "replace";
    service["startup"] = "enabled";
    service["user"] = "_daemon_";
    service["working-dir"] = "/app";
    service["environment"]["NODE_ENV"] = "production";
    service["command"] = "npm start";
    Snippet snippet;
    snippet["run-user"] = "_daemon_";
    snippet["services"]["expressjs"] = service;
    snippet["parts"] = ExpressParts(work, package_name(work)).all();
    return snippet;
}

}  // namespace rockbuild
