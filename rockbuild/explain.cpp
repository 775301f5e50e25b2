// `rockbuild explain`: see explain.md.
#include "rockbuild/command.hpp"
#include "rockbuild/documentation.hpp"
#include "rockbuild/step_explanation.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

constexpr std::string_view parts_of_a_page[] = {"What", "Why", "Before", "After"};

/// "rb0310" and "0310" are RB0310.
std::string code_of(std::string word) {
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::toupper(c); });
    const bool digits = std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c) != 0; });
    return digits ? "RB" + word : word;
}

/// An example without the indent that marks it in the page.
std::string flush_left(std::string_view example) {
    constexpr std::string_view indent = "    ";
    std::string text;
    while (!example.empty()) {
        const auto end = std::min(example.find('\n'), example.size() - 1) + 1;
        auto line = example.substr(0, end);
        if (line.starts_with(indent)) line.remove_prefix(indent.size());
        text += line;
        example.remove_prefix(end);
    }
    return text;
}

std::string page_as_text(const std::string& code, std::string_view page) {
    auto text = fmt::format("{}: {}\n", code, page_title(page));
    for (const auto section : parts_of_a_page) {
        const bool example = section == "Before" || section == "After";
        text += fmt::format("{}{}\n", example ? fmt::format("\n{}:\n", section) : "\n", page_section(page, section));
    }
    return text;
}

std::string page_as_json(const std::string& code, std::string_view page) {
    const nlohmann::ordered_json json{{"schema", "rockbuild.explain/1"},
                                      {"code", code},
                                      {"title", page_title(page)},
                                      {"what", page_section(page, "What")},
                                      {"why", page_section(page, "Why")},
                                      {"before", flush_left(page_section(page, "Before"))},
                                      {"after", flush_left(page_section(page, "After"))}};
    return json.dump(2) + "\n";
}

Result<int> run_explain(Context& context) {
    const auto& word = context.arguments.positional.front();
    if (word.find(':') != std::string::npos) return explain_step_of_project(context, word);
    const auto code = code_of(word);
    const auto page = explanation(code);
    if (page.empty()) {
        auto error =
            fail("RB1120", fmt::format("there is no error code '{}'", word),
                 "codes stand in brackets: error[RB0310] is explained by `rockbuild explain RB0310`", ExitCode::usage);
        error.error().suggestions = suggestions(code, explained_codes());
        return error;
    }
    const bool json = context.arguments.value("format") == "json";
    return context.screen.result(json ? page_as_json(code, page) : page_as_text(code, page))
               ? 0
               : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand explain_command{"explain",
                                        "CODE | PART:STEP",
                                        {
                                            {"file", 'f', {"FILE", Completes::file}, "the project file of the step"},
                                            {"platform", 0, {"NAME", Completes::platform}, "this platform only"},
                                            {"format", 0, "FORMAT", "how it is printed", {"text", "json"}},
                                        },
                                        1,
                                        1,
                                        Subcommand::never,
                                        run_explain,
                                        {{Completes::error_code}}};

}  // namespace rockbuild
