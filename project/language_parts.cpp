// The keys of every part, whatever its plugin, and the kinds of sources.
#include "project/language.hpp"
#include "project/pattern.hpp"

#include <algorithm>
#include <array>

namespace rockbuild {

namespace {

const TextRule path_rule{R"(^[^/][\s\S]*$)", "must be a relative path", "leave the leading '/' out"};
const TextRule package_rule{
    R"(^[A-Za-z0-9][A-Za-z0-9+.-]*(_[a-z0-9][a-z0-9-]*)?(:[a-z0-9-]+)?(=[A-Za-z0-9.+~:*-]+)?(/[a-z0-9.-]+)?$)",
    "is no package name", "write NAME, NAME:ARCH or NAME=VERSION, or NAME_SLICE for a slice"};
const TextRule checksum_rule{
    R"(^(md5|sha1|sha224|sha256|sha384|sha512|sha3_224|sha3_256|sha3_384|sha3_512|blake2b|blake2s)/[0-9a-fA-F]+$)",
    "is no checksum", "write ALGORITHM/DIGEST, for example sha256/ and 64 hexadecimal digits"};
const TextRule shell_variable_rule{R"(^[A-Za-z_][A-Za-z0-9_]*$)", "is no name of a variable",
                                   "use letters, digits and '_'; begin with no digit"};
const TextRule mode_rule{R"(^(0o)?0*[0-7]{1,4}$)", "is no mode",
                         "write at most four octal digits in quotes, for example \"755\""};

// The keys that may be said with clauses (spec/rockcraft-yaml.md §7).
constexpr std::array<std::string_view, 30> keys_with_clauses{
    "plugin",         "source",           "source-checksum",  "source-branch",     "source-commit",
    "source-depth",   "source-subdir",    "source-tag",       "source-submodules", "source-type",
    "after",          "disable-parallel", "overlay-packages", "stage-snaps",       "stage-packages",
    "build-snaps",    "organize",         "build-packages",   "overlay",           "stage",
    "prime",          "build-attributes", "permissions",      "build-environment", "override-pull",
    "overlay-script", "override-build",   "override-stage",   "override-prime",    "stage-slices"};

const Synonyms part_synonyms{
    {"apt", "write stage-packages"},
    {"base", "it is a key of the whole file: move it to the left margin"},
    {"build", "write override-build"},
    {"build-script", "write override-build"},
    {"checks", "it is a key of the whole file: move it to the left margin"},
    {"cmd", "write services at the top of the file"},
    {"command", "write override-build, or services at the top of the file"},
    {"copy", "use plugin: dump with organize"},
    {"depends", "write after"},
    {"depends-on", "write after"},
    {"depends_on", "write after"},
    {"deps", "write after"},
    {"entrypoint", "write services at the top of the file"},
    {"env", "write build-environment"},
    {"environment", "write build-environment"},
    {"files", "use plugin: dump with organize"},
    {"filesets", "write stage or prime"},
    {"image", "a part has no image: write base at the top of the file"},
    {"install", "write override-build"},
    {"organise", "write organize"},
    {"packages", "write stage-packages (in the image) or build-packages (for the build)"},
    {"parse-info", "rocks take version, summary and description by adopt-info and `craftctl set`"},
    {"parts", "it is a key of the whole file: move it to the left margin"},
    {"platforms", "it is a key of the whole file: move it to the left margin"},
    {"prepare", "write override-pull"},
    {"requires", "write after"},
    {"run", "write override-build"},
    {"script", "write override-build"},
    {"services", "it is a key of the whole file: move it to the left margin"},
    {"snap", "write prime"},
    {"build-slices", "rocks have none: write build-packages"},
    {"user", "write permissions, with owner and group"},
    {"workdir", "write source-subdir"},
};

Shape relative_paths() { return list_of(ruled(path_rule, 1)); }

Shape source_type() {
    auto shape = one_of({});
    for (const auto& type : source_types()) shape.choices.push_back(type.name);
    shape.empty_too = true;
    return shape;
}

ObjectShape make_part_shape() {
    Shape checksum = ruled(checksum_rule);
    checksum.empty_too = true;
    const auto packages = list_of(ruled(package_rule, 1));
    ObjectShape shape;
    shape.noun = "part";
    shape.spelling = Spelling::kebab_only;
    shape.keys = {
        {"plugin", text(), "What builds the part.", true, "write `plugin: nil` for a part without one"},
        {"source", text(), "Where its source comes from: a folder, an archive, a repository."},
        {"source-type", source_type(), "What the source is, where its text doesn't tell."},
        {"source-checksum", checksum, "The digest of a source that is a file: sha256/ and its digits."},
        {"source-channel", text(), "No kind of source takes it."},
        {"source-branch", text(), "The branch of a git source."},
        {"source-tag", text(), "The tag of a git source."},
        {"source-commit", text(), "The commit of a git source."},
        {"source-depth", integer(0), "How many commits of a git source are fetched; 0 for all."},
        {"source-subdir", text(), "The folder of the source that is built."},
        {"source-submodules", list_of(text()), "Which submodules of a git source are fetched; without it, all."},
        {"disable-parallel", boolean(), "Builds with one job (plugin autotools)."},
        {"after", list_of(text()), "The parts that are staged before this one is built."},
        {"overlay-packages", packages, "Packages that are installed over the base, as apt does."},
        {"overlay-recommended-packages", packages, "The same, with what they recommend."},
        {"overlay-script", script(), "Runs beside the base: it lies at $CRAFT_OVERLAY."},
        {"override-overlay", script(), "Runs within the base."},
        {"overlay", list_of(filled_text()), "What of the part's overlay is kept."},
        {"stage-snaps", list_of(text()), "Snaps whose files go into the part."},
        {"stage-packages", packages, "Packages, or slices of them, whose files go into the part."},
        {"stage-slices", packages, "Slices whose files go into the part."},
        {"build-snaps", list_of(text()), "Snaps that are needed to build."},
        {"build-packages", packages, "Packages that are needed to build."},
        {"build-environment", list_of(map_of(text(), &shell_variable_rule)), "Variables for the part's steps."},
        {"build-attributes", list_of(text()), "enable-usrmerge, disable-usrmerge, self-contained."},
        {"organize", map_of(text()), "Moves files that were built: from where, to where."},
        {"stage", relative_paths(), "Which of the part's files go to the common stage."},
        {"prime", relative_paths(), "Which of them go into the image."},
        {"override-pull", script(), "Runs instead of fetching the source."},
        {"override-build", script(), "Runs instead of the plugin's build."},
        {"override-stage", script(), "Runs instead of staging."},
        {"override-prime", script(), "Runs instead of priming."},
        {"permissions", list_of(object_of(permission_shape())), "Owners and modes of files in the image."},
    };
    for (auto& key : shape.keys)
        key.clauses = std::ranges::find(keys_with_clauses, key.name) != keys_with_clauses.end();
    using Rule = KeyRule::Kind;
    shape.rules = {
        {Rule::exclusive, {"overlay-script", "override-overlay"}, {}, "keep one", true},
        {Rule::exclusive, {"source-branch", "source-tag"}, {}, "keep one"},
        {Rule::exclusive, {"source-branch", "source-commit"}, {}, "keep one"},
        {Rule::exclusive, {"source-tag", "source-commit"}, {}, "keep one"},
        {Rule::exclusive, {"stage-packages", "stage-slices"}, {}, "keep one; slices may stand in stage-packages too"},
    };
    shape.synonyms = part_synonyms;
    return shape;
}

}  // namespace

const ObjectShape& part_shape() {
    static const auto shape = make_part_shape();
    return shape;
}

const ObjectShape& permission_shape() {
    static const auto shape = [] {
        auto mode = ruled(mode_rule);
        mode.numbers_too = false;
        constexpr std::int64_t most_id = 0xfffffffe;
        ObjectShape made;
        made.spelling = Spelling::kebab_only;
        made.keys = {{"path", exact_text(), "Which files: a pattern whose * crosses '/'; without it, all."},
                     {"owner", integer(0, most_id), "The number of the user who owns them."},
                     {"group", integer(0, most_id), "The number of their group."},
                     {"mode", mode, "Their mode: octal digits in quotes."}};
        made.rules = {{KeyRule::Kind::together, {"owner", "group"}, {}, "give both, or neither"}};
        made.synonyms = {
            {"user", "write owner"}, {"uid", "write owner"}, {"gid", "write group"}, {"perms", "write mode"}};
        return made;
    }();
    return shape;
}

const std::vector<SourceType>& source_types() {
    // In the order in which upstream tries them.
    static const std::vector<SourceType> types{
        {"tar", R"(\.(tar(\.[a-z0-9]+)?|tgz)$)", {"source-checksum"}},
        {"git",
         R"(^git(\+.+:|[@:])|\.git$)",
         {"source-tag", "source-commit", "source-branch", "source-depth", "source-submodules"}},
        {"snap", R"(\.snap$)", {"source-checksum"}},
        {"zip", R"(\.zip$)", {"source-checksum"}},
        {"deb", R"(\.deb$)", {"source-checksum"}},
        {"rpm", R"(\.rpm$)", {"source-checksum"}},
        {"7z", R"(\.7z$)", {"source-checksum"}},
        {"file", "", {"source-checksum"}},
        {"local", "", {}},
    };
    return types;
}

const SourceType* source_type_of(std::string_view explicit_type, std::string_view source) {
    const auto& types = source_types();
    if (!explicit_type.empty()) {
        const auto found = std::ranges::find(types, explicit_type, &SourceType::name);
        return found == types.end() ? nullptr : &*found;
    }
    if (source.empty() || source.size() > most_matched) return nullptr;
    static const auto patterns = [&] {
        std::vector<std::pair<const SourceType*, Pattern>> made;
        for (const auto& type : types)
            if (!type.pattern.empty()) made.emplace_back(&type, Pattern(type.pattern));
        return made;
    }();
    for (const auto& [type, pattern] : patterns)
        if (pattern.found_in(source)) return type;
    return nullptr;
}

}  // namespace rockbuild
