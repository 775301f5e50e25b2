// Bytes that claim to be a Python file: whatever they are, the names found in them stand in them as words, and the scan
// ends.
#include "project/extensions/python_source.hpp"

#include <cstdlib>

using namespace rockbuild;

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

void check(const std::set<std::string, std::less<>>& names, std::string_view source) {
    for (const auto& name : names) {
        must(!name.empty() && source.find(name) != std::string_view::npos);
        must(name.find_first_of(" \t\r\n=()[]{},;'\"#\\") == std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view source(reinterpret_cast<const char*>(data), size);
    const auto names = top_level_names(source);
    check(names.variables, source);
    check(names.functions, source);
    must(!names.never_closed || (*names.never_closed > 0 && *names.never_closed <= size + 1));
    return 0;
}
