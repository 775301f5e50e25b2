#include "support/relpath.hpp"

namespace rockbuild {

namespace {

std::unexpected<Diagnostic> bad(std::string_view text, std::string_view why) {
    return fail("RB0002", "'" + std::string(text) + "' is not a path inside the tree: " + std::string(why),
                "give a relative path without '..'", ExitCode::bad_data);
}

}  // namespace

Result<RelPath> RelPath::from_archive(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return bad(text, "it holds a NUL byte");
    std::string clean;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find('/', begin), text.size());
        const auto part = text.substr(begin, end - begin);
        if (part == "..") return bad(text, "'..' would leave it");
        if (!part.empty() && part != ".") {
            if (!clean.empty()) clean += '/';
            clean += part;
        }
        begin = end + 1;
    }
    return RelPath(std::move(clean));
}

Result<RelPath> RelPath::parse(std::string_view text) {
    if (text.starts_with('/')) return bad(text, "it starts with '/'");
    auto clean = from_archive(text);
    if (clean && clean->text_ != text) return bad(text, "write it as '" + clean->text_ + "'");
    return clean;
}

RelPath RelPath::parent() const { return RelPath(std::string(parent_of(text_))); }

std::string_view RelPath::name() const {
    const auto slash = text_.rfind('/');
    return slash == std::string::npos ? std::string_view(text_) : std::string_view(text_).substr(slash + 1);
}

RelPath RelPath::operator/(std::string_view child) const {
    return RelPath(text_.empty() ? std::string(child) : text_ + "/" + std::string(child));
}

bool is_within(std::string_view folder, std::string_view path) {
    if (folder.empty()) return true;
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string_view parent_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace rockbuild
