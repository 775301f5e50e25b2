// The grammar of parts: `on amd64 to arm64:`, `else:`, `else fail` in place of a value (spec/rockcraft-yaml.md §7).
//
// A list that has clauses in it is a text of sentences: a clause begins one, `else` goes on with it, anything else ends
// it. What a sentence says is the body of the clause that holds, else that of the first `else` that says anything.
// Bodies may have clauses again.
#pragma once

#include "project/complaints.hpp"
#include "support/arch.hpp"

#include <string>

namespace rockbuild {

/// Says once for the whole document what is wrong in the clauses of its parts: RB0320; and as a warning what can never
/// hold: RB0321.
void check_clauses(Complaints& complaints, const YamlNode& project);

/// `parts:` as it is for one build: every clause resolved, the very same node where there is none. Lists stay lists;
/// where a single value is asked for, the first one counts. RB0322: an `else fail` was reached; `platform` is how its
/// message names the build.
Yaml choose_clauses(Complaints& complaints, const Yaml& parts, const Arch& build_on, const Arch& build_for,
                    const std::string& platform);

}  // namespace rockbuild
