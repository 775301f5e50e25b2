// Colours, or none. They only repeat what the words say.
#pragma once

#include <string>
#include <string_view>

namespace rockbuild {

class Style {
public:
    Style() = default;
    explicit Style(bool coloured) : coloured_(coloured) {}

    std::string red(std::string_view text) const { return in("31;1", text); }
    std::string yellow(std::string_view text) const { return in("33;1", text); }
    std::string green(std::string_view text) const { return in("32", text); }
    std::string blue(std::string_view text) const { return in("34;1", text); }
    std::string cyan(std::string_view text) const { return in("36;1", text); }
    std::string bold(std::string_view text) const { return in("1", text); }
    std::string dim(std::string_view text) const { return in("2", text); }

private:
    std::string in(std::string_view code, std::string_view text) const {
        if (!coloured_ || text.empty()) return std::string(text);
        return std::string("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
    }
    bool coloured_ = false;
};

}  // namespace rockbuild
