// Texts as system calls take lists of them.
#pragma once

#include <string>
#include <vector>

namespace rockbuild {

/// Pointers into `texts`, which must outlive them, and a null at the end.
inline std::vector<char*> argument_pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace rockbuild
