// A path inside a tree: relative, normal, bytes. It is checked once, here; after that a RelPath can't leave its root
// by its spelling (links are the business of openat2, DESIGN.md §3.8).
#pragma once

#include "support/result.hpp"

#include <compare>
#include <string>
#include <string_view>

namespace rockbuild {

/// `usr/bin/x`: no leading or trailing slash, no empty, `.` or `..` component, no NUL. The root itself is the empty
/// path. Any other byte is allowed: names need not be UTF-8.
class RelPath {
public:
    RelPath() = default;

    /// Takes a clean relative path; RB0002 for one that is absolute, leaves the root, or holds a NUL.
    static Result<RelPath> parse(std::string_view text);
    /// As archives spell it: leading `/` and `./`, doubled and trailing slashes are dropped; `..` and NUL are RB0002.
    static Result<RelPath> from_archive(std::string_view text);

    const std::string& str() const { return text_; }
    bool empty() const { return text_.empty(); }
    RelPath parent() const;
    std::string_view name() const;
    RelPath operator/(std::string_view child) const;
    auto operator<=>(const RelPath&) const = default;

private:
    explicit RelPath(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// True when `path` is `folder` or lies below it, by components (`lib` does not hold `libexec`). Empty holds all.
bool is_within(std::string_view folder, std::string_view path);

/// The parent of a clean relative path; empty for a top-level name.
std::string_view parent_of(std::string_view path);

}  // namespace rockbuild
