// The language, as tables: every key of a project file with what it may be (spec/rockcraft-yaml.md §3–§8,
// spec/parts-lifecycle.md §2 and §9). What depends on other places of the file is in the rules (rules.hpp).
#pragma once

#include "project/shape.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

const ObjectShape& project_shape();
/// One of `platforms:`; nothing stands for an empty one.
const ObjectShape& platform_shape();
const ObjectShape& service_shape();
/// Exactly one of http, tcp and exec.
const ObjectShape& check_shape();
/// The keys of every part.
const ObjectShape& part_shape();
const ObjectShape& permission_shape();

/// An item of `package-repositories:` is one of three kinds, told apart by a key.
struct RepositoryKind {
    std::string_view key;  // ppa, cloud; url otherwise
    const ObjectShape* shape;
};
const std::vector<RepositoryKind>& repository_kinds();

/// Which bases have what: what differs between them goes by these.
enum class Generation : std::uint8_t { none, jammy, noble, plucky };  // until 22.04; 24.04; 25.10 and later

struct BaseName {
    std::string_view name;
    bool is_base;        // may be `base`
    bool is_build_base;  // may be `build-base`
    Generation generation;
    bool slashes;                  // parts may have a '/' in their names
    std::string_view modern = {};  // what an old spelling stands for
};
const std::vector<BaseName>& base_names();
const BaseName* find_base_name(std::string_view name);

/// A plugin with the keys of its own.
struct PluginShape {
    std::string_view name;
    bool needs_source = true;
    Generation from = Generation::jammy;  // the build bases that have it
    Generation to = Generation::plucky;
    bool self_contained = false;  // `build-attributes: [self-contained]`
    ObjectShape keys = {};
};
const std::vector<PluginShape>& plugin_shapes();
/// The plugin of that name on a build base; of any, if `generation` is none.
const PluginShape* find_plugin(std::string_view name, Generation generation);
/// The plugin that a part's key such as `go-buildtags` belongs to: the one that has it, else by the longest name.
std::string_view plugin_of_key(std::string_view key);

/// Where a source comes from, and which keys it takes (spec/parts-lifecycle.md §8.1).
struct SourceType {
    std::string_view name;
    std::string_view pattern;            // of what a text must have to be one; empty: never told by its text
    std::vector<std::string_view> keys;  // source-checksum, source-tag, …
};
const std::vector<SourceType>& source_types();
/// By the explicit name, else by the text; null: a folder.
const SourceType* source_type_of(std::string_view explicit_type, std::string_view source);

const std::vector<std::string_view>& extension_names();

}  // namespace rockbuild
