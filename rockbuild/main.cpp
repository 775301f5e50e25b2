#include "rockbuild/application.hpp"

#include <clocale>

int main(int argc, char** argv) {
    // Names of files are bytes: libarchive converts them unless the locale is one that holds them all.
    std::setlocale(LC_CTYPE, "C.UTF-8");
    return rockbuild::run_application({argv + 1, argv + argc});
}
