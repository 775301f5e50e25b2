// The three kinds of `package-repositories:` (spec/rockcraft-yaml.md §6, spec/parts-lifecycle.md §17).
#include "project/language.hpp"

namespace rockbuild {

namespace {

const TextRule key_rule{R"(^[0-9A-F]{40}$)", "is no key's fingerprint", "write its 40 hexadecimal digits, in capitals"};
const TextRule ppa_rule{R"(^[^/\s]+/[^/\s]+$)", "is no PPA", "write OWNER/NAME"};
const TextRule series_rule{R"(^[a-z]+$)", "is no series", "write a release's one-word name, such as noble"};
const TextRule suite_rule{R"(^[\s\S]*[^/]$)", "is no suite", "leave the '/' at its end out, or write path"};

KeyShape needed(std::string_view name, Shape shape, std::string_view help, std::string_view cure) {
    return {name, std::move(shape), help, true, cure};
}

KeyShape type_key() { return needed("type", one_of({"apt"}), "The kind of archive.", "write `type: apt`"); }

KeyShape priority_key() {
    auto number = integer();
    number.forbidden = 0;
    return {"priority", either(one_of({"always", "prefer", "defer"}), number),
            "Which archive wins: always, prefer, defer, or a number that isn't 0."};
}

const ObjectShape& archive_shape() {
    using Rule = KeyRule::Kind;
    static const ObjectShape shape{
        {},
        Spelling::kebab_or_snake,
        {type_key(),
         needed("url", text(), "Where the archive is.", "write its address"),
         needed("key-id", ruled(key_rule), "The fingerprint of the key that signs it.", "write its 40 digits"),
         {"key-server", text(), "Where the key is fetched from."},
         {"architectures", set_of(text()), "For which architectures; without it, the builder's."},
         {"formats", list_of(one_of({"deb", "deb-src"})), "Packages, sources, or both."},
         {"path", filled_text(), "Where packages lie, of an archive without suites."},
         {"suites", list_of(ruled(suite_rule, 1)), "Its suites."},
         {"series", ruled(series_rule), "The release of Ubuntu, with pocket."},
         {"pocket", one_of({"release", "updates", "proposed", "security"}), "What of the series."},
         {"components", set_of(text()), "Its components."},
         priority_key()},
        {{Rule::exclusive, {"path", "components"}, {}, "keep one"},
         {Rule::exclusive, {"path", "suites"}, {}, "keep one"},
         {Rule::exclusive, {"suites", "series"}, {}, "keep one"},
         {Rule::exclusive, {"suites", "pocket"}, {}, "keep one"},
         {Rule::needs, {"series", "pocket"}, {}, "write `pocket: release`"},
         {Rule::needs, {"suites", "components"}, {}, "name its components, for example [main]"},
         {Rule::needs, {"components", "suites", "pocket", "series", "path"}, {}, "name its suites"}},
        {{"uri", "write url"},
         {"key", "write key-id"},
         {"keyid", "write key-id"},
         {"distribution", "write suites"},
         {"pin", "write priority"}}};
    return shape;
}

const ObjectShape& ppa_shape() {
    static const ObjectShape shape{{},
                                   Spelling::kebab_or_snake,
                                   {type_key(),
                                    needed("ppa", ruled(ppa_rule), "OWNER/NAME on Launchpad.", ""),
                                    {"key-id", ruled(key_rule), "The fingerprint of the key that signs it."},
                                    priority_key()}};
    return shape;
}

const ObjectShape& cloud_shape() {
    static const ObjectShape shape{{},
                                   Spelling::kebab_or_snake,
                                   {type_key(),
                                    needed("cloud", filled_text(), "The release of the cloud archive.", ""),
                                    {"pocket", one_of({"updates", "proposed"}), "What of it; updates otherwise."},
                                    priority_key()}};
    return shape;
}

}  // namespace

const std::vector<RepositoryKind>& repository_kinds() {
    static const std::vector<RepositoryKind> kinds{
        {"ppa", &ppa_shape()}, {"cloud", &cloud_shape()}, {"url", &archive_shape()}};
    return kinds;
}

}  // namespace rockbuild
