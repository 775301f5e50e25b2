// What a build's steps carry from one to the next: a tree's digest if it is known, who made it, and if
// not, whether it takes a step or the network to know it.
#pragma once

#include "support/digest.hpp"

#include <optional>
#include <string>
#include <utility>

namespace rockbuild {

struct Value {
    std::optional<Digest> digest;
    std::string from;         // "part:step" that made it; empty: no step did
    bool unresolved = false;  // not known since the network must be asked

    static Value known(Digest digest, std::string from = {}) { return {digest, std::move(from), false}; }
    static Value later(std::string from) { return {std::nullopt, std::move(from), false}; }
    static Value ask_network() { return {std::nullopt, {}, true}; }
    explicit operator bool() const { return digest.has_value(); }
};

}  // namespace rockbuild
