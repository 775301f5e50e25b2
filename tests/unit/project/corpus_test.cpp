// Real project files and what upstream says of them. What upstream takes may be refused here only because it isn't
// built yet; what it refuses is refused here too. With the base exchanged for one of ours, what is then taken must be
// what upstream makes of the file.
//
// The files lie beside the project (or where ROCKBUILD_CORPUS says); without them the tests say so and pass.
#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

using namespace rockbuild;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct RealFile {
    fs::path path;
    bool accepted = false;
    std::string message;  // upstream's, where it refuses
};

std::string content(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path corpus() {
    const auto* given = std::getenv("ROCKBUILD_CORPUS");
    return given != nullptr ? fs::path(given) : fs::path(ROCKBUILD_SOURCE_DIR).parent_path() / "shared/corpus";
}

std::vector<RealFile> real_files() {
    std::vector<RealFile> files;
    std::ifstream index(corpus() / "INDEX.tsv");
    std::string line;
    std::getline(index, line);
    while (std::getline(index, line)) {
        std::vector<std::string> fields;
        for (std::size_t begin = 0; begin <= line.size();) {
            const auto end = std::min(line.find('\t', begin), line.size());
            fields.push_back(line.substr(begin, end - begin));
            begin = end + 1;
        }
        if (fields.size() > 2)
            files.push_back({corpus() / "files" / fields[0], fields[2] == "accepted", fields.back()});
    }
    if (files.empty()) WARN("no real project files at " << corpus() << ": nothing is compared (set ROCKBUILD_CORPUS)");
    return files;
}

bool is_error(const Diagnostic& item) { return item.severity == Severity::error; }

/// Upstream's word for what lies beside the file or in a plugin or an extension that isn't here.
bool is_out_of_sight(const std::string& message) {
    return message.starts_with("ExtensionError") || message.find("npm-node-version") != std::string::npos ||
           message.find("jlink-java-version") != std::string::npos;
}

/// The file with the base `bare` or `debian@12`.
std::string with_our_base(const std::string& text) {
    static const std::regex line(R"((^|\n)(base|build-base|build_base):[ \t]*["']?(ubuntu[@:][0-9.]+|devel)["']?)");
    return std::regex_replace(text, line, "$1$2: debian@12");
}

/// A part's texts as upstream's model has them.
json texts(const std::vector<PlacedText>& list) { return test::values(list); }

json as_json(const PlacedValue& value) {
    json result;
    switch (value.kind) {
        case PlacedValue::Kind::scalar:
            return value.text;
        case PlacedValue::Kind::list:
            result = json::array();
            for (const auto& item : value.items) result.push_back(as_json(item));
            break;
        case PlacedValue::Kind::map:
            result = json::object();
            for (const auto& [key, inner] : value.pairs) result[key] = as_json(inner);
            break;
    }
    return result;
}

/// Numbers as texts: what a field's type is, is upstream's affair; its value is compared.
json all_texts(const json& value) {
    if (value.is_number()) return value.dump();
    if (!value.is_structured()) return value;
    json result = value.is_array() ? json::array() : json::object();
    if (value.is_array())
        for (const auto& item : value) result.push_back(all_texts(item));
    else
        for (const auto& [key, inner] : value.items())
            if (!inner.is_null()) result[key] = all_texts(inner);
    return result;
}

/// What upstream replaces in scripts before the shell could.
std::string expanded(std::string text, const Project& project, bool braces) {
    const std::map<std::string, std::string> values{{"CRAFT_ARCH_TRIPLET_BUILD_FOR", "x86_64-linux-gnu"},
                                                    {"CRAFT_ARCH_TRIPLET_BUILD_ON", "x86_64-linux-gnu"},
                                                    {"CRAFT_ARCH_TRIPLET", "x86_64-linux-gnu"},
                                                    {"CRAFT_ARCH_BUILD_FOR", "amd64"},
                                                    {"CRAFT_ARCH_BUILD_ON", "amd64"},
                                                    {"CRAFT_TARGET_ARCH", "amd64"},
                                                    {"CRAFT_PROJECT_DIR", "@PROJECT@"},
                                                    {"CRAFT_OVERLAY", "@PROJECT@/overlay/overlay"},
                                                    {"CRAFT_STAGE", "@PROJECT@/stage"},
                                                    {"CRAFT_PRIME", "@PROJECT@/prime"},
                                                    {"CRAFT_PROJECT_NAME", project.name.value},
                                                    {"CRAFT_PROJECT_VERSION", project.version.value}};
    std::vector<std::string> names;
    for (const auto& [name, value] : values) names.push_back(name);
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (const auto& name : names) {
        const auto wanted = braces ? "${" + name + "}" : "$" + name;
        for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at))
            text.replace(at, wanted.size(), values.at(name));
    }
    return text;
}

void compare_part(const Part& part, const json& upstream, const Project& project) {
    INFO("part " << part.name);
    const auto list = [&](const char* key, const std::vector<PlacedText>& ours, bool fileset = false) {
        INFO(key);
        CHECK(texts(ours) == upstream.value(key, fileset ? json{"*"} : json::array()));
    };
    CHECK(part.plugin.value == upstream.at("plugin"));
    CHECK((part.source ? json(part.source->value) : json("")) == upstream.value("source", json("")));
    list("after", part.after);
    list("stage-packages", part.stage_packages);
    list("build-packages", part.build_packages);
    list("overlay-packages", part.overlay_packages);
    list("overlay", part.overlay, true);
    list("stage", part.stage, true);
    list("prime", part.prime, true);
    json moves = json::object();
    for (const auto& [from, to] : part.organize) moves[from.value] = to.value;
    CHECK(moves == upstream.value("organize", json::object()));
    const auto script = [&](const char* key, const std::optional<Script>& ours) {
        INFO(key);
        const auto theirs = upstream.value(key, json());
        CHECK(ours.has_value() == !theirs.is_null());
        if (ours && theirs.is_string()) CHECK(expanded(expanded(ours->text, project, true), project, false) == theirs);
    };
    script("override-pull", part.override_pull);
    script("overlay-script", part.overlay_script);
    script("override-build", part.override_build);
    script("override-stage", part.override_stage);
    script("override-prime", part.override_prime);
    const auto permissions = upstream.value("permissions", json::array());
    REQUIRE(part.permissions.size() == permissions.size());
    for (std::size_t i = 0; i < permissions.size(); ++i) {
        CHECK(part.permissions[i].path == permissions[i].value("path", "*"));
        if (part.permissions[i].mode)
            CHECK(std::stoul(permissions[i].value("mode", ""), nullptr, 8) == *part.permissions[i].mode);
        if (part.permissions[i].owner)
            CHECK(permissions[i].value("owner", -1) == static_cast<int>(*part.permissions[i].owner));
    }
}

}  // namespace

TEST_CASE("real files get upstream's verdict or are called not built yet") {
    for (const auto& file : real_files()) {
        INFO(file.path.filename().string());
        const auto reading = read_project(content(file.path), "rockcraft.yaml");
        CHECK(reading.project.has_value() ==
              std::none_of(reading.diagnostics.begin(), reading.diagnostics.end(), is_error));
        std::string wrong;
        for (const auto& item : reading.diagnostics) {
            REQUIRE(item.span);
            CHECK_FALSE(item.message.empty());
            if (is_error(item) && item.code != "RB0311")
                wrong += fmt::format("{} {}: {}\n", item.code, test::place(*item.span), item.message);
        }
        if (file.accepted) CHECK(wrong.empty());
        else if (!is_out_of_sight(file.message)) CHECK_FALSE(wrong.empty());
        if (!file.accepted) CHECK_FALSE(reading.project);
    }
}

TEST_CASE("real files on a base of ours are read as upstream reads them") {
    std::size_t compared = 0;
    for (const auto& file : real_files()) {
        if (!file.accepted) continue;
        INFO(file.path.filename().string());
        const auto reading = read_project(with_our_base(content(file.path)), "rockcraft.yaml");
        for (const auto& item : reading.diagnostics)
            if (is_error(item)) CHECK(item.code == "RB0311");
        if (!reading.project) continue;
        ++compared;
        const auto& ours = *reading.project;
        const auto theirs =
            json::parse(content(corpus() / "upstream" / (file.path.stem().string() + ".json"))).at("project");
        CHECK(ours.name.value == theirs.at("name"));
        CHECK(ours.title == theirs.at("title"));
        CHECK(ours.version.value == theirs.at("version"));
        CHECK(ours.summary.value == theirs.at("summary"));
        CHECK(ours.description.value == theirs.at("description"));
        CHECK((ours.license ? json(*ours.license) : json()) == theirs.value("license", json()));
        CHECK(ours.run_user == theirs.contains("run-user"));
        json environment = json::object();
        for (const auto& [name, value] : ours.environment) environment[name] = value;
        CHECK(environment == theirs.value("environment", json::object()));
        for (const auto& [key, section] : {std::pair("services", &ours.services), std::pair("checks", &ours.checks)}) {
            json objects = json::object();
            for (const auto& [name, object] : *section) objects[name] = as_json(object);
            CHECK(objects == all_texts(theirs.value(key, json::object())));
        }
        json platforms = json::object();
        for (const auto& platform : ours.platforms) {
            json on = json::array();
            for (const auto& arch : platform.build_on) on.push_back(arch.debian);
            platforms[platform.label] = {{"build-on", on}, {"build-for", json::array({platform.build_for.debian})}};
        }
        CHECK(platforms == theirs.at("platforms"));
        for (const auto& part : ours.parts) compare_part(part, theirs.at("parts").at(part.name), ours);
    }
    if (compared > 0) CHECK(compared >= 30);
}
