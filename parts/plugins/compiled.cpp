// What the plugins of compiled languages share.
//
// Upstream's instances are made of images for building, which have a C and a C++ compiler, the C library's headers and
// make before any plugin asks for something; the plugins there lean on it, and so do project files. Debian's smallest
// system has none of them, so they are named here.
#include "parts/plugins/plugin.hpp"

namespace rockbuild {

std::vector<std::string> compilers_and(std::vector<std::string> more) {
    more.insert(more.end(), {"g++", "gcc", "libc6-dev", "make"});
    return more;
}

}  // namespace rockbuild
