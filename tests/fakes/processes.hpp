// A process runner whose programs are a function.
#pragma once

#include "system/process.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild::fakes {

class ScriptedProcesses final : public ProcessRunner {
public:
    using Script = std::function<Result<Finished>(const Command&)>;
    explicit ScriptedProcesses(Script script = {}) : script_(std::move(script)) {}

    Result<Finished> run(const Command& command, const std::stop_token&) override {
        commands.push_back(command);
        if (!script_) return fail("RB0110", "no such program");
        return script_(command);
    }

    std::vector<Command> commands;

private:
    Script script_;
};

}  // namespace rockbuild::fakes
