#include "pebble/entrypoint.hpp"

#include "pebble/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rockbuild {

namespace {

Diagnostic warning(const char* code, const std::string& service, std::string message, const Span& place,
                   std::string hint) {
    Diagnostic item;
    item.code = code;
    item.severity = Severity::warning;
    item.object = "services." + service;
    item.message = std::move(message);
    item.span = place;
    item.hint = std::move(hint);
    return item;
}

}  // namespace

Diagnostics check_entrypoint(const Project& project, const PebblePlan& plan) {
    Diagnostics found;
    if (!project.entrypoint_service) return found;
    const auto& [name, place] = *project.entrypoint_service;
    const auto service = plan.services.find(name);
    if (service == plan.services.end() || service->second.faulty) return found;
    if (!service->second.enabled())
        found.push_back(warning("RB0668", name,
                                fmt::format("the service '{}' isn't enabled: the image starts nothing, and its "
                                            "arguments go nowhere",
                                            name),
                                place, "add `startup: enabled` to the service"));
    const auto& command = service->second.command;
    if (!command) return found;
    std::string problem;
    const auto ours = split_command(command->value, problem);
    const auto theirs = parse_pebble_command(command->value, problem);
    if (!ours || !theirs || ours->arguments == theirs->arguments) return found;
    const auto shown = [](const auto& arguments) {
        return arguments ? fmt::format("[{}]", fmt::join(*arguments, ", ")) : std::string("none");
    };
    found.push_back(warning("RB0671", name,
                            fmt::format("the image's default arguments are {}, where Pebble reads {}",
                                        shown(ours->arguments), shown(theirs->arguments)),
                            command->span, "put words with '#' or a backslash in single quotes"));
    return found;
}

}  // namespace rockbuild
