// The name of an image in a registry, parsed once (spec/oci-distribution.md §1): a raw string never travels on.
#pragma once

#include "registry/content_digest.hpp"
#include "support/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rockbuild {

/// True for `a/b-c`: components of lower-case letters and digits, joined by `.`, `_`, `__` or dashes.
bool is_repository_name(std::string_view text);
/// True for at most 128 characters of `[A-Za-z0-9_.-]`, the first neither `.` nor `-`.
bool is_tag(std::string_view text);

struct ImageReference {
    std::string host;        // with its port; Docker Hub is `docker.io`
    std::string repository;  // Docker Hub's own images have `library/` in front
    std::string tag;         // empty: none was given
    std::optional<ContentDigest> digest;

    /// `[host[:port]/]path[:tag][@digest]`, also with `docker://` in front. The first component is a host if it has a
    /// `.` or a `:` or is `localhost`. RB1502 (exit 64) says which part is wrong.
    static Result<ImageReference> parse(std::string_view text);

    /// Where requests go: Docker Hub's registry has another name than its images.
    std::string endpoint() const { return host == "docker.io" ? "registry-1.docker.io" : host; }
    /// What stands behind /manifests/: the digest, else the tag, else `latest`.
    std::string name() const { return digest ? digest->str() : tag.empty() ? "latest" : tag; }
    /// Host and repository.
    std::string place() const { return host + "/" + repository; }
    std::string str() const;
};

/// True for names and addresses that only this machine answers.
bool is_loopback(std::string_view host);
/// `host` without its port and brackets.
std::string host_name(std::string_view host);

}  // namespace rockbuild
