// Bytes that claim to be a command: refused with words, or split; and what was split, quoted and split again, is the
// same.
#include "project/project.hpp"

#include <cstdlib>

using namespace rockbuild;

namespace {

std::string quoted(const std::string& word) {
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\"'\"'") : std::string(1, c);
    return text + "'";
}

std::string written(const CommandLine& line) {
    std::string text;
    for (const auto& word : line.words) text += quoted(word) + ' ';
    if (!line.arguments) return text;
    text += "[ ";
    for (const auto& word : *line.arguments) text += quoted(word) + ' ';
    return text + "]";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    std::string problem;
    const auto line = split_command(std::string(reinterpret_cast<const char*>(data), size), problem);
    if (line.has_value() != problem.empty()) std::abort();
    if (!line) return 0;
    const auto again = split_command(written(*line), problem);
    if (!again || again->words != line->words || again->arguments != line->arguments) std::abort();
    return 0;
}
