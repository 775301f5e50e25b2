// expressjs-framework (spec/rockcraft-yaml.md §10.2): an application of Node, started by npm.
#include "project/extensions/work.hpp"
#include "project/pattern.hpp"
#include "project/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace rockbuild {

namespace {

constexpr const char* package_file = "app/package.json";

Position place_of_byte(std::string_view text, std::size_t byte) {
    const auto before = text.substr(0, byte > 0 ? byte - 1 : 0);
    const auto line = before.rfind('\n');
    const auto column = line == std::string_view::npos ? before : before.substr(line + 1);
    const auto characters = std::ranges::count_if(column, [](char c) { return (c & 0xc0) != 0x80; });
    return {static_cast<std::uint32_t>(std::ranges::count(before, '\n')) + 1,
            static_cast<std::uint32_t>(characters) + 1};
}

/// Reads a text byte by byte, and lets others see how far it has come: JSON has no places once it is read.
class CountedBytes {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountedBytes(const char* byte, const char** reached) : byte_(byte), reached_(reached) {}
    const char& operator*() const { return *byte_; }
    CountedBytes& operator++() {
        *reached_ = ++byte_;
        return *this;
    }
    CountedBytes operator++(int) {
        auto before = *this;
        ++*this;
        return before;
    }
    bool operator==(const CountedBytes& other) const { return byte_ == other.byte_; }

private:
    const char* byte_;
    const char** reached_;
};

/// Where the keys of the object and of the objects right in it stand: "name", "scripts.start". Of a key that is given
/// twice the last counts, as it does for the value.
class KeyPlaces : public nlohmann::json_sax<Snippet> {
public:
    explicit KeyPlaces(std::string_view text) : text_(text) {
        CountedBytes begin(text.data(), &reached_);
        CountedBytes end(text.data() + text.size(), &reached_);
        Snippet::sax_parse(begin, end, this);
    }

    Position of(const std::string& path) const {
        const auto found = places_.find(path);
        return found == places_.end() ? Position{1, 1} : found->second;
    }

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_array(std::size_t) override { return enter(); }
    bool end_array() override { return leave(); }
    bool start_object(std::size_t) override { return enter(); }
    bool end_object() override { return leave(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }
    bool key(string_t& name) override {
        if (depth_ == 1) outer_ = name;
        if (depth_ == 1) places_[name] = place_of_key();
        if (depth_ == 2) places_[outer_ + "." + name] = place_of_key();
        return true;
    }

private:
    bool enter() {
        ++depth_;
        return true;
    }
    bool leave() {
        --depth_;
        return true;
    }

    /// Just before what was read last stands its closing quote; the opening one has no backslash before it.
    Position place_of_key() const {
        auto at = static_cast<std::size_t>(reached_ - text_.data());
        at = text_.rfind('"', at - 1);
        do at = text_.rfind('"', at - 1);
        while (is_escaped(at));
        return place_of_byte(text_, at + 1);
    }
    bool is_escaped(std::size_t at) const {
        std::size_t backslashes = 0;
        while (backslashes < at && text_[at - backslashes - 1] == '\\') ++backslashes;
        return backslashes % 2 == 1;
    }

    std::string_view text_;
    const char* reached_ = nullptr;
    std::size_t depth_ = 0;
    std::string outer_;
    std::map<std::string, Position> places_;
};

/// What stands in the place of a text.
std::string_view kind_of_json(const Snippet& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "a list";
    if (value.is_number()) return "a number";
    if (value.is_boolean()) return "true or false";
    return value.is_null() ? "null" : "an empty text";
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
    const KeyPlaces places(*text);
    const auto wrong = [&](const std::string& key, std::string message, std::string cure) {
        work.error_in(package_file, places.of(key), "RB0336", std::move(message), std::move(cure));
    };
    // A text that isn't empty; otherwise that is said.
    const auto check_text = [&](const Snippet& object, const std::string& key, const std::string& path,
                                const std::string& above, const std::string& what, const std::string& cure) {
        const auto found = object.is_object() ? object.find(key) : object.end();
        if (!object.is_object() || found == object.end())
            wrong(above, fmt::format("the package has no {}", what), cure);
        else if (!found->is_string() || found->get_ref<const std::string&>().empty())
            wrong(path, fmt::format("the package's {} must be a text, and is {}", what, kind_of_json(*found)), cure);
        else return true;
        return false;
    };
    const auto scripts = package.contains("scripts") ? package["scripts"] : Snippet();
    check_text(scripts, "start", "scripts.start", "scripts", "script 'start', which the service runs",
               R"(write "scripts": {"start": "node server.js"})");
    if (!check_text(package, "name", "name", "", "name", R"(write "name": "my-app")")) return {};
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
