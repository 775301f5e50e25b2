// `craftctl`, the program by which a script talks to its step (spec/parts-lifecycle.md §7.3). It is written anew for
// each step, in the language of the shell, so that it runs in any build environment.
//
// What `craftctl set` gives are files in a tree of its own, `inside::values`: what is written there is part of the
// step's result like any other tree, and lies below the same place of later steps.
#pragma once

#include "system/sandbox.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// `craftctl default` runs `script` (a plugin's), or copies `from`, with owners and modes, over `to`. With neither it
/// does nothing (plugin nil). A script is a process of the one that calls it: it sees what that exported.
struct DefaultAction {
    std::string from;
    std::string to;
    std::string script;
};

/// What `craftctl` can do in one step.
struct Control {
    DefaultAction action;
    std::string no_set;  // why `set` is refused; empty: it works
    std::string no_get;  // why `get` is refused; empty: it works
    /// What the project's file says: the answer of `get` as long as nothing was set.
    std::vector<std::pair<std::string, std::string>> written;
};

/// The names that scripts may set.
inline constexpr std::string_view adoptable[] = {"version", "summary", "description"};

/// The program and what it reads.
std::vector<SandboxFile> craftctl_files(const Control& control);

/// What stands for it in the shell of an override-overlay, whose root hasn't the program: a function that has `default`
/// alone, which does nothing (no plugin has commands for the overlay), and that its shell's children know too.
std::string craftctl_function();

/// Does the text name `craftctl` with anything but `default`? Then the values are input of its step.
bool names_values(std::string_view script);

}  // namespace rockbuild
