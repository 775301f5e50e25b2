// The keys at the top of the file, and of platforms.
#include "project/language.hpp"

#include "project/extensions/extension.hpp"
#include "support/arch.hpp"

#include <algorithm>

namespace rockbuild {

namespace {

// The same texts as upstream's rule, written without its two nested repetitions, on which matching could take for ever.
const TextRule name_rule{R"(^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$)", "can't be a rock's name",
                         "use lowercase letters, digits and single hyphens between them, at least one letter, at most "
                         "40 characters"};
const TextRule version_rule{R"(^[a-zA-Z0-9]([a-zA-Z0-9:.+~-]*[a-zA-Z0-9+~])?$)", "can't be a version",
                            "use at most 32 letters, digits and the characters : . + ~ -; begin with a letter or a "
                            "digit"};
const TextRule variable_rule{R"(^[^=\u0000]+$)", "can't be the name of a variable", "a name has no '='"};
const TextRule label_rule{R"(^(?!any$|\*$|\.{1,2}$)[^/\s\x00-\x1f\x7f]{1,100}$)", "can't be a platform's name",
                          "name it by its architecture, or give it a word of its own"};
const TextRule link_rule{R"(^[a-zA-Z][a-zA-Z0-9+.-]*:.+$)", "is no URL", "begin with a scheme, such as https://"};

const Synonyms project_synonyms{
    {"add", "write a part with plugin: dump"},
    {"actions", "a charm has them, a rock hasn't: leave it out"},
    {"apps", "write services"},
    {"architecture", "write platforms"},
    {"architectures", "write platforms"},
    {"args", "write build-environment in a part"},
    {"assumes", "a snap or a charm has it, a rock hasn't: leave it out"},
    {"author", "write contact"},
    {"bases", "write base"},
    {"build", "write a part with override-build"},
    {"charm-libs", "a charm has them, a rock hasn't: leave it out"},
    {"cmd", "write services, or entrypoint-command"},
    {"command", "write services, or entrypoint-command"},
    {"compression", "it is an option of the command, not of the file: leave it out"},
    {"config", "a charm has it, a rock hasn't: leave it out"},
    {"confinement", "rocks have none: leave it out"},
    {"containers", "a rock is one container: leave it out"},
    {"copy", "write a part with plugin: dump"},
    {"devices", "a charm has them, a rock hasn't: leave it out"},
    {"donation", "rocks have none: leave it out, or write contact"},
    {"entrypoint", "write services, or entrypoint-command"},
    {"env", "write environment"},
    {"epoch", "rocks have none: leave it out"},
    {"expose", "ports aren't declared in a rock: a check may watch one"},
    {"from", "write base"},
    {"grade", "rocks have none: leave it out"},
    {"healthcheck", "write checks"},
    {"hooks", "rocks have none: a service or a part does such work"},
    {"icon", "rocks have none: leave it out"},
    {"image", "write base"},
    {"labels", "they are made from name, version, summary, description and license"},
    {"layout", "rocks have none: put files in their places with organize"},
    {"licence", "write license"},
    {"links", "write contact, issues or source-code"},
    {"log-targets", "Pebble knows them, a project file doesn't: write a layer of your own in a part"},
    {"maintainer", "write contact"},
    {"maintainers", "write contact"},
    {"packages", "write a part with stage-packages"},
    {"passthrough", "rocks have none: leave it out"},
    {"peers", "a charm has them, a rock hasn't: leave it out"},
    {"plugs", "rocks have none: leave it out"},
    {"port", "ports aren't declared in a rock: a check may watch one"},
    {"ports", "ports aren't declared in a rock: a check may watch one"},
    {"provides", "a charm has them, a rock hasn't: leave it out"},
    {"requires", "a charm has them, a rock hasn't: leave it out"},
    {"resources", "a charm has them; a rock is one: leave it out"},
    {"run", "write a part with override-build"},
    {"shell", "scripts run in bash; what the container runs is the command of a service"},
    {"slots", "rocks have none: leave it out"},
    {"storage", "a charm has it, a rock hasn't: leave it out"},
    {"system-usernames", "write run-user"},
    {"type", "rocks have none: leave it out"},
    {"user", "write run-user"},
    {"volume", "volumes aren't declared in a rock: whoever runs it mounts them"},
    {"volumes", "volumes aren't declared in a rock: whoever runs it mounts them"},
    {"website", "write source-code or contact"},
    {"workdir", "write working-dir in a service"},
};

Shape base_of(bool build) {
    auto shape = one_of({});
    for (const auto& base : base_names())
        if (build ? base.is_build_base : base.is_base)
            (base.modern.empty() ? shape.choices : shape.old_choices).push_back(base.name);
    return shape;
}

std::vector<std::string_view> arch_names() {
    std::vector<std::string_view> names;
    for (const auto& arch : architectures) names.push_back(arch.debian);
    return names;
}

KeyShape required(KeyShape key, std::string_view cure) {
    key.required = true;
    key.cure = cure;
    return key;
}

ObjectShape make_project_shape() {
    Shape title;
    title.shortest = 2;
    title.longest = 40;
    title.empty_too = true;
    auto platform = object_of(platform_shape());
    platform.nothing_too = true;
    auto platforms = map_of(platform, &label_rule);
    platforms.fewest_items = 1;
    auto version =
        required({"version", ruled(version_rule, 1, 32), "The version; quote it, for YAML reads 1.10 as 1.1."},
                 "write for example version: \"1.0\", or adopt-info: PART and set it in a script of that part");
    version.unless = "adopt-info";
    auto extensions = list_of(one_of(extension_names()));
    extensions.fewest_items = 1;
    KeyShape parts{"parts", map_of(object_of(part_shape())), "What goes into the image."};
    parts.never_nothing = true;
    ObjectShape shape;
    shape.always = true;
    shape.keys = {
        required({"name", ruled(name_rule, 1, 40), "The name of the rock, of its file and of its image."},
                 "give the rock a name"),
        {"title", title, "The name for people; without it, the name."},
        version,
        required({"summary", text(), "What the rock is, in one line."}, "say in one line what the rock is"),
        required({"description", text(), "What the rock is for."}, "say what the rock is for"),
        required({"base", base_of(false), "What the image stands on."},
                 "write base: debian@12, or base: bare with a build-base"),
        {"build-base", base_of(true), "Where parts are built, if not on the base."},
        required({"platforms", platforms, "What is built: one rock for each entry."},
                 "add for example `platforms: {amd64: }`"),
        {"license", text(), "One SPDX identifier, or proprietary."},
        {"contact", one_or_set_of(text()), "Where the makers can be reached."},
        {"issues", one_or_set_of(text()), "Where mistakes are told."},
        {"source-code", ruled(link_rule, 1), "Where the source lies: a URL."},
        {"adopt-info", text(), "The part that sets version, summary or description with `craftctl set`."},
        {"environment", map_of(text(), &variable_rule), "Environment variables of the image."},
        {"run-user", one_of({"_daemon_"}), "The user that the container runs as."},
        {"services", map_of(object_of(service_shape())), "What Pebble runs."},
        {"checks", map_of(object_of(check_shape())), "What Pebble watches."},
        {"entrypoint-service", text(), "The service that the image's arguments go to."},
        {"entrypoint-command", text(), "A command to start instead of Pebble."},
        {"package-repositories", list_of(anything()), "More package archives for the build."},
        {"extensions", extensions, "Parts and services for a kind of application."},
        parts,
    };
    shape.rules = {{KeyRule::Kind::exclusive, {"entrypoint-service", "entrypoint-command"}, {}, "keep one"}};
    shape.synonyms = project_synonyms;
    for (const auto& key : part_shape().keys)
        shape.synonyms.try_emplace(key.name, "it is a key of a part: write it in one of `parts:`");
    for (const auto& key : service_shape().keys)
        shape.synonyms.try_emplace(key.name, "it is a key of a service: write it in one of `services:`");
    for (const auto& key : shape.keys) shape.synonyms.erase(key.name);
    return shape;
}

}  // namespace

const ObjectShape& project_shape() {
    static const auto shape = make_project_shape();
    return shape;
}

const ObjectShape& platform_shape() {
    static const auto shape = [] {
        auto on = one_or_set_of(one_of(arch_names()));
        on.fewest_items = 1;
        auto target = on;
        target.most_items = 1;
        ObjectShape made;
        made.keys = {{"build-on", on, "The architectures of the machines that can build it.", true,
                      "name the architectures that it builds on"},
                     {"build-for", target, "The architecture of the rock."}};
        made.noun = "platform";
        made.synonyms = {{"run-on", "write build-for"}, {"architecture", "write build-for"}};
        return made;
    }();
    return shape;
}

const std::vector<BaseName>& base_names() {
    using enum Generation;
    static const std::vector<BaseName> names{
        {"bare", true, false, none, false},
        {"debian@12", true, true, noble, true},
        {"debian@13", true, true, plucky, false},
        {"ubuntu@20.04", true, true, jammy, true},
        {"ubuntu@22.04", true, true, jammy, true},
        {"ubuntu@24.04", true, true, noble, true},
        {"ubuntu@25.10", true, true, plucky, true},
        {"ubuntu@26.04", true, true, plucky, false},
        {"ubuntu@26.10", true, false, plucky, false},
        {"devel", false, true, plucky, false},
        {"ubuntu:20.04", true, true, jammy, false, "ubuntu@20.04"},
        {"ubuntu:22.04", true, true, jammy, false, "ubuntu@22.04"},
    };
    return names;
}

const BaseName* find_base_name(std::string_view name) {
    const auto& names = base_names();
    const auto found = std::ranges::find(names, name, &BaseName::name);
    return found == names.end() ? nullptr : &*found;
}

const std::vector<std::string_view>& extension_names() {
    static const auto names = [] {
        std::vector<std::string_view> made;
        for (const auto& extension : extensions()) made.push_back(extension.name);
        return made;
    }();
    return names;
}

}  // namespace rockbuild
