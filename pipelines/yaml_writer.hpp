// YAML from top to bottom, as the systems' users write it: block style, a comment behind a pinned digest, scripts as
// literal blocks, an empty line between jobs. yaml-cpp's emitter does the quoting; what it has no word for stands here.
#pragma once

#include <yaml-cpp/emitter.h>

#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

class YamlWriter {
public:
    /// Lines on top of all.
    void comment(const std::string& text);
    void empty_line();

    /// `fill` writes what is within.
    template <class Fill>
    void map(Fill fill) {
        yaml_ << YAML::BeginMap;
        fill();
        yaml_ << YAML::EndMap;
    }
    template <class Fill>
    void map(const std::string& key, Fill fill) {
        name(key);
        map(fill);
    }
    template <class Fill>
    void list(const std::string& key, Fill fill) {
        name(key);
        yaml_ << YAML::BeginSeq;
        fill();
        yaml_ << YAML::EndSeq;
    }

    /// A text stays a text, also one that YAML would read as a number or a truth. `note` is a comment behind it.
    void pair(const std::string& key, const std::string& text, const std::string& note = {});
    void pair(const std::string& key, const char* text) { pair(key, std::string(text)); }
    void pair(const std::string& key, int number);
    void pair(const std::string& key, bool truth);
    /// `key: {}`
    void empty(const std::string& key);
    /// `key: [a, b]`
    void words(const std::string& key, const std::vector<std::string>& texts);
    /// A literal block.
    void script(const std::string& key, const std::string& text);
    /// The same in a list.
    void script(const std::string& text);

    /// With a newline at the end.
    std::string text() const;

private:
    void name(const std::string& key);
    void put(const std::string& text);

    YAML::Emitter yaml_;
};

}  // namespace rockbuild
