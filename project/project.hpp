// A rockcraft.yaml as values, every one with its place in the text (spec/rockcraft-yaml.md §3–§8).
//
// A file is a ProjectDocument: what is the same for all of its rocks. A Project is what the document says for one
// build: clauses chosen, `$CRAFT_…` filled in, defaults applied.
#pragma once

#include "project/complaints.hpp"
#include "support/arch.hpp"
#include "support/diagnostic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

/// A script of the file. `span` is the YAML scalar; `first_line` is the file's line of the script's first line, so that
/// line n of the script is line first_line + n - 1 of the file (all lines equal first_line when the scalar is not a
/// literal block).
struct Script {
    std::string text;
    Span span;
    std::uint32_t first_line = 1;
    bool literal = true;  // a `|` block: lines of the script are lines of the file
};

/// One entry of `permissions:` (spec/parts-lifecycle.md §12).
struct Permission {
    std::string path = "*";  // fnmatch on the path in prime; `*` crosses `/`
    std::optional<std::uint32_t> owner;
    std::optional<std::uint32_t> group;
    std::optional<std::uint32_t> mode;  // 07777
    Span span;
};

/// A value as the user meant it: scalars are their text, however they were quoted.
struct PlacedPair;
struct PlacedValue {
    enum class Kind : std::uint8_t { scalar, list, map } kind = Kind::scalar;
    std::string text;
    std::vector<PlacedValue> items;  // lists
    std::vector<PlacedPair> pairs;   // maps; of objects in the table's order, keys in kebab-case
    Span span;
    std::optional<Span> key;  // of a value in a map: where its key stands
};
/// A key and its value. (Not a std::pair: clang won't take one of a type that it is part of.)
struct PlacedPair {
    std::string first;
    PlacedValue second;
};

struct Part {
    std::string name;
    Span span;  // of the name
    PlacedText plugin;
    std::vector<PlacedPair> properties;  // the plugin's own keys
    std::optional<PlacedText> source;    // as written
    std::optional<PlacedText> source_type;
    std::optional<PlacedText> source_checksum;
    std::optional<PlacedText> source_branch;
    std::optional<PlacedText> source_tag;
    std::optional<PlacedText> source_commit;
    std::optional<PlacedText> source_depth;  // digits
    std::optional<PlacedText> source_subdir;
    std::optional<std::vector<PlacedText>> source_submodules;  // none: all
    std::optional<PlacedText> disable_parallel;                // as written; given only where it is yes
    std::vector<PlacedText> after;
    std::vector<PlacedText> stage_packages;
    std::vector<PlacedText> stage_slices;
    std::vector<PlacedText> stage_snaps;
    std::vector<PlacedText> build_packages;
    std::vector<PlacedText> build_snaps;
    std::vector<PlacedText> build_attributes;
    std::vector<PlacedText> overlay_packages;
    std::vector<PlacedText> overlay_recommended_packages;
    std::vector<std::pair<PlacedText, PlacedText>> organize;
    std::vector<PlacedText> overlay;  // filesets; `*` when the file says nothing
    std::vector<PlacedText> stage;
    std::vector<PlacedText> prime;
    std::vector<std::pair<std::string, std::string>> build_environment;  // in order
    std::vector<Permission> permissions;
    std::optional<Script> override_pull;
    std::optional<Script> overlay_script;
    std::optional<Script> override_overlay;
    std::optional<Script> override_build;
    std::optional<Script> override_stage;
    std::optional<Script> override_prime;
};

/// One entry of `platforms:`, with its architectures resolved.
struct Platform {
    std::string label;
    std::vector<Arch> build_on;
    Arch build_for{};
    Span span;
};

/// A platform on a machine that can build it.
struct Build {
    Platform platform;
    Arch build_on{};
};

struct Project {
    std::string file;  // as diagnostics name it
    PlacedText name;
    std::string title;
    PlacedText version;  // empty where a part sets it (adopt-info)
    PlacedText summary;
    PlacedText description;
    std::optional<PlacedText> adopt_info;
    std::optional<std::string> license;  // canonical SPDX id or "proprietary"
    PlacedText base;                     // "bare", "debian@12": the modern spelling
    PlacedText build_base;               // never "bare"; equals base when the file says nothing
    std::vector<Platform> platforms;
    std::vector<std::pair<std::string, std::string>> environment;  // the image's, in order
    bool run_user = false;                                         // `run-user: _daemon_`
    std::vector<PlacedPair> services;
    std::vector<PlacedPair> checks;
    std::optional<PlacedText> entrypoint_service;
    std::optional<PlacedText> entrypoint_command;
    std::vector<PlacedValue> package_repositories;
    std::vector<Part> parts;  // in the order of the file; hidden parts are not here
};

/// Command words and bracketed arguments (spec/rockcraft-yaml.md §5.3).
struct CommandLine {
    std::vector<std::string> words;
    std::optional<std::vector<std::string>> arguments;  // none: no `[ ]` group
};
/// The words of a command with the group at their end, which Pebble and the project file have alike; the error message
/// (no place) when they break its rules.
std::optional<CommandLine> group_arguments(const std::vector<std::string>& words, std::string& error);
/// The error message (no place) when `text` breaks the grammar.
std::optional<CommandLine> split_command(const std::string& text, std::string& error);

}  // namespace rockbuild
