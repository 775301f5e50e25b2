// A rockcraft.yaml as values, every one with its place in the text (spec/rockcraft-yaml.md §3–§8).
#pragma once

#include "support/arch.hpp"
#include "support/diagnostic.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

/// A value and where the file says it.
template <class T>
struct Placed {
    T value{};
    Span span;
};

using PlacedText = Placed<std::string>;

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

struct Part {
    std::string name;
    Span span;  // of the name
    PlacedText plugin;
    std::optional<PlacedText> source;  // as written
    std::vector<PlacedText> after;
    std::vector<PlacedText> stage_packages;
    std::vector<PlacedText> build_packages;
    std::vector<PlacedText> overlay_packages;
    std::vector<std::pair<PlacedText, PlacedText>> organize;
    std::vector<PlacedText> overlay;  // filesets; `*` when the file says nothing
    std::vector<PlacedText> stage;
    std::vector<PlacedText> prime;
    std::vector<std::pair<std::string, std::string>> build_environment;  // in order
    std::vector<Permission> permissions;
    std::optional<Script> override_pull;
    std::optional<Script> overlay_script;
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

/// A Pebble object as the user wrote it: scalars keep their text and whether they were plain, so that the layer file
/// says what the file says.
struct PebblePair;
struct PebbleValue {
    enum class Kind : std::uint8_t { scalar, list, map } kind = Kind::scalar;
    std::string text;
    bool plain = true;               // an unquoted scalar
    std::vector<PebbleValue> items;  // lists
    std::vector<PebblePair> pairs;   // maps, in the user's order, keys in kebab-case
    Span span;
};
/// A key and its value. (Not a std::pair: clang won't take one of a type that it is part of.)
struct PebblePair {
    std::string first;
    PebbleValue second;
};

struct Project {
    std::string file;  // as diagnostics name it
    PlacedText name;
    std::string title;
    PlacedText version;
    PlacedText summary;
    PlacedText description;
    std::optional<std::string> license;  // canonical SPDX id or "proprietary"
    PlacedText base;                     // "bare", "debian@12"
    PlacedText build_base;               // never "bare"; equals base when the file says nothing
    std::vector<Platform> platforms;
    std::vector<std::pair<std::string, std::string>> environment;  // the image's, in order
    bool run_user = false;                                         // `run-user: _daemon_`
    std::vector<std::pair<std::string, PebbleValue>> services;
    std::vector<std::pair<std::string, PebbleValue>> checks;
    std::optional<PlacedText> entrypoint_service;
    std::optional<PlacedText> entrypoint_command;
    std::vector<Part> parts;  // in the order of the file; hidden parts are not here
};

/// What a reading gave: a project if there was no error, and everything there is to say, in file order.
struct ProjectReading {
    std::optional<Project> project;
    Diagnostics diagnostics;
};

/// Reads and validates `text`; `file` names it in spans. Never throws; any bytes are fine as input.
ProjectReading read_project(std::string text, const std::string& file);

/// Command words and bracketed arguments (spec/rockcraft-yaml.md §5.3).
struct CommandLine {
    std::vector<std::string> words;
    std::optional<std::vector<std::string>> arguments;  // none: no `[ ]` group
};
/// The error message (no place) when `text` breaks the grammar.
std::optional<CommandLine> split_command(const std::string& text, std::string& error);

}  // namespace rockbuild
