// "Are you there?" over HTTP, asked from where another process stands: in its network namespace, so that 127.0.0.1 is
// its own.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

struct HttpProbe {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    unsigned timeout_seconds = 1;
    bool operator==(const HttpProbe&) const = default;
};

struct ProbeQuestion {
    HttpProbe probe;
    pid_t process = 0;  // in whose network namespace it is asked
};

/// The status of each answer; 0: none within its time. All are asked at once, each by a child of its own, for a thread
/// can't enter a user namespace; the program has one thread. Certificates aren't checked, redirects not followed, no
/// proxy is asked (as Kubernetes' kubelet does).
std::vector<int> ask_probes(const std::vector<ProbeQuestion>& questions);

}  // namespace rockbuild
