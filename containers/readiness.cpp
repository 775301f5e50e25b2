#include "containers/readiness.hpp"

#include "system/http_probe.hpp"

#include <cstddef>

namespace rockbuild {

std::map<std::string, Readiness> readiness_of(const std::vector<ContainerStatus>& list) {
    std::map<std::string, Readiness> result;
    std::vector<ProbeQuestion> questions;
    std::vector<std::string> asked;
    for (const auto& status : list) {
        const auto& record = status.record;
        if (!record.members.empty()) result[record.name].total = static_cast<unsigned>(record.members.size());
        else result[record.name].ready = status.pid > 0 && !record.readiness ? 1 : 0;
        if (status.pid <= 0 || !record.readiness) continue;
        questions.push_back({*record.readiness, status.pid});
        asked.push_back(record.name);
    }
    const auto answers = ask_probes(questions);
    for (std::size_t i = 0; i < asked.size(); ++i)
        result[asked[i]].ready = answers[i] >= 200 && answers[i] < 400 ? 1 : 0;
    // An init container is of the pod, but none of those that have to be ready.
    for (const auto& pod : list)
        for (const auto& member : pod.record.members)
            if (const auto found = result.find(member); found != result.end())
                result[pod.record.name].ready += found->second.ready;
    return result;
}

}  // namespace rockbuild
