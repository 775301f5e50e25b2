// The canonical encoding under every key (DESIGN.md §3.1): tagged, delimited fields, so that neighbouring values can
// never run into each other, hashed while they are written. The fields are kept beside the digest: the difference of
// two keys' fields is the answer to "why does this step run again".
#pragma once

#include "support/digest.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// One named input of a key, in the order in which it was hashed. `value` is readable; long texts are kept whole.
using KeyFields = std::vector<std::pair<std::string, std::string>>;

struct Key {
    Digest digest;
    KeyFields fields;
};

/// One input that differs between two keys; `before` or `after` is empty where the field is absent.
struct KeyChange {
    std::string input;
    std::string before;
    std::string after;
};

class KeyWriter {
public:
    /// `kind` names what the key is for ("step", "layer"); `version` is raised whenever its meaning changes.
    KeyWriter(std::string_view kind, std::uint32_t version);

    KeyWriter& field(std::string_view name, std::string_view value);
    KeyWriter& field(std::string_view name, const char* value) { return field(name, std::string_view(value)); }
    KeyWriter& field(std::string_view name, std::uint64_t value);
    KeyWriter& field(std::string_view name, const Digest& value);
    KeyWriter& field(std::string_view name, const std::vector<std::string>& values);
    KeyWriter& field(std::string_view name, const std::vector<std::pair<std::string, std::string>>& pairs);
    Key finish();

private:
    void put(char tag, std::string_view bytes);
    void note(std::string_view name, std::string value);

    Sha256 hash_;
    KeyFields fields_;
};

/// What differs from `before` to `after`, in the order of `after`, vanished fields last.
std::vector<KeyChange> changes(const KeyFields& before, const KeyFields& after);

}  // namespace rockbuild
