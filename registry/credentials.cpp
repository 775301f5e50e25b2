#include "registry/credentials.hpp"

#include "registry/base64.hpp"
#include "registry/json_member.hpp"
#include "system/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr double helper_seconds = 30;
constexpr std::string_view hub_key = "https://index.docker.io/v1/";
constexpr std::string_view no_credentials = "credentials not found in native keychain";

bool is_hub(std::string_view host) {
    return host == "docker.io" || host == "index.docker.io" || host == "registry-1.docker.io";
}

/// `https://host/v1/` and `host` are one key; Docker Hub's names are one host.
std::string normal_key(std::string key) {
    for (const std::string_view scheme : {"https://", "http://"})
        if (key.starts_with(scheme)) {
            key.erase(0, scheme.size());
            key = key.substr(0, key.find('/'));
        }
    while (key.ends_with('/')) key.pop_back();
    const auto host = key.substr(0, key.find('/'));
    return is_hub(host) ? "docker.io" + key.substr(host.size()) : key;
}

std::string helper_key(const std::string& registry) { return is_hub(registry) ? std::string(hub_key) : registry; }

std::unexpected<Diagnostic> unusable(const fs::path& file, std::string_view why) {
    return fail("RB1540", fmt::format("the credentials file '{}' can't be used: {}", file.native(), why),
                "mend it, or remove it and log in again", ExitCode::bad_data);
}

Result<std::optional<Json>> read_json(const fs::path& file) {
    const auto text = TRY(read_file_if_any(file));
    if (!text || text->empty()) return std::nullopt;
    auto json = parse_untrusted<Json>(*text);
    if (!json.is_object()) return unusable(file, "it is no JSON object");
    return json;
}

/// The helper that a config names for a registry; empty: none.
std::string helper_of(const Json& config, const std::string& registry) {
    if (const auto helpers = config.find("credHelpers"); helpers != config.end() && helpers->is_object())
        for (const auto& [key, value] : helpers->items())
            if (normal_key(key) == normal_key(registry) && value.is_string()) return value.get<std::string>();
    return text_member(config, "credsStore");
}

/// An entry of `auths`; none if it only marks that a helper has the password.
std::optional<Credential> from_entry(const Json& entry) {
    if (!entry.is_object()) return std::nullopt;
    Credential credential;
    credential.username = text_member(entry, "username");
    credential.secret = text_member(entry, "password");
    if (const auto pair = base64_decode(text_member(entry, "auth")); pair && !pair->empty()) {
        const auto colon = pair->find(':');  // passwords may hold more of them
        if (colon == std::string::npos) return std::nullopt;
        credential.username = pair->substr(0, colon);
        credential.secret = pair->substr(colon + 1);
        while (credential.secret.ends_with('\0')) credential.secret.pop_back();
    }
    if (auto token = text_member(entry, "identitytoken"); !token.empty()) {
        credential.secret = std::move(token);
        credential.is_identity_token = true;
    }
    if (credential.secret.empty()) return std::nullopt;
    return credential;
}

/// The keys under which an image's password may stand, most specific first.
std::vector<std::string> keys_for(const std::string& registry, const std::string& repository) {
    const auto host = normal_key(registry);
    std::vector<std::string> keys;
    for (auto path = repository; !path.empty();) {
        keys.push_back(host + "/" + path);
        const auto slash = path.rfind('/');
        path = slash == std::string::npos ? std::string() : path.substr(0, slash);
    }
    keys.push_back(host);
    return keys;
}

}  // namespace

std::vector<fs::path> Credentials::files() const {
    if (const auto file = host_.variable("REGISTRY_AUTH_FILE")) return {*file};
    if (const auto folder = host_.variable("DOCKER_CONFIG")) return {fs::path(*folder) / "config.json"};
    const auto home = host_.variable("HOME").value_or("/root");
    const auto runtime = host_.variable("XDG_RUNTIME_DIR").value_or(fmt::format("/run/containers/{}", host_.uid));
    const auto config = host_.variable("XDG_CONFIG_HOME").value_or(home + "/.config");
    return {runtime + "/containers/auth.json", config + "/containers/auth.json", home + "/.docker/config.json"};
}

/// Where the registry's password is read from now, else the first file that is there, else Docker's.
Result<fs::path> Credentials::written_file(const std::string& registry) const {
    std::optional<fs::path> first;
    for (const auto& file : files()) {
        const auto config = TRY(read_json(file));
        if (!config) continue;
        if (!first) first = file;
        if (!helper_of(*config, registry).empty()) return file;
        const auto auths = object_member(*config, "auths");
        for (const auto& [key, entry] : auths.items())
            if (normal_key(key) == normal_key(registry)) return file;
    }
    return first.value_or(files().back());
}

Result<std::string> Credentials::ask_helper(const std::string& helper, const std::string& verb,
                                            const std::string& input) const {
    Command command;
    const auto program = "docker-credential-" + helper;
    if (helper.find('/') != std::string::npos)
        return fail("RB1540", fmt::format("'{}' is no name of a credential helper", helper), {}, ExitCode::bad_data);
    command.arguments = {program, verb};
    command.environment = host_.environment;
    command.input = input;
    command.timeout_seconds = helper_seconds;
    auto finished = TRY(processes_.run(command, {}));
    if (finished.code == 0) return std::move(finished.output);
    auto words = finished.output.empty() ? finished.error : finished.output;
    while (!words.empty() && static_cast<unsigned char>(words.back()) <= ' ') words.pop_back();
    if (words == no_credentials) return std::string();
    return fail("RB1540", fmt::format("{} {} failed: {}", program, verb, words),
                "see that the helper works, or remove it from the Docker configuration", ExitCode::not_allowed);
}

Result<std::optional<Credential>> Credentials::from_helper(const std::string& helper,
                                                           const std::string& registry) const {
    const auto answer = TRY(ask_helper(helper, "get", helper_key(registry)));
    if (answer.empty()) return std::nullopt;
    const auto json = parse_untrusted<Json>(answer);
    Credential credential;
    if (json.is_object()) {
        credential.username = text_member(json, "Username");
        credential.secret = text_member(json, "Secret");
    }
    if (credential.secret.empty()) return std::nullopt;
    credential.is_identity_token = credential.username == "<token>";
    credential.source = fmt::format("docker-credential-{}", helper);
    return credential;
}

Result<std::optional<Credential>> Credentials::find(const std::string& registry, const std::string& repository) const {
    for (const auto& file : files()) {
        const auto config = TRY(read_json(file));
        if (!config) continue;
        if (const auto helper = helper_of(*config, registry); !helper.empty())
            if (auto credential = TRY(from_helper(helper, registry))) return credential;
        const auto auths = config->find("auths");
        if (auths == config->end() || !auths->is_object()) continue;
        for (const auto& wanted : keys_for(registry, repository))
            for (const auto& [key, entry] : auths->items()) {
                if (normal_key(key) != wanted) continue;
                if (auto credential = from_entry(entry)) {
                    credential->source = fmt::format("the entry '{}' of {}", key, file.native());
                    return credential;
                }
            }
    }
    return std::nullopt;
}

Result<std::string> Credentials::keep(const std::string& registry, const Credential& credential) const {
    auto file = TRY(written_file(registry));
    std::error_code error;
    if (fs::is_symlink(file, error)) file = fs::weakly_canonical(file, error);
    auto config = TRY(read_json(file)).value_or(Json::object());
    if (config.contains("auths") && !config["auths"].is_object()) return unusable(file, "its 'auths' is no object");
    const auto helper = helper_of(config, registry);
    if (!helper.empty()) {
        const Json entry{
            {"ServerURL", helper_key(registry)}, {"Username", credential.username}, {"Secret", credential.secret}};
        std::string text;
        try {
            text = entry.dump();
        } catch (const Json::type_error&) {
            return fail("RB1541", "the user name or the password is no UTF-8 text, which a credential helper needs", {},
                        ExitCode::bad_data);
        }
        TRY_VOID(ask_helper(helper, "store", text));
        return "docker-credential-" + helper;
    }
    // Other spellings of the same registry would be found first.
    const auto auths = object_member(config, "auths");
    for (const auto& [key, old] : auths.items())
        if (normal_key(key) == normal_key(registry)) config["auths"].erase(key);
    auto& entry = config["auths"][helper_key(registry)];
    entry = Json::object();
    entry["auth"] = base64_encode(credential.username + ":" + (credential.is_identity_token ? "" : credential.secret));
    if (credential.is_identity_token) entry["identitytoken"] = credential.secret;
    TRY_VOID(make_folders(file.parent_path()));
    TRY_VOID(write_file(file, config.dump(4) + "\n", 0600));
    return file.native();
}

Result<bool> Credentials::forget(const std::string& registry) const {
    bool found = false;
    for (const auto& file : files()) {
        auto config = TRY(read_json(file));
        if (!config) continue;
        if (const auto helper = helper_of(*config, registry);
            !helper.empty() && TRY(from_helper(helper, registry)).has_value()) {
            TRY_VOID(ask_helper(helper, "erase", helper_key(registry)));
            found = true;
        }
        const auto auths = config->find("auths");
        if (auths == config->end() || !auths->is_object()) continue;
        std::vector<std::string> keys;
        for (const auto& [key, entry] : auths->items())
            if (normal_key(key) == normal_key(registry)) keys.push_back(key);
        if (keys.empty()) continue;
        for (const auto& key : keys) auths->erase(key);
        TRY_VOID(write_file(file, config->dump(4) + "\n", 0600));
        found = true;
    }
    return found;
}

}  // namespace rockbuild
