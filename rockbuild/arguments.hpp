// A command line that was understood: which options were given, with which values, and what stands beside them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

class Arguments {
public:
    std::map<std::string, std::vector<std::string>> options;  // by long name; a flag's value is "true"
    std::vector<std::string> positional;

    bool has(const std::string& name) const { return options.contains(name); }
    /// The last value given; none if the option was not.
    std::optional<std::string> value(const std::string& name) const {
        const auto found = options.find(name);
        if (found == options.end() || found->second.empty()) return std::nullopt;
        return found->second.back();
    }
    /// All values of an option that repeats.
    std::vector<std::string> values(const std::string& name) const {
        const auto found = options.find(name);
        return found == options.end() ? std::vector<std::string>{} : found->second;
    }
    std::optional<std::string> at(std::size_t index) const {
        return index < positional.size() ? std::optional(positional[index]) : std::nullopt;
    }
};

}  // namespace rockbuild
