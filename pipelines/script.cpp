#include "pipelines/script.hpp"

#include "support/shell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace rockbuild {

namespace {

/// Without the empty lines and spaces around it.
std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\n") + 1 - begin));
}

/// Logged in for this script alone: whatever machine it runs on, the password is gone with it.
std::string registry_login(const PipelineWish& wish, const ScriptWorld& world) {
    const auto host = wish.registry.substr(0, wish.registry.find('/'));
    return fmt::format(
        "DOCKER_CONFIG=$(mktemp -d)\n"
        "export DOCKER_CONFIG\n"
        "trap 'rm -rf \"$DOCKER_CONFIG\"' EXIT\n"
        "printf '%s' \"${}\" | rockbuild login {} --username \"${}\" --password-stdin\n",
        world.registry_password, wish.registry.empty() ? world.registry_host : shell_word(host), world.registry_user);
}

}  // namespace

std::string install_script(const PipelineWish& wish) {
    auto install = trimmed(wish.install);
    if (!install.empty()) install += "\n";
    return install +
           "command -v rockbuild >/dev/null || {\n"
           "  echo \"there is no rockbuild here: use a runner or an image that has it, or 'rockbuild ci --install'\" "
           ">&2\n"
           "  exit 1\n"
           "}";
}

std::string pack_script(const PipelineRock& rock) {
    // A folder that begins with a dash is no option.
    const auto folder = rock.folder.starts_with('-') ? "./" + rock.folder : rock.folder;
    return fmt::format("rockbuild pack {} --platform \"$PLATFORM\" --output {}", shell_word(folder), pipeline_rocks);
}

std::string test_script(const PipelineWish& wish) {
    return fmt::format("set -- \"$PWD\"/{}/*.rock\nexport ROCK=\"$1\"\n{}", pipeline_rocks, trimmed(wish.test));
}

std::string push_script(const PipelineWish& wish, const PipelineRock& rock, const ScriptWorld& world) {
    // Packed files are NAME_VERSION_PLATFORM.rock, and a version has no underscore.
    const auto begin = fmt::format("{}/{}_", pipeline_rocks, rock.name);
    return registry_login(wish, world) + fmt::format(
                                             "set -- {0}*.rock\n"
                                             "version=${{1#{0}}}\n"
                                             "version=${{version%%_*}}\n"
                                             "registry={1}\n"
                                             "image=$(rockbuild push \"$@\" \"$registry/{2}:$version\")\n"
                                             "echo \"$image\"",
                                             begin, wish.registry.empty() ? world.registry : shell_word(wish.registry),
                                             rock.name);
}

std::string publish_script(const PipelineWish& wish, const ScriptWorld& world) {
    auto text = registry_login(wish, world) + world.ref + "\ncase $ref in\n";
    for (const auto& [branch, channel] : wish.releases)
        text += fmt::format("  refs/heads/{}) channel={} ;;\n", shell_word(branch), shell_word(channel));
    text += fmt::format("  refs/tags/v*) channel={} ;;\n", shell_word(wish.tag_channel));
    text += "  *) echo \"$ref is released to no channel\" >&2; exit 1 ;;\nesac";
    for (const auto& rock : wish.rocks) {
        const auto own = wish.resources.find(rock.name);
        text += fmt::format("\nrockbuild publish \"docker://${}\" --charm {} --resource {} --release \"$channel\"",
                            image_variable(rock), shell_word(wish.charm),
                            shell_word(own == wish.resources.end() ? rock.name + "-image" : own->second));
    }
    return text;
}

std::string image_variable(const PipelineRock& rock) {
    std::string name = "IMAGE_";
    for (const char c : rock.name)
        name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

}  // namespace rockbuild
