// spring-boot-framework (spec/rockcraft-yaml.md §10.2): an application of Spring Boot, built by Maven or Gradle, with a
// Java of the modules that it needs.
#include "project/extensions/work.hpp"
#include "project/reading.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

namespace rockbuild {

namespace {

constexpr const char* init_part = "gradle-init-script";

/// What the project says of its build by the files that it has.
struct BuildFiles {
    bool maven = false;           // pom.xml
    bool gradle = false;          // build.gradle
    bool maven_wrapper = false;   // mvnw
    bool gradle_wrapper = false;  // gradlew
};

/// Gradle's file in Kotlin, which upstream's part doesn't look for.
constexpr const char* kotlin_file = "build.gradle.kts";

/// One that the tool reads; what else has its name is told.
bool is_build_file(ExtensionWork& work, const char* name) {
    if (!work.exists(name)) return false;
    if (work.files().kind(name) == ProjectFiles::Kind::file) return true;
    work.error("RB0335", fmt::format("'{}' is no file", work.files().shown(name)), "put an ordinary file in its place");
    return true;  // it is there: nothing is said of its lack
}

BuildFiles build_files(ExtensionWork& work) {
    BuildFiles found{is_build_file(work, "pom.xml"), is_build_file(work, "build.gradle"), is_build_file(work, "mvnw"),
                     is_build_file(work, "gradlew")};
    const auto shown = [&](const char* file) { return work.files().shown(file); };
    const bool kotlin = work.exists(kotlin_file);
    if (found.maven && found.gradle)
        work.error("RB0337", fmt::format("there are both '{}' and '{}'", shown("pom.xml"), shown("build.gradle")),
                   "keep the file of the tool that builds the application");
    else if (found.maven && kotlin)
        work.warning("RB0337",
                     fmt::format("there are both '{}' and '{}': the application is built by Maven", shown("pom.xml"),
                                 shown(kotlin_file)),
                     "keep the file of the tool that builds the application");
    else if (!found.maven && !found.gradle && kotlin)
        work.error("RB0332",
                   fmt::format("'spring-boot-framework' builds by a '{}', and there is a '{}' only",
                               shown("build.gradle"), shown(kotlin_file)),
                   "write the build in Groovy, as build.gradle; or make it a part of your own, of the plugin gradle");
    else if (!found.maven && !found.gradle)
        work.error("RB0332",
                   fmt::format("'spring-boot-framework' builds with Maven or Gradle, and there is no '{}' and no '{}'",
                               shown("pom.xml"), shown("build.gradle")),
                   "put the project file beside the application's build file");
    if (found.maven_wrapper && found.gradle_wrapper)
        work.error("RB0337", fmt::format("there are both '{}' and '{}'", shown("mvnw"), shown("gradlew")),
                   "keep the wrapper of the tool that builds the application");
    for (const auto& [there, file] : {std::pair(found.maven_wrapper, "mvnw"), {found.gradle_wrapper, "gradlew"}})
        if (there && work.files().kind(file) == ProjectFiles::Kind::file && !work.files().is_executable(file))
            work.error("RB0337", fmt::format("'{}' can't be executed", shown(file)),
                       fmt::format("run `chmod +x {}`, and keep that in the repository", shown(file)));
    return found;
}

class SpringParts {
public:
    SpringParts(ExtensionWork& work, const BuildFiles& files) : work_(work), files_(files) {
        const auto& part = work.user_part(init_part);
        if (const auto script = filled_text_at(part, "override-build")) {
            has_init_script_ = true;
            if (!files.gradle)
                work.error_at(script->span, "RB0337", "a script for Gradle, and nothing is built by Gradle",
                              fmt::format("remove the part '{}', or add a build.gradle", work.part_name(init_part)));
        }
    }

    Snippet all() {
        Snippet parts;
        if (has_init_script_) parts[work_.part_name(init_part)] = init_script();
        parts[work_.part_name("install-app")] = install_app();
        parts[work_.part_name("runtime")] = runtime();
        if (auto part = assets_part(work_, {"migrate", "migrate.sh"}); !part.empty())
            parts[work_.part_name("assets")] = std::move(part);
        return parts;
    }

private:
    static Snippet init_script() {
        Snippet part;
        part["plugin"] = "nil";
        part["source"] = ".";
        part["prime"] = Snippet::array();
        return part;
    }

    Snippet install_app() const {
        Snippet part;
        part["source"] = ".";
        part["organize"]["**/*.jar"] = "app/";
        if (files_.gradle) by_gradle(part);
        else by_maven(part);
        if (work_.ground() == Ground::bare)
            part["stage-packages"] =
                Snippet::array({"libnss3_nss", "libc6_libs", "libgcc-s1_libs", "libstdc++6_libs", "zlib1g_libs"});
        return part;
    }

    void by_maven(Snippet& part) const {
        part["plugin"] = "maven";
        auto packages = Snippet::array({"default-jdk"});
        if (!files_.maven_wrapper) packages.push_back("maven");
        part["build-packages"] = users_packages("install-app", std::move(packages));
        if (files_.maven_wrapper) part["maven-use-wrapper"] = true;
        part["override-build"] =
            "craftctl default\n"
            "find ${CRAFT_PART_INSTALL} -name '*-plain.jar' -type f -delete";
    }

    void by_gradle(Snippet& part) const {
        part["plugin"] = "gradle";
        part["gradle-task"] = "bootJar";
        part["build-packages"] = Snippet::array({"default-jdk"});
        if (!files_.gradle_wrapper) part["build-packages"].push_back("gradle");
        std::string script;
        if (has_init_script_) {
            part["build-environment"] =
                Snippet::array({Snippet::object({{"GRADLE_USER_HOME", "${CRAFT_PART_BUILD}/.gradle/"}})});
            part["after"] = Snippet::array({work_.part_name(init_part)});
            script =
                "mkdir -p ${CRAFT_PART_BUILD}/.gradle/\n"
                "cp ${CRAFT_STAGE}/*init.gradle* ${CRAFT_PART_BUILD}/.gradle/\n";
        }
        // The plugin installs every jar that the build has seen; the application is the one that bootJar made.
        script +=
            "craftctl default\n"
            "jar=$(find ${CRAFT_PART_BUILD}/build/libs -name '*.jar' ! -name '*-plain.jar' -type f -printf '%f\\n' | "
            "sort | head -n 1)\n"
            "if [ -z \"$jar\" ]; then echo 'bootJar has made no jar in build/libs' >&2; exit 1; fi\n"
            "find ${CRAFT_PART_INSTALL}/jar -name '*.jar' ! -name \"$jar\" -delete";
        part["override-build"] = std::move(script);
    }

    /// The user's list stands for the usual one.
    Snippet users_packages(std::string_view part, Snippet usual) const {
        auto packages = Snippet::array();
        for (const auto& package : texts_at(work_.user_part(part), "build-packages")) packages.push_back(package.value);
        return packages.empty() ? usual : packages;
    }

    Snippet runtime() const {
        Snippet part;
        part["plugin"] = "jlink";
        part["after"] = Snippet::array({work_.part_name("install-app")});
        part["build-packages"] = users_packages("runtime", Snippet::array({"default-jdk"}));
        if (work_.ground() == Ground::bare)
            part["stage-packages"] =
                Snippet::array({"bash_bins", "base-files_chisel", "base-files_tmp", "coreutils_bins"});
        return part;
    }

    ExtensionWork& work_;
    BuildFiles files_;
    bool has_init_script_ = false;
};

}  // namespace

Snippet make_spring_boot(ExtensionWork& work) {
    Snippet service;
    service["override"] = "replace";
    service["startup"] = "enabled";
    service["user"] = "_daemon_";
    service["working-dir"] = "/app";
    service["command"] = R"(bash -c "java -jar *.jar")";
    Snippet snippet;
    snippet["run-user"] = "_daemon_";
    snippet["services"]["spring-boot"] = service;
    snippet["parts"] = SpringParts(work, build_files(work)).all();
    return snippet;
}

}  // namespace rockbuild
