#include "system/line_splitter.hpp"

namespace rockbuild {

void LineSplitter::feed(std::string_view bytes) {
    if (!take_) return;
    while (!bytes.empty()) {
        const auto newline = bytes.find('\n');
        const auto line = bytes.substr(0, newline);
        const auto room = longest_line - rest_.size();
        if (line.size() > room) {
            rest_.append(line.substr(0, room));
            take_(rest_);
            rest_.clear();
            bytes.remove_prefix(room);
            continue;
        }
        rest_.append(line);
        if (newline == std::string_view::npos) return;
        take_(rest_);
        rest_.clear();
        bytes.remove_prefix(newline + 1);
    }
}

void LineSplitter::finish() {
    if (take_ && !rest_.empty()) take_(rest_);
    rest_.clear();
}

}  // namespace rockbuild
