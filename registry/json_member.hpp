// Members of documents that anybody may have written: what is missing or has another type is as if it were empty.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace rockbuild {

template <class Json>
std::string text_member(const Json& json, const char* key) {
    if (!json.is_object()) return {};
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->template get<std::string>() : std::string();
}

template <class Json>
Json object_member(const Json& json, const char* key) {
    if (!json.is_object()) return Json::object();
    const auto found = json.find(key);
    return found != json.end() && found->is_object() ? *found : Json::object();
}

template <class Json>
Json list_member(const Json& json, const char* key) {
    if (!json.is_object()) return Json::array();
    const auto found = json.find(key);
    return found != json.end() && found->is_array() ? *found : Json::array();
}

}  // namespace rockbuild
