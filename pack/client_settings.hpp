// How the host's package clients reach their registries, said to those in a step: mirrors, proxies, tokens. It is
// transport (DESIGN.md §3.1): in no key, no log, no image. Only what says *how* something is reached is taken; what
// says *what* is fetched or done with it is the project's.
//
//   Go       the environment; the file of `go env -w`
//   pip      the environment; pip.conf of the machine and of the user
//   npm      the environment; npmrc of the machine and of the user, as the step's global one
//   Maven    settings.xml of the user, in the same place; that of the machine, for the plugin
//   Gradle   init scripts of the user, for the plugin; proxies of gradle.properties, for Java
//   Java     proxies of the environment, and the host's certificates
#pragma once

#include "system/host.hpp"
#include "system/sandbox.hpp"

#include <string>
#include <string_view>

namespace rockbuild {

/// From the host's environment and files; `root` is put before absolute places of the machine (/etc), for tests.
/// `certificates` is the bundle that steps trust.
SandboxTransport client_settings(const Host& host, std::string_view certificates, const std::string& root = {});

}  // namespace rockbuild
