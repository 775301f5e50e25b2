#include "rockbuild/yaml_text.hpp"

#include "project/yaml_output.hpp"

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

namespace rockbuild {

namespace {

/// Lines that may stand as they are, and of which one line end is the last.
bool is_block(const std::string& text) {
    const auto last = text.find_last_not_of('\n');
    return is_printable_yaml(text) && last != std::string::npos && text.size() - last == 2 && text.front() != ' ' &&
           text.front() != '\n' && text.find(" \n") == std::string::npos;
}

void emit(YAML::Emitter& yaml, const std::string& text) {
    YamlNode scalar;
    scalar.text = text;
    scalar.plain = true;
    if (is_block(text)) yaml << YAML::Literal << text;
    else if (yaml_type(scalar) != YamlType::text || is_yaml_date(scalar) || text == "<<" || text == "=")
        write_quoted_text(yaml, text);
    else write_text(yaml, text);
}

void emit(YAML::Emitter& yaml, const nlohmann::ordered_json& json) {
    if (json.is_object()) {
        if (json.empty()) yaml << YAML::Flow;
        yaml << YAML::BeginMap;
        for (const auto& [key, value] : json.items()) {
            yaml << YAML::Key;
            emit(yaml, key);
            yaml << YAML::Value;
            emit(yaml, value);
        }
        yaml << YAML::EndMap;
    } else if (json.is_array()) {
        if (json.empty()) yaml << YAML::Flow;
        yaml << YAML::BeginSeq;
        for (const auto& item : json) emit(yaml, item);
        yaml << YAML::EndSeq;
    } else if (json.is_string()) {
        emit(yaml, json.get<std::string>());
    } else {
        yaml << json.dump();  // numbers, true, false, null: the same in YAML
    }
}

void emit(YAML::Emitter& yaml, const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::map:
            if (node.pairs.empty()) yaml << YAML::Flow;
            yaml << YAML::BeginMap;
            for (const auto& pair : node.pairs) {
                yaml << YAML::Key;
                emit(yaml, *pair.key);
                yaml << YAML::Value;
                emit(yaml, *pair.value);
            }
            yaml << YAML::EndMap;
            return;
        case YamlNode::Kind::list:
            if (node.items.empty()) yaml << YAML::Flow;
            yaml << YAML::BeginSeq;
            for (const auto& item : node.items) emit(yaml, *item);
            yaml << YAML::EndSeq;
            return;
        case YamlNode::Kind::scalar:
            break;
    }
    const auto type = yaml_type(node);
    if (type == YamlType::null) yaml << YAML::Null;
    else if (type != YamlType::text || is_yaml_date(node)) yaml << node.text;
    else emit(yaml, node.text);
}

template <class Value>
std::string whole(const Value& value) {
    YAML::Emitter yaml;
    emit(yaml, value);
    return std::string(yaml.c_str(), yaml.size()) + "\n";
}

}  // namespace

std::string as_yaml(const nlohmann::ordered_json& json) { return whole(json); }
std::string as_yaml(const YamlNode& node) { return whole(node); }

}  // namespace rockbuild
