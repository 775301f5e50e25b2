// Where a charm's revision is released: `[track/]risk[/branch]` (spec/charmhub.md §6), and the names of charms and
// resources. Checked before anything is sent.
#pragma once

#include "support/result.hpp"

#include <string>
#include <string_view>

namespace rockbuild {

struct Channel {
    std::string track;   // empty: the charm's default
    std::string risk;    // stable, candidate, beta, edge
    std::string branch;  // empty: none

    /// RB1610 (exit 64), with near words.
    static Result<Channel> parse(std::string_view text);
    std::string str() const;
    /// With the track `latest` where none is said.
    std::string full() const;
};

/// RB1610 (exit 64) for what no charm, or no resource (`what`), is called.
Result<void> check_store_name(std::string_view name, std::string_view what);

}  // namespace rockbuild
