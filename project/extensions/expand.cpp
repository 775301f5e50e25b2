#include "project/extensions/expand.hpp"

#include "project/check_shape.hpp"
#include "project/extensions/merge.hpp"
#include "project/extensions/work.hpp"
#include "project/language.hpp"
#include "project/reading.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace rockbuild {

namespace {

bool has(const std::vector<std::string_view>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

/// A base by which upstream tells its two generations of an extension apart.
std::string normal_base(const PlacedText& name) {
    if (name.value == "devel") return "ubuntu@devel";
    const auto* base = find_base_name(name.value);
    return base != nullptr && !base->modern.empty() ? std::string(base->modern) : name.value;
}

class Expander {
public:
    Expander(Complaints& complaints, const Surroundings& around) : complaints_(complaints), around_(around) {}

    Expansion expand(const Yaml& root) {
        Expansion expansion{root, {}, true};
        const auto list = find_value(*root, "extensions");
        if (!list) return expansion;
        expansion.root = without_extensions(*root);
        // By name, each once.
        std::map<std::string, Span> wanted;
        expansion.complete = is_right(list);
        for (const auto& entry : texts_at(*root, "extensions")) wanted.try_emplace(entry.value, entry.span);
        for (const auto& [name, entry] : wanted) {
            const auto* extension = find_extension(name);
            if (extension != nullptr && apply(expansion.root, *extension, entry))
                expansion.makers.push_back({name, entry});
            else expansion.complete = false;
        }
        return expansion;
    }

private:
    /// What the tables say of the list itself.
    bool is_right(const Yaml& list) {
        const auto& keys = project_shape().keys;
        const auto key = std::ranges::find(keys, "extensions", &KeyShape::name);
        const auto before = complaints_.errors();
        check_value(complaints_, list, key->shape, "'extensions'", list->span);
        return complaints_.errors() == before;
    }

    static Yaml without_extensions(const YamlNode& root) {
        auto copy = std::make_shared<YamlNode>(root);
        std::erase_if(copy->pairs, [](const YamlPair& pair) { return pair.key->text == "extensions"; });
        return copy;
    }

    bool apply(Yaml& root, const Extension& extension, const Span& entry) {
        if (!stands_on_its_base(*root, extension, entry)) return false;
        ExtensionWork work(complaints_, *root, around_, extension, entry);
        if (work.name().empty()) return false;  // that is said, and everything is named by it
        const auto snippet = extension.make(work);
        if (work.failed()) return false;
        root = merge_project(root, as_nodes(snippet, entry, extension.name));
        return true;
    }

    /// Upstream goes by the build base to choose between its two generations, and then looks at the base; the later
    /// generation stands on ubuntu@26.04 alone. Where there is no base, that is said elsewhere.
    bool stands_on_its_base(const YamlNode& root, const Extension& extension, const Span& entry) {
        const auto base = filled_text_at(root, "base");
        if (!base || find_base_name(base->value) == nullptr) return false;
        const auto build_base = filled_text_at(root, "build-base").value_or(*base);
        const auto on = normal_base(*base);
        const auto build = normal_base(build_base);
        constexpr std::string_view later = "ubuntu@26.04";
        if (!has(extension.bases, build)) {
            if (on != later || build != later) {
                refuse(extension, has(extension.bases, on) || on == later ? build_base : *base, entry);
                return false;
            }
            say_experimental(extension, entry, later);
            return true;
        }
        if (!has(extension.bases, on)) {
            refuse(extension, *base, entry);
            return false;
        }
        if (on == "bare" && build.starts_with("debian@")) {
            refuse(extension, build_base, entry).hint =
                "a bare rock of an extension is made of Ubuntu's slices: write base: debian@12, or build-base: "
                "ubuntu@24.04";
            return false;
        }
        if (extension.experimental) say_experimental(extension, entry, on);
        return true;
    }

    Diagnostic& refuse(const Extension& extension, const PlacedText& base, const Span& entry) {
        auto& item = complaints_.error("RB0330", fmt::format("'{}' doesn't stand on '{}'", extension.name, base.value),
                                       base.span, fmt::format("it stands on: {}", fmt::join(extension.bases, ", ")));
        item.notes.push_back({"the extension is named here", entry});
        return item;
    }

    void say_experimental(const Extension& extension, const Span& entry, std::string_view base) {
        if (around_.experimental) return;
        complaints_.warning(
            "RB0331", fmt::format("'{}' on '{}' is experimental: what it makes may change", extension.name, base),
            entry, "set ROCKCRAFT_ENABLE_EXPERIMENTAL_EXTENSIONS=1 where you know that; rockcraft itself asks for it");
    }

    Complaints& complaints_;
    const Surroundings& around_;
};

}  // namespace

const std::vector<Extension>& extensions() {
    const std::vector<std::string_view> usual{"bare", "ubuntu@24.04", "debian@12"};
    const std::vector<std::string_view> gunicorn{"bare", "ubuntu@22.04", "ubuntu@24.04", "debian@12"};
    static const std::vector<Extension> all{
        {"django-framework", gunicorn, false, "a Django application, served by gunicorn", make_django},
        {"expressjs-framework", usual, false, "an Express application of Node", make_expressjs},
        {"fastapi-framework", usual, false, "a FastAPI or Starlette application, served by uvicorn", make_fastapi},
        {"flask-framework", gunicorn, false, "a Flask application, served by gunicorn", make_flask},
        {"go-framework", usual, false, "a program in Go", make_go},
        {"spring-boot-framework", usual, true, "a Spring Boot application, built by Maven or Gradle", make_spring_boot},
    };
    return all;
}

const Extension* find_extension(std::string_view name) {
    const auto found = std::ranges::find(extensions(), name, &Extension::name);
    return found == extensions().end() ? nullptr : &*found;
}

Expansion expand_extensions(Complaints& complaints, const Yaml& root, const Surroundings& around) {
    if (around.files != nullptr) return Expander(complaints, around).expand(root);
    return {root, {}, !find_value(*root, "extensions")};
}

void name_makers(const std::vector<Maker>& makers, Diagnostics& diagnostics) {
    for (auto& item : diagnostics)
        for (const auto& maker : makers)
            if (item.span == maker.entry)
                item.notes.push_back({fmt::format("made by the extension '{}'", maker.extension), std::nullopt});
}

}  // namespace rockbuild
