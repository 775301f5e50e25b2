#include "pack/client_settings.hpp"

#include "pack/java_trust.hpp"
#include "parts/variables.hpp"
#include "system/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>

namespace rockbuild {

namespace {

constexpr std::string_view go_names[] = {"GOPROXY",   "GONOPROXY",  "GOSUMDB", "GONOSUMDB",
                                         "GOPRIVATE", "GOINSECURE", "GOAUTH",  "GOVCS"};

/// pip's settings by their names in pip.conf; the variable is PIP_ and the name in capitals.
constexpr std::string_view pip_names[] = {"index-url", "extra-index-url", "trusted-host", "proxy",
                                          "timeout",   "default-timeout", "retries"};

constexpr std::string_view npm_names[] = {"registry", "proxy", "https-proxy", "noproxy", "strict-ssl"};

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin));
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

bool is_comment(std::string_view line) { return line.empty() || line[0] == '#' || line[0] == ';'; }

std::string capitals(std::string_view name) {
    std::string text(name);
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
    return text;
}

/// `${NAME}` as npm reads it in its files.
std::string with_variables(std::string text, const Host& host) {
    for (auto begin = text.find("${"); begin != std::string::npos; begin = text.find("${", begin + 1)) {
        const auto end = text.find('}', begin);
        if (end == std::string::npos) break;
        if (const auto value = host.variable(text.substr(begin + 2, end - begin - 2)))
            text.replace(begin, end + 1 - begin, *value);
    }
    return text;
}

class Reading {
public:
    Reading(const Host& host, std::string root) : host_(host), root_(std::move(root)) {
        home_ = host.variable("HOME").value_or("/nonexistent");
        config_ = host.variable("XDG_CONFIG_HOME").value_or(home_ + "/.config");
    }

    SandboxTransport all(std::string_view certificates) {
        go();
        pip();
        npm();
        maven();
        gradle();
        java(certificates);
        return std::move(settings_);
    }

private:
    /// Empty if there is none, or none that we may read.
    std::string text(const std::string& path) const {
        const auto found = read_file_if_any(path);
        return found ? found->value_or("") : "";
    }
    std::string machine(const std::string& path) const { return root_ + path; }

    void set(const std::string& name, const std::string& value) { settings_.environment[name] = value; }
    void take_variable(const std::string& name) {
        if (const auto value = host_.variable(name)) set(name, *value);
    }

    void go() {
        const auto file = host_.variable("GOENV").value_or(config_ + "/go/env");
        for (const auto& line : lines_of(file == "off" ? "" : text(file)))
            if (const auto sign = line.find('='); sign != std::string::npos)
                if (const auto name = trimmed(line.substr(0, sign));
                    std::ranges::find(go_names, name) != std::end(go_names))
                    set(name, trimmed(line.substr(sign + 1)));
        for (const auto name : go_names) take_variable(std::string(name));
    }

    /// An INI file with values that go on in indented lines; [install] has the last word over [global].
    void pip_file(const std::string& path) {
        std::map<std::string, std::map<std::string, std::string>> sections;
        std::string section;
        std::string name;
        for (const auto& line : lines_of(text(path))) {
            const auto words = trimmed(line);
            if (is_comment(words)) continue;
            const auto sign = line.find_first_of("=:");
            if (words.front() == '[' && words.back() == ']') section = words.substr(1, words.size() - 2), name.clear();
            else if ((line[0] == ' ' || line[0] == '\t') && !name.empty()) {
                auto& value = sections[section][name];
                value += (value.empty() ? "" : " ") + words;
            } else if (sign != std::string::npos) {
                name = trimmed(line.substr(0, sign));
                std::ranges::replace(name, '_', '-');
                sections[section][name] = trimmed(line.substr(sign + 1));
            }
        }
        for (const auto* which : {"global", "install"})
            for (const auto known : pip_names)
                if (const auto found = sections[which].find(std::string(known)); found != sections[which].end())
                    set("PIP_" + capitals(known), found->second);
    }

    void pip() {
        const auto chosen = host_.variable("PIP_CONFIG_FILE");
        if (chosen != "/dev/null") {
            std::istringstream folders(host_.variable("XDG_CONFIG_DIRS").value_or(machine("/etc/xdg")));
            for (std::string folder; std::getline(folders, folder, ':');) pip_file(folder + "/pip/pip.conf");
            pip_file(machine("/etc/pip.conf"));
            pip_file(home_ + "/.pip/pip.conf");
            pip_file(config_ + "/pip/pip.conf");
            if (chosen) pip_file(*chosen);
        }
        for (const auto name : pip_names) take_variable("PIP_" + capitals(name));
    }

    /// Settings of a host's file that say how a registry is reached; certificates are given by other means.
    static bool is_npm_setting(std::string_view name) {
        if (name.starts_with("//")) return !name.ends_with("file");
        return (name.starts_with("@") && name.ends_with(":registry")) || name.starts_with("_auth") ||
               std::ranges::find(npm_names, name) != std::end(npm_names);
    }

    void npm() {
        std::string kept;
        for (const auto& path : {machine("/usr/etc/npmrc"), machine("/etc/npmrc"),
                                 host_.variable("npm_config_globalconfig").value_or(machine("/usr/local/etc/npmrc")),
                                 host_.variable("npm_config_userconfig").value_or(home_ + "/.npmrc")})
            for (const auto& line : lines_of(text(path)))
                if (const auto sign = line.find('='); sign != std::string::npos && !is_comment(trimmed(line)))
                    if (is_npm_setting(trimmed(line.substr(0, sign)))) kept += with_variables(line, host_) + "\n";
        if (!kept.empty()) {
            const auto place = inside::tools + "/npmrc";
            settings_.files.push_back({place, kept, 0600});
            set("npm_config_globalconfig", place);
        }
        for (const auto name : npm_names)
            for (auto variable : {"npm_config_" + std::string(name), "NPM_CONFIG_" + capitals(name)}) {
                std::ranges::replace(variable, '-', '_');
                take_variable(variable);
            }
    }

    void copy(const std::string& from, const std::string& to) {
        if (auto bytes = text(from); !bytes.empty()) settings_.files.push_back({to, std::move(bytes), 0600});
    }

    void maven() {
        for (const auto* name : {"settings.xml", "settings-security.xml"})
            copy(fmt::format("{}/.m2/{}", home_, name), fmt::format("/root/.m2/{}", name));
        const auto own = host_.variable("MAVEN_HOME");
        copy(own ? *own + "/conf/settings.xml" : machine("/etc/maven/settings.xml"), inside::maven_settings);
    }

    void gradle() {
        const auto user = host_.variable("GRADLE_USER_HOME").value_or(home_ + "/.gradle");
        std::vector<fs::path> scripts;
        std::error_code error;
        for (fs::directory_iterator it(user + "/init.d", error), end; !error && it != end; it.increment(error))
            scripts.push_back(it->path());
        std::ranges::sort(scripts);
        for (const auto& script : scripts)
            if (script.native().ends_with(".gradle") || script.native().ends_with(".gradle.kts"))
                copy(script.native(), inside::gradle_scripts + "/" + script.filename().native());
        for (const auto& line : lines_of(text(user + "/gradle.properties"))) {
            constexpr std::string_view prefix = "systemProp.";
            const auto words = trimmed(line);
            if (words.starts_with(prefix) && words.find("roxy") != std::string::npos)
                options_ += fmt::format("-D{}\n", words.substr(prefix.size()));
        }
    }

    /// A proxy's address as Java's properties.
    void java_proxy(const std::string& scheme) {
        auto address =
            host_.variable(scheme + "_proxy").value_or(host_.variable(capitals(scheme) + "_PROXY").value_or(""));
        if (const auto begin = address.find("://"); begin != std::string::npos) address.erase(0, begin + 3);
        address = address.substr(0, address.find('/'));
        if (const auto at = address.rfind('@'); at != std::string::npos) {
            const auto colon = std::min(address.find(':'), at);
            options_ += fmt::format("-D{}.proxyUser={}\n", scheme, address.substr(0, colon));
            if (colon < at)
                options_ += fmt::format("-D{}.proxyPassword={}\n", scheme, address.substr(colon + 1, at - colon - 1));
            address.erase(0, at + 1);
        }
        if (address.empty()) return;
        const auto colon = address.rfind(':');
        options_ += fmt::format("-D{}.proxyHost={}\n", scheme, address.substr(0, colon));
        if (colon != std::string::npos)
            options_ += fmt::format("-D{}.proxyPort={}\n", scheme, address.substr(colon + 1));
    }

    void java(std::string_view certificates) {
        java_proxy("http");
        java_proxy("https");
        std::string without;
        std::istringstream names(host_.variable("no_proxy").value_or(host_.variable("NO_PROXY").value_or("")));
        for (std::string name; std::getline(names, name, ',');) {
            name = trimmed(name);
            if (!name.empty()) without += (without.empty() ? "" : "|") + (name[0] == '.' ? "*" + name : name);
        }
        if (!without.empty()) options_ += fmt::format("-Dhttp.nonProxyHosts={}\n", without);
        if (!certificates.empty()) {
            const auto store = inside::tools + "/cacerts";
            settings_.files.push_back({store, java_trust_store(certificates), 0644});
            options_ += fmt::format("-Djavax.net.ssl.trustStore={}\n-Djavax.net.ssl.trustStoreType=JKS\n", store);
        }
        if (options_.empty()) return;
        // By a file: Java prints the variable. An old Java that doesn't know the file starts all the same.
        const auto place = inside::tools + "/java.options";
        settings_.files.push_back({place, options_, 0644});
        set("JAVA_TOOL_OPTIONS", "-XX:+IgnoreUnrecognizedVMOptions -XX:VMOptionsFile=" + place);
    }

    const Host& host_;
    std::string root_;
    std::string home_;
    std::string config_;
    std::string options_;  // Java's
    SandboxTransport settings_;
};

}  // namespace

SandboxTransport client_settings(const Host& host, std::string_view certificates, const std::string& root) {
    return Reading(host, root).all(certificates);
}

}  // namespace rockbuild
