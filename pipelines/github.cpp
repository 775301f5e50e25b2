// A workflow of GitHub Actions.
//
// Rights: none at the top, each job names its own. Pull requests only pack and test: the jobs with rights to write run
// for pushes, and `on` lets no branch through that isn't named. Secrets are given to the one step that needs them.
// Actions are pinned by commit, since a tag may be moved; they are all GitHub's own.
#include "pipelines/pipeline.hpp"
#include "pipelines/script.hpp"
#include "pipelines/yaml_writer.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

struct PinnedAction {
    const char* commit;
    const char* version;
};
constexpr PinnedAction checkout{"actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10", "v6.0.3"};
constexpr PinnedAction cache{"actions/cache@668228422ae6a00e4ad889ee87cd7109ec5666a7", "v5.0.4"};
constexpr PinnedAction upload_artifact{"actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"};
constexpr PinnedAction download_artifact{"actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
                                         "v8.0.1"};

constexpr int pack_minutes = 120;
constexpr int carry_minutes = 30;  // push and publish

const PipelineSystem& github() {
    static const PipelineSystem system{"GitHub", {{"amd64", "ubuntu-24.04"}, {"arm64", "ubuntu-24.04-arm"}}};
    return system;
}

const ScriptWorld github_world{
    .ref = "ref=$GITHUB_REF",
    .registry = "ghcr.io/${GITHUB_REPOSITORY_OWNER,,}",
    .registry_host = "ghcr.io",
    .registry_user = "REGISTRY_USERNAME",
    .registry_password = "REGISTRY_PASSWORD",
};

/// A text within an expression.
std::string expression_text(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    return quoted + "'";
}

class GithubWriter {
public:
    explicit GithubWriter(const PipelineWish& wish)
        : wish_(wish),
          own_registry_(wish.registry.empty() || wish.registry == "ghcr.io" || wish.registry.starts_with("ghcr.io/")) {}

    std::string write(const std::vector<std::vector<PackJob>>& jobs) {
        yaml_.comment("Printed by `rockbuild ci github`: print it again instead of changing it here.");
        yaml_.map([&] {
            yaml_.pair("name", "Rocks");
            triggers();
            yaml_.empty("permissions");
            yaml_.map("concurrency", [&] {
                yaml_.pair("group", "rocks-${{ github.ref }}");
                yaml_.pair("cancel-in-progress", "${{ github.event_name == 'pull_request' }}");
            });
            yaml_.map("defaults", [&] { yaml_.map("run", [&] { yaml_.pair("shell", "bash"); }); });
            yaml_.empty_line();
            yaml_.map("jobs", [&] {
                for (std::size_t i = 0; i < jobs.size(); ++i) {
                    if (i > 0) yaml_.empty_line();
                    pack(wish_.rocks[i], jobs[i]);
                    yaml_.empty_line();
                    push(wish_.rocks[i]);
                }
                if (wish_.charm.empty()) return;
                yaml_.empty_line();
                publish();
            });
        });
        return yaml_.text();
    }

private:
    void triggers() {
        yaml_.map("on", [&] {
            yaml_.empty("pull_request");
            yaml_.map("push", [&] {
                std::vector<std::string> branches;
                branches.reserve(wish_.releases.size());
                for (const auto& release : wish_.releases) branches.push_back(pattern(release.branch));
                yaml_.words("branches", branches);
                yaml_.words("tags", {"v*"});
            });
        });
    }

    /// Branches are matched as patterns; of their special characters a branch can have two.
    static std::string pattern(const std::string& branch) {
        std::string text;
        for (const char c : branch) text += c == '+' || c == '!' ? std::string("\\") + c : std::string(1, c);
        return text;
    }

    void pack(const PipelineRock& rock, const std::vector<PackJob>& jobs) {
        yaml_.map("pack-" + rock.name, [&] {
            yaml_.pair("name", fmt::format("pack {} (${{{{ matrix.platform }}}})", rock.name));
            yaml_.map("strategy", [&] {
                yaml_.pair("fail-fast", false);
                yaml_.map("matrix", [&] {
                    yaml_.list("include", [&] {
                        for (const auto& job : jobs)
                            yaml_.map([&] {
                                yaml_.pair("platform", job.platform);
                                yaml_.pair("runner", job.runner);
                            });
                    });
                });
            });
            yaml_.pair("runs-on", "${{ matrix.runner }}");
            container("--privileged");  // steps of a rock run in namespaces of their own
            yaml_.pair("timeout-minutes", pack_minutes);
            yaml_.map("permissions", [&] { yaml_.pair("contents", "read"); });
            yaml_.map("env", [&] {
                yaml_.pair("PLATFORM", "${{ matrix.platform }}");
                yaml_.pair("ROCKBUILD_CACHE", std::string(pipeline_store));
            });
            yaml_.list("steps", [&] {
                check_out();
                cached_store(rock);
                step("Get rockbuild", install_script(wish_));
                step("Pack", pack_script(rock));
                step("Test", test_script(wish_));
                action(upload_artifact, [&] {
                    yaml_.pair("name", fmt::format("{}_${{{{ matrix.platform }}}}", rock.name));
                    yaml_.pair("path", fmt::format("{}/*.rock", pipeline_rocks));
                    yaml_.pair("if-no-files-found", "error");
                    yaml_.pair("include-hidden-files", true);
                    yaml_.pair("retention-days", 7);
                });
            });
        });
    }

    void push(const PipelineRock& rock) {
        yaml_.map("push-" + rock.name, [&] {
            yaml_.pair("needs", "pack-" + rock.name);
            writing_job(own_registry_ ? "write" : "");
            yaml_.map("outputs", [&] { yaml_.pair("image", "${{ steps.push.outputs.image }}"); });
            yaml_.list("steps", [&] {
                if (!wish_.install.empty()) check_out();
                action(download_artifact, [&] {
                    yaml_.pair("pattern", rock.name + "_*");  // no rock's name has an underscore
                    yaml_.pair("path", std::string(pipeline_rocks));
                    yaml_.pair("merge-multiple", true);
                });
                step("Get rockbuild", install_script(wish_));
                yaml_.map([&] {
                    yaml_.pair("name", "Push");
                    yaml_.pair("id", "push");
                    yaml_.map("env", [&] { registry_secrets(); });
                    yaml_.script(
                        "run", push_script(wish_, rock, github_world) + "\necho \"image=$image\" >>\"$GITHUB_OUTPUT\"");
                });
            });
        });
    }

    void publish() {
        yaml_.map("publish", [&] {
            std::vector<std::string> needs;
            needs.reserve(wish_.rocks.size());
            for (const auto& rock : wish_.rocks) needs.push_back("push-" + rock.name);
            yaml_.words("needs", needs);
            writing_job(own_registry_ ? "read" : "");
            yaml_.pair("environment", "charmhub");
            yaml_.map("concurrency", [&] { yaml_.pair("group", "charmhub-" + wish_.charm); });
            yaml_.list("steps", [&] {
                if (!wish_.install.empty()) check_out();
                step("Get rockbuild", install_script(wish_));
                yaml_.map([&] {
                    yaml_.pair("name", "Publish");
                    yaml_.map("env", [&] {
                        yaml_.pair("CHARMCRAFT_AUTH", "${{ secrets.CHARMCRAFT_AUTH }}");
                        registry_secrets();
                        for (const auto& rock : wish_.rocks)
                            yaml_.pair(image_variable(rock),
                                       fmt::format("${{{{ needs.push-{}.outputs.image }}}}", rock.name));
                    });
                    yaml_.script("run", publish_script(wish_, github_world));
                });
            });
        });
    }

    /// What push and publish have in common; `packages` is the right to GitHub's own registry.
    void writing_job(const std::string& packages) {
        yaml_.pair("if", "github.event_name == 'push'");
        yaml_.pair("runs-on", plain_runner(wish_, github()));
        container("");
        yaml_.pair("timeout-minutes", carry_minutes);
        if (wish_.install.empty() && packages.empty()) return yaml_.empty("permissions");
        yaml_.map("permissions", [&] {
            if (!wish_.install.empty()) yaml_.pair("contents", "read");
            if (!packages.empty()) yaml_.pair("packages", packages);
        });
    }

    void container(const std::string& options) {
        if (wish_.image.empty()) return;
        yaml_.map("container", [&] {
            yaml_.pair("image", wish_.image);
            if (!options.empty()) yaml_.pair("options", options);
        });
    }

    template <class Fill>
    void action(const PinnedAction& pinned, Fill with) {
        yaml_.map([&] {
            yaml_.pair("uses", pinned.commit, pinned.version);
            yaml_.map("with", with);
        });
    }

    void check_out() {
        action(checkout, [&] { yaml_.pair("persist-credentials", false); });
    }

    void cached_store(const PipelineRock& rock) {
        const auto begin = fmt::format("rockbuild_{}_${{{{ matrix.platform }}}}_", rock.name);
        action(cache, [&] {
            yaml_.pair("path", std::string(pipeline_store));
            // A key that is there already is never written again: every change of the rock's folder makes another one.
            yaml_.pair("key",
                       fmt::format("{}${{{{ hashFiles({}) }}}}", begin, expression_text(project_path(rock, "**"))));
            yaml_.pair("restore-keys", begin);
        });
    }

    void step(const char* name, const std::string& script) {
        yaml_.map([&] {
            yaml_.pair("name", name);
            yaml_.script("run", script);
        });
    }

    void registry_secrets() {
        yaml_.pair("REGISTRY_USERNAME", own_registry_ ? "${{ github.actor }}" : "${{ secrets.REGISTRY_USERNAME }}");
        yaml_.pair("REGISTRY_PASSWORD", own_registry_ ? "${{ github.token }}" : "${{ secrets.REGISTRY_PASSWORD }}");
    }

    const PipelineWish& wish_;
    const bool own_registry_;
    YamlWriter yaml_;
};

}  // namespace

Result<std::string> github_pipeline(const PipelineWish& wish) {
    return GithubWriter(wish).write(TRY(pack_jobs(wish, github())));
}

}  // namespace rockbuild
