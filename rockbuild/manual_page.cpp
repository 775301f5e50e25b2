#include "rockbuild/manual_page.hpp"

#include "rockbuild/build_paths.hpp"
#include "rockbuild/help.hpp"
#include "rockbuild/roff.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace rockbuild {

namespace {

struct ExitMeaning {
    ExitCode code;
    std::string_view meaning;
};

constexpr ExitMeaning exit_meanings[] = {
    {ExitCode::ok, "all went well"},
    {ExitCode::failure, "a mistake in the project, or a step that failed"},
    {ExitCode::work_to_do, "`plan`: there is work to do"},
    {ExitCode::usage, "the command line is wrong"},
    {ExitCode::bad_data, "bad data in a file that was given"},
    {ExitCode::no_input, "the project file is missing"},
    {ExitCode::internal, "an internal error: a bug of rockbuild"},
    {ExitCode::cannot_write, "the output can't be written"},
    {ExitCode::remote_timeout, "a remote side doesn't answer in time"},
    {ExitCode::not_allowed, "not allowed: the credentials are missing or not good for this"},
    {ExitCode::unable, "this machine can't do that; the message says what to install or change"},
    {ExitCode::interrupted, "interrupted"},
};

struct KnownFile {
    std::string_view path;
    std::string_view meaning;
    bool of_all = true;  // else only of commands that take a project
};

constexpr KnownFile known_files[] = {
    {"rockcraft.yaml", "The project.", false},
    {"~/.config/rockbuild/config.yaml", "Settings (`rockbuild config`); below $XDG_CONFIG_HOME if that is set."},
    {"~/.cache/rockbuild", "The store: shared by all projects, safe to delete; ROCKBUILD_CACHE names another place."},
};

std::string manual_heading(std::string_view name) {
    std::string title(name);
    std::ranges::transform(title, title.begin(), [](unsigned char c) { return std::toupper(c); });
    return fmt::format(".TH {} 1 {} {} {}\n.nh\n", roff_argument(title), program_version_day,
                       roff_argument(fmt::format("rockbuild {}", program_version)),
                       roff_argument("Commands for rocks"));
}

/// A tagged paragraph. Both are roff.
std::string tagged(const std::string& tag, const std::string& text) { return fmt::format(".TP\n{}\n{}", tag, text); }

std::string option_paragraphs(const std::vector<Option>& options) {
    std::string text;
    for (const auto& option : options) {
        auto tag = option.letter == 0 ? "" : fmt::format("\\fB\\-{}\\fR, ", option.letter);
        tag += fmt::format("\\fB\\-\\-{}\\fR", roff_text(option.name));
        if (!option.value.name.empty()) tag += fmt::format(" \\fI{}\\fR", roff_text(option.value.name));
        auto help = std::string(option.help);
        if (!option.choices.empty()) help += fmt::format(": {}", fmt::join(option.choices, ", "));
        text += tagged(tag, roff_paragraphs(help));
    }
    return text;
}

std::string variable_paragraph(const SettingKind& kind) {
    auto help = std::string(kind.help);
    if (!kind.choices.empty()) help += fmt::format(": {}", fmt::join(kind.choices, ", "));
    std::vector<std::string> others;
    if (!kind.upstream.empty())
        for (const std::string_view prefix : {"ROCKCRAFT_", "CRAFT_"})
            others.push_back(fmt::format("{}{}", prefix, kind.upstream));
    for (const auto& other : kind.others)
        others.push_back(fmt::format("{}{}", other.variable,
                                     other.means.empty() ? "" : fmt::format(" (whatever it holds: {})", other.means)));
    if (!others.empty()) help += fmt::format(". Also read: {}", fmt::join(others, ", "));
    return tagged(fmt::format("\\fBROCKBUILD_{}\\fR", kind.variable), roff_paragraphs(help));
}

std::string file_paragraphs(bool takes_project) {
    std::string text = ".SH FILES\n";
    for (const auto& file : known_files)
        if (takes_project || file.of_all)
            text += tagged(fmt::format("\\fI{}\\fR", roff_text(file.path)), roff_paragraphs(file.meaning));
    return text;
}

/// True if the text speaks of the command: `name` or rockbuild name.
bool speaks_of(std::string_view text, std::string_view name) {
    for (const std::string_view before : {"`", "rockbuild ", "rockbuild help "}) {
        const auto words = fmt::format("{}{}", before, name);
        for (auto found = text.find(words); found != std::string_view::npos; found = text.find(words, found + 1)) {
            const auto end = found + words.size();
            if (end == text.size() || (std::isalnum(static_cast<unsigned char>(text[end])) == 0 && text[end] != '-'))
                return true;
        }
    }
    return false;
}

std::string see_also(const std::vector<std::string>& names) {
    std::string text = ".SH SEE ALSO\n";
    for (const auto& name : names)
        text += fmt::format(".BR {} (1){}\n", roff_text(name), name == names.back() ? "" : ",");
    return text;
}

std::vector<std::string> related(const Subcommand& command, const Page& page) {
    std::vector<std::string> names{"rockbuild"};
    const auto group = command.name.substr(0, command.name.find(' ') + 1);
    for (const auto* other : commands()) {
        if (other == &command) continue;
        const bool sibling = !group.empty() && other->name.starts_with(group);
        if (sibling || speaks_of(page.examples, other->name) || speaks_of(page.description, other->name))
            names.push_back(manual_name(other->name));
    }
    return names;
}

std::string environment_of(const Subcommand& command) {
    std::string text;
    for (const auto& kind : setting_kinds())
        if (!kind.option.empty() &&
            std::ranges::find(command.options, kind.option, &Option::name) != command.options.end())
            text += variable_paragraph(kind);
    return ".SH ENVIRONMENT\n" + text + (text.empty() ? "" : ".PP\n") +
           "All variables are told in\n.BR rockbuild (1).\n";
}

}  // namespace

std::string manual_name(std::string_view command) {
    auto name = fmt::format("rockbuild-{}", command);
    std::ranges::replace(name, ' ', '-');
    return name;
}

std::string command_manual(const Subcommand& command) {
    const auto page = page_of(command.name);
    const auto name = manual_name(command.name);
    auto text = manual_heading(name);
    text += fmt::format(".SH NAME\n{} \\-\n{}", roff_text(name), roff_paragraphs(page.summary));
    text += fmt::format(".SH SYNOPSIS\n\\fBrockbuild {}\\fR{}{}{}\n", roff_text(command.name),
                        roff_usage(command.options.empty() ? "" : " [OPTION…]"), command.usage.empty() ? "" : " ",
                        roff_usage(command.usage));
    text += ".SH EXAMPLES\n" + roff_example(page.examples);
    text += ".SH OPTIONS\n" + option_paragraphs(command.options);
    text += std::string(command.options.empty() ? "" : ".PP\n") +
            "The options of every command are told in\n.BR rockbuild (1).\n";
    text += ".SH DESCRIPTION\n" + roff_paragraphs(page.description);
    text += ".SH EXIT STATUS\n0 if all went well; what else there can be is told in\n.BR rockbuild (1).\n";
    text += environment_of(command);
    const bool takes_project = std::ranges::find(command.options, "file", &Option::name) != command.options.end();
    return text + file_paragraphs(takes_project) + see_also(related(command, page));
}

std::string general_manual() {
    const auto page = page_of("help");
    auto text = manual_heading("rockbuild");
    text += ".SH NAME\nrockbuild \\- build rocks: OCI images with Pebble as entrypoint\n";
    text += fmt::format(".SH SYNOPSIS\n\\fBrockbuild\\fR {}\n", roff_usage("COMMAND [OPTION…] [ARGUMENT…]"));
    text += ".SH EXAMPLES\n" + roff_example(page.first_steps);
    text += ".SH COMMANDS\n";
    std::vector<std::string> names;
    for (const auto* command : commands()) {
        names.push_back(manual_name(command->name));
        text += tagged(fmt::format("\\fB{}\\fR", roff_text(command->name)),
                       roff_paragraphs(page_of(command->name).summary));
    }
    text += ".SH OPTIONS\nEvery command takes these.\n" + option_paragraphs(common_options());
    text += ".SH DESCRIPTION\n" + roff_paragraphs(page.description);
    text += ".SH EXIT STATUS\n";
    for (const auto& [code, meaning] : exit_meanings)
        text += tagged(fmt::format("\\fB{}\\fR", static_cast<int>(code)), roff_paragraphs(meaning));
    text += ".SH ENVIRONMENT\n";
    for (const auto& kind : setting_kinds()) text += variable_paragraph(kind);
    return text + file_paragraphs(true) + see_also(names);
}

}  // namespace rockbuild
