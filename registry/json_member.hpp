// Members of documents that anybody may have written: what is missing or has another type is as if it were empty.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace rockbuild {

/// A document from outside; discarded if it is no JSON, or nested so deeply that walking it would be dangerous.
template <class Json = nlohmann::ordered_json>
Json parse_untrusted(std::string_view text) {
    struct TooDeep {};
    constexpr int deepest = 64;
    try {
        return Json::parse(
            text,
            [](int depth, typename Json::parse_event_t, Json&) {
                if (depth > deepest) throw TooDeep();
                return true;
            },
            false);
    } catch (const TooDeep&) {
        return Json(Json::value_t::discarded);
    }
}

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
