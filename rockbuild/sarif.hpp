// Diagnostics as SARIF 2.1.0, which code hosts show beside the lines of a change.
#pragma once

#include "support/diagnostic.hpp"

#include <string>

namespace rockbuild {

/// One run with a result for each diagnostic; columns count code points. A first suggestion becomes a fix where it
/// takes the place of the very word that is wrong.
std::string sarif(const Diagnostics& diagnostics);

}  // namespace rockbuild
