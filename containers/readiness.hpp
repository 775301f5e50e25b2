// Which containers are ready: asked when somebody wants to know, so that nothing has to run besides the containers.
#pragma once

#include "containers/shelf.hpp"

#include <map>
#include <string>
#include <vector>

namespace rockbuild {

struct Readiness {
    unsigned ready = 0;
    unsigned total = 1;  // of a pod: its containers
};

/// By name. A container is ready when it runs and its readiness probe, if it has one, is answered by 200…399.
std::map<std::string, Readiness> readiness_of(const std::vector<ContainerStatus>& list);

}  // namespace rockbuild
