#include "pipelines/yaml_writer.hpp"

#include "project/yaml.hpp"
#include "project/yaml_output.hpp"

#include <yaml-cpp/emittermanip.h>

namespace rockbuild {

void YamlWriter::comment(const std::string& text) { yaml_ << YAML::Comment(text) << YAML::Newline; }

void YamlWriter::empty_line() { yaml_ << YAML::Newline << YAML::Newline; }

void YamlWriter::name(const std::string& key) { yaml_ << YAML::Key << key << YAML::Value; }

void YamlWriter::put(const std::string& text) {
    YamlNode scalar;
    scalar.text = text;
    scalar.plain = true;
    if (yaml_type(scalar) != YamlType::text || is_yaml_date(scalar)) yaml_ << YAML::SingleQuoted << text;
    else write_text(yaml_, text);
}

void YamlWriter::pair(const std::string& key, const std::string& text, const std::string& note) {
    name(key);
    put(text);
    if (!note.empty()) yaml_ << YAML::Comment(note);
}

void YamlWriter::pair(const std::string& key, int number) {
    name(key);
    yaml_ << number;
}

void YamlWriter::pair(const std::string& key, bool truth) {
    name(key);
    yaml_ << truth;
}

void YamlWriter::empty(const std::string& key) {
    name(key);
    yaml_ << YAML::Flow << YAML::BeginMap << YAML::EndMap;
}

void YamlWriter::words(const std::string& key, const std::vector<std::string>& texts) {
    name(key);
    yaml_ << YAML::Flow << YAML::BeginSeq;
    for (const auto& text : texts) put(text);
    yaml_ << YAML::EndSeq;
}

void YamlWriter::script(const std::string& key, const std::string& text) {
    name(key);
    script(text);
}

void YamlWriter::script(const std::string& text) { yaml_ << YAML::Literal << text; }

std::string YamlWriter::text() const { return std::string(yaml_.c_str(), yaml_.size()) + "\n"; }

}  // namespace rockbuild
