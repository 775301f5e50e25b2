// Real project files and what upstream says of them: the same verdict, and the same values for each that it takes. What
// `resolve` prints of them is compared as a whole by tests/differential/corpus.py; here is what the typed Project
// holds.
//
// The files lie beside the project (or where ROCKBUILD_CORPUS says); without them the tests say so and pass.
#include "project/shape.hpp"
#include "project/variables.hpp"
#include "unit/project/reading.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

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

/// Upstream's word for what lies beside the file: an extension that looks for the application's own files.
bool is_out_of_sight(const std::string& message) { return message.starts_with("ExtensionError"); }

/// A text with upstream's folders, where `@PROJECT@` is the project's. (One file names its own folder by ours.)
std::string upstreams(std::string text) {
    static const std::vector<std::pair<std::string, std::string>> folders{
        {inside::project, "@PROJECT@"},
        {inside::overlay, "@PROJECT@/overlay/overlay"},
        {inside::stage, "@PROJECT@/stage"},
        {inside::prime, "@PROJECT@/prime"}};
    for (const auto& [ours, theirs] : folders)
        for (auto at = text.find(ours); at != std::string::npos; at = text.find(ours, at + theirs.size()))
            text.replace(at, ours.size(), theirs);
    return text;
}

/// A part's texts as upstream's model has them.
json texts(const std::vector<PlacedText>& list) { return test::values(list); }

json as_json(const PlacedValue& value) {
    json result;
    switch (value.kind) {
        case PlacedValue::Kind::scalar:
            return upstreams(value.text);
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

/// The build that upstream was asked for.
Build on_amd64(const ProjectDocument& document) {
    auto builds = document.builds;
    for (const auto& build : builds)
        if (build.build_on.debian == "amd64" && build.platform.build_for.debian == "amd64") return build;
    return builds.front();
}

/// The machine's number of cores stays a variable of ours, and is a number of upstream's.
bool depends_on_cores(const std::string& text) { return text.find("CRAFT_PARALLEL_BUILD_COUNT") != std::string::npos; }

json text_or_null(const std::optional<PlacedText>& text) { return text ? json(upstreams(text->value)) : json(); }

void compare_part(const Part& part, const json& upstream) {
    INFO("part " << part.name);
    const auto list = [&](const char* key, const std::vector<PlacedText>& ours, bool fileset = false) {
        INFO(key);
        CHECK(texts(ours) == all_texts(upstream.value(key, fileset ? json{"*"} : json::array())));
    };
    const auto text = [&](const char* key, const std::optional<PlacedText>& ours) {
        INFO(key);
        auto theirs = all_texts(upstream.value(key, json()));
        if (theirs == "" || (std::string_view(key) == "source-depth" && theirs == "0")) theirs = json();
        CHECK(text_or_null(ours) == theirs);
    };
    CHECK(part.plugin.value == upstream.at("plugin"));
    text("source", part.source);
    text("source-type", part.source_type);
    text("source-checksum", part.source_checksum);
    text("source-branch", part.source_branch);
    text("source-tag", part.source_tag);
    text("source-commit", part.source_commit);
    text("source-depth", part.source_depth);
    text("source-subdir", part.source_subdir);
    CHECK((part.source_submodules ? texts(*part.source_submodules) : json()) ==
          upstream.value("source-submodules", json()));
    list("after", part.after);
    list("stage-packages", part.stage_packages);
    list("stage-snaps", part.stage_snaps);
    list("build-packages", part.build_packages);
    list("build-snaps", part.build_snaps);
    list("build-attributes", part.build_attributes);
    list("overlay-packages", part.overlay_packages);
    list("overlay", part.overlay, true);
    list("stage", part.stage, true);
    list("prime", part.prime, true);
    json moves = json::object();
    for (const auto& [from, to] : part.organize) moves[from.value] = to.value;
    CHECK(moves == upstream.value("organize", json::object()));
    json variables = json::array();
    for (const auto& [name, value] : part.build_environment) variables.push_back({{name, upstreams(value)}});
    CHECK(variables == all_texts(upstream.value("build-environment", json::array())));
    for (const auto& [key, value] : part.properties) {
        INFO(key);
        CHECK(as_json(value) == all_texts(upstream.value(key, json())));
    }
    const auto script = [&](const char* key, const std::optional<Script>& ours) {
        INFO(key);
        const auto theirs = upstream.value(key, json());
        CHECK(ours.has_value() == !theirs.is_null());
        if (ours && !depends_on_cores(ours->text)) CHECK(upstreams(ours->text) == upstreams(theirs));
    };
    script("override-pull", part.override_pull);
    script("overlay-script", part.overlay_script);
    script("override-overlay", part.override_overlay);
    script("override-build", part.override_build);
    script("override-stage", part.override_stage);
    script("override-prime", part.override_prime);
    const auto permissions = upstream.value("permissions", json::array());
    REQUIRE(part.permissions.size() == permissions.size());
    for (std::size_t i = 0; i < permissions.size(); ++i) {
        CHECK(part.permissions[i].path == permissions[i].value("path", "*"));
        CHECK(part.permissions[i].mode.has_value() == permissions[i].contains("mode"));
        if (part.permissions[i].mode)
            CHECK(std::stoul(permissions[i].value("mode", ""), nullptr, 8) == *part.permissions[i].mode);
        CHECK(part.permissions[i].owner.has_value() == permissions[i].contains("owner"));
        if (part.permissions[i].owner)
            CHECK(permissions[i].value("owner", -1) == static_cast<int>(*part.permissions[i].owner));
    }
}

}  // namespace

TEST_CASE("real files get upstream's verdict") {
    for (const auto& file : real_files()) {
        INFO(file.path.filename().string());
        const auto document = read_document(content(file.path), "rockcraft.yaml");
        std::string wrong;
        for (const auto& item : document.diagnostics) {
            REQUIRE(item.span);
            CHECK_FALSE(item.message.empty());
            if (is_error(item)) wrong += fmt::format("{} {}: {}\n", item.code, test::place(*item.span), item.message);
        }
        CHECK(document.good() == wrong.empty());
        if (file.accepted) CHECK(wrong.empty());
        else if (!is_out_of_sight(file.message)) CHECK_FALSE(wrong.empty());
    }
}

TEST_CASE("real files are read as upstream reads them") {
    std::size_t compared = 0;
    for (const auto& file : real_files()) {
        if (!file.accepted) continue;
        INFO(file.path.filename().string());
        const auto document = read_document(content(file.path), "rockcraft.yaml");
        REQUIRE(document.good());
        if (find_pair(*document.root, "extensions") != nullptr) continue;
        ++compared;
        const auto ours = project_for(document, on_amd64(document));
        const auto theirs =
            json::parse(content(corpus() / "upstream" / (file.path.stem().string() + ".json"))).at("project");
        CHECK(ours.name.value == theirs.at("name"));
        CHECK(ours.title == theirs.at("title"));
        CHECK(ours.version.value == theirs.at("version"));
        CHECK(ours.summary.value == theirs.at("summary"));
        CHECK(ours.description.value == theirs.at("description"));
        CHECK(ours.base.value == theirs.at("base"));
        CHECK(ours.build_base.value == theirs.value("build-base", ours.base.value));
        CHECK(text_or_null(ours.adopt_info) == theirs.value("adopt-info", json()));
        CHECK((ours.license ? json(*ours.license) : json()) == theirs.value("license", json()));
        CHECK(ours.run_user == theirs.contains("run-user"));
        CHECK(text_or_null(ours.entrypoint_service) == theirs.value("entrypoint-service", json()));
        CHECK(text_or_null(ours.entrypoint_command) == theirs.value("entrypoint-command", json()));
        CHECK(ours.package_repositories.size() == theirs.value("package-repositories", json::array()).size());
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
        for (const auto& part : ours.parts) compare_part(part, theirs.at("parts").at(part.name));
    }
    if (compared > 0) CHECK(compared >= 290);
}
