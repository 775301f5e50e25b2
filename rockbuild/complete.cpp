// `rockbuild complete KIND [WORD…]`: what the completion scripts ask while a command line is typed. WORD… is that line
// from the program's name to the word before the cursor's. Prints the names that could come next, one a line, behind a
// tab what each is. Not for people: no help lists it. Where names can't be read, there are none: nothing is ever wrong.
#include "parts/order.hpp"
#include "project/outline.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/completion_scripts.hpp"
#include "rockbuild/container_world.hpp"
#include "rockbuild/documentation.hpp"
#include "rockbuild/help.hpp"
#include "rockbuild/typed_line.hpp"
#include "support/arch.hpp"
#include "system/file.hpp"

#include <algorithm>

namespace rockbuild {

namespace {

/// A path as the shell that it was typed in would take it.
fs::path typed_path(const Host& host, const std::string& word) {
    const auto home = host.variable("HOME");
    return home && (word == "~" || word.starts_with("~/")) ? fs::path(*home + word.substr(1)) : absolute(host, word);
}

/// The project that the line is about: that of --file, else of its folder, else the one here.
ProjectOutline outline_for(const Context& context, const TypedLine& line) {
    std::string place = ".";
    if (line.command != nullptr)
        for (std::size_t i = 0; i < line.command->positionals.size() && i < line.positional.size(); ++i)
            if (const auto kind = line.command->positionals[i].completes;
                kind == Completes::folder || kind == Completes::file)
                place = line.positional[i];
    auto file = typed_path(context.host, line.file.value_or(place));
    std::error_code error;
    if (fs::is_directory(file, error)) file /= "rockcraft.yaml";
    if (!fs::is_regular_file(file, error)) return {};
    return outline_of(read_file(file).value_or(""));
}

struct OfferedName {
    std::string name;
    std::string about;
};
using OfferedNames = std::vector<OfferedName>;

OfferedNames without_about(const std::vector<std::string>& names) {
    OfferedNames offered;
    for (const auto& name : names) offered.push_back({name, {}});
    return offered;
}

OfferedNames part_names(const Context& context, const TypedLine& line) {
    return without_about(outline_for(context, line).parts);
}

OfferedNames step_names(const Context& context, const TypedLine& line) {
    std::vector<std::string> steps;
    for (const auto& part : outline_for(context, line).parts)
        for (const auto step : {Step::pull, Step::overlay, Step::build, Step::stage, Step::prime})
            steps.push_back(part + ":" + step_name(step));
    return without_about(steps);
}

OfferedNames platform_names(const Context& context, const TypedLine& line) {
    return without_about(outline_for(context, line).platforms);
}

OfferedNames architecture_names(const Context&, const TypedLine&) {
    OfferedNames names;
    for (const auto& arch : architectures) names.push_back({std::string(arch.debian), {}});
    return names;
}

OfferedNames container_names(const Context& context, const TypedLine&) {
    OfferedNames names;
    std::error_code error;
    if (!fs::is_directory(runtime_folder(context.host, cache_folder(context)), error)) return names;
    const auto shelf = open_shelf(context);
    if (!shelf) return names;
    const auto list = shelf->list();
    if (!list) return names;
    for (const auto& status : *list) names.push_back({status.record.name, status.state});
    return names;
}

/// First words; behind a first word of two, the second ones.
OfferedNames command_names(const Context&, const TypedLine& line) {
    OfferedNames names;
    for (const auto& first : first_words()) {
        if (line.positional.empty()) names.push_back({std::string(first.word), first.about});
        else if (line.positional.size() == 1 && line.positional.front() == first.word)
            for (const auto* command : first.group)
                names.push_back(
                    {std::string(command->name.substr(first.word.size() + 1)), page_of(command->name).summary});
    }
    return names;
}

OfferedNames error_codes(const Context&, const TypedLine&) {
    OfferedNames names;
    for (auto& code : explained_codes()) {
        auto title = page_title(explanation(code));
        names.push_back({std::move(code), std::move(title)});
    }
    return names;
}

struct NameKind {
    Completes completes;
    OfferedNames (*names)(const Context&, const TypedLine&);
};

constexpr NameKind name_kinds[] = {
    {Completes::part, part_names},           {Completes::step, step_names},
    {Completes::platform, platform_names},   {Completes::architecture, architecture_names},
    {Completes::container, container_names}, {Completes::command, command_names},
    {Completes::error_code, error_codes},
};

/// A name that is its own line, and was not given yet.
bool is_offered(const std::string& name, const TypedLine& line) {
    return std::ranges::none_of(name, [](unsigned char c) { return c < ' '; }) &&
           std::ranges::find(line.positional, name) == line.positional.end();
}

Result<int> run_complete(Context& context) {
    const auto& words = context.arguments.positional;
    const auto line = typed_line({words.begin() + 1, words.end()});
    std::string text;
    for (const auto& kind : name_kinds)
        if (names_of(kind.completes) == words.front())
            for (const auto& [name, about] : kind.names(context, line))
                if (is_offered(name, line)) text += about.empty() ? name + "\n" : name + "\t" + about + "\n";
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand complete_command{"complete", "KIND [WORD…]", {}, 1, 100000, 1, run_complete, {}};

}  // namespace rockbuild
