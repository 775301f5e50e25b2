// spring-boot-framework: values from spec/rockcraft-yaml.md §10.2.
#include "unit/project/expanding.hpp"

#include <catch2/catch.hpp>

using namespace rockbuild;
using namespace rockbuild::test;
using Json = nlohmann::ordered_json;

namespace {

const std::string spring = "extensions: [spring-boot-framework]\n";
const FakeFiles maven{{"pom.xml", ""}};
const FakeFiles gradle{{"build.gradle", ""}};

Json spring_part(const std::string& bases, const FakeFiles& files, const std::string& name,
                 const std::string& rest = {}) {
    return part_of(app(bases, spring + rest), files, "spring-boot-framework/" + name);
}

}  // namespace

TEST_CASE("a Spring Boot application is one jar with a Java for it") {
    const auto project = expanded(app(on_ubuntu, spring), maven);
    CHECK(project["services"]["spring-boot"] == Json::parse(R"({"override": "replace", "startup": "enabled",
        "user": "_daemon_", "working-dir": "/app", "command": "bash -c \"java -jar *.jar\""})"));
    CHECK(project["parts"] == Json::parse(R"({
        "spring-boot-framework/install-app": {"source": ".", "organize": {"**/*.jar": "app/"}, "plugin": "maven",
            "build-packages": ["default-jdk", "maven"],
            "override-build": "craftctl default\nfind ${CRAFT_PART_INSTALL} -name '*-plain.jar' -type f -delete"},
        "spring-boot-framework/runtime": {"plugin": "jlink", "after": ["spring-boot-framework/install-app"],
            "build-packages": ["default-jdk"]}})"));
    CHECK(spring_part(on_bare, maven, "install-app")["stage-packages"] ==
          Json::array({"libnss3_nss", "libc6_libs", "libgcc-s1_libs", "libstdc++6_libs", "zlib1g_libs"}));
    CHECK(spring_part(on_bare, maven, "runtime")["stage-packages"] ==
          Json::array({"bash_bins", "base-files_chisel", "base-files_tmp", "coreutils_bins"}));
    CHECK_FALSE(spring_part(on_debian, maven, "runtime").contains("stage-packages"));
}

TEST_CASE("the tool and its wrapper are seen by their files") {
    FakeFiles wrapped{{"pom.xml", ""}, {"mvnw", ""}};
    wrapped.executable("mvnw");
    const auto part = spring_part(on_ubuntu, wrapped, "install-app");
    CHECK(part["build-packages"] == Json::array({"default-jdk"}));
    CHECK(part["maven-use-wrapper"] == true);
    CHECK(spring_part(
              on_ubuntu, maven, "install-app",
              "parts: {spring-boot-framework/install-app: {build-packages: [openjdk-17-jdk]}}\n")["build-packages"] ==
          Json::array({"openjdk-17-jdk"}));
    const auto by_gradle = spring_part(on_ubuntu, gradle, "install-app");
    CHECK(by_gradle["plugin"] == "gradle");
    CHECK(by_gradle["gradle-task"] == "bootJar");
    CHECK(by_gradle["build-packages"] == Json::array({"default-jdk", "gradle"}));
    FakeFiles wrapped_gradle{{"build.gradle", ""}, {"gradlew", ""}};
    wrapped_gradle.executable("gradlew");
    CHECK(spring_part(on_ubuntu, wrapped_gradle, "install-app")["build-packages"] == Json::array({"default-jdk"}));
}

TEST_CASE("a script for Gradle is staged for the build") {
    const std::string script = "parts: {spring-boot-framework/gradle-init-script: {override-build: x}}\n";
    CHECK(spring_part(on_ubuntu, gradle, "gradle-init-script", script) == Json::parse(R"({"override-build": "x",
        "plugin": "nil", "source": ".", "prime": []})"));
    const auto part = spring_part(on_ubuntu, gradle, "install-app", script);
    CHECK(part["after"] == Json::array({"spring-boot-framework/gradle-init-script"}));
    CHECK(part["build-environment"] == Json::parse(R"([{"GRADLE_USER_HOME": "${CRAFT_PART_BUILD}/.gradle/"}])"));
    CHECK(said_beside(app(on_ubuntu, spring + script), maven) ==
          Lines{"RB0337 9:68 a script for Gradle, and nothing is built by Gradle"});
}

TEST_CASE("assets of a Spring Boot application come along") {
    CHECK(spring_part(on_ubuntu, FakeFiles{{"pom.xml", ""}, {"migrate.sh", ""}}, "assets")["stage"] ==
          Json::array({"app/migrate.sh"}));
    CHECK(spring_part(on_ubuntu, maven, "assets").is_null());
}

TEST_CASE("files of two tools contradict each other, and a wrapper runs") {
    CHECK(said_beside(app(on_ubuntu, spring), FakeFiles{}) ==
          Lines{"RB0332 8:14 'spring-boot-framework' builds with Maven or Gradle, and there is no 'pom.xml' and no "
                "'build.gradle'"});
    CHECK(said_beside(app(on_ubuntu, spring),
                      FakeFiles{{"pom.xml", ""}, {"build.gradle", ""}, {"mvnw", ""}, {"gradlew", ""}}) ==
          Lines{"RB0337 8:14 there are both 'pom.xml' and 'build.gradle'",
                "RB0337 8:14 there are both 'mvnw' and 'gradlew'", "RB0337 8:14 'mvnw' can't be executed",
                "RB0337 8:14 'gradlew' can't be executed"});
}

TEST_CASE("Spring Boot's extension is an experiment") {
    CHECK(said_beside(app(on_debian, spring), maven, false) ==
          Lines{"WRB0331 8:14 'spring-boot-framework' on 'debian@12' is experimental: what it makes may change"});
}

TEST_CASE("a folder is no build file, and Gradle's Kotlin is told apart") {
    const auto said = [](const FakeFiles& files) { return said_beside(app(on_ubuntu, spring), files); };
    CHECK(said({{"pom.xml/x", ""}}) == Lines{"RB0335 8:14 'pom.xml' is no file"});
    CHECK(said({{"pom.xml", ""}, {"mvnw/x", ""}}) == Lines{"RB0335 8:14 'mvnw' is no file"});
    CHECK(
        said({{"build.gradle.kts", ""}}) ==
        Lines{
            "RB0332 8:14 'spring-boot-framework' builds by a 'build.gradle', and there is a 'build.gradle.kts' only"});
    CHECK(said({{"build.gradle.kts", ""}, {"pom.xml", ""}}) ==
          Lines{"WRB0337 8:14 there are both 'pom.xml' and 'build.gradle.kts': the application is built by Maven"});
    CHECK(said({{"build.gradle.kts", ""}, {"build.gradle", ""}}).empty());
}
