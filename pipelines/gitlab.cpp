// A pipeline of GitLab CI/CD.
//
// Merge requests only pack and test: the other jobs exist for protected branches and tags that are named, so that they
// may have protected variables. Charmhub's is for the environment `charmhub` alone, in which no other job runs. GitLab
// replaces nothing in scripts; the expressions of rules take texts in either quotes.
#include "pipelines/pipeline.hpp"
#include "pipelines/script.hpp"
#include "pipelines/yaml_writer.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

const PipelineSystem& gitlab() {
    static const PipelineSystem system{"GitLab",
                                       {{"amd64", "saas-linux-small-amd64"}, {"arm64", "saas-linux-small-arm64"}}};
    return system;
}

ScriptWorld gitlab_world(const PipelineWish& wish) {
    const bool own = wish.registry.empty();
    return {
        .ref = "ref=${CI_COMMIT_TAG:+refs/tags/$CI_COMMIT_TAG}\nref=${ref:-refs/heads/$CI_COMMIT_BRANCH}",
        .registry = "$CI_REGISTRY_IMAGE",
        .registry_host = "\"$CI_REGISTRY\"",
        .registry_user = own ? "CI_REGISTRY_USER" : "REGISTRY_USERNAME",
        .registry_password = own ? "CI_REGISTRY_PASSWORD" : "REGISTRY_PASSWORD",
    };
}

/// The conditions under which a branch or tag gets more than packed.
std::vector<std::string> released_refs(const PipelineWish& wish) {
    std::vector<std::string> conditions{"$CI_COMMIT_TAG =~ /^v/"};
    for (const auto& release : wish.releases) {
        const char quote = release.branch.find('"') == std::string::npos ? '"' : '\'';
        conditions.push_back(fmt::format("$CI_COMMIT_BRANCH == {0}{1}{0}", quote, release.branch));
    }
    return conditions;
}

class GitlabWriter {
public:
    explicit GitlabWriter(const PipelineWish& wish) : wish_(wish), world_(gitlab_world(wish)) {}

    std::string write(const std::vector<std::vector<PackJob>>& jobs) {
        yaml_.comment("Printed by `rockbuild ci gitlab`: print it again instead of changing it here.");
        yaml_.map([&] {
            std::vector<std::string> stages{"pack", "push"};
            if (!wish_.charm.empty()) stages.emplace_back("publish");
            yaml_.words("stages", stages);
            yaml_.map("workflow", [&] {
                yaml_.list("rules", [&] {
                    rule("$CI_PIPELINE_SOURCE == \"merge_request_event\"");
                    for (const auto& condition : released_refs(wish_)) rule(condition);
                });
            });
            yaml_.map("default", [&] {
                if (!wish_.image.empty()) yaml_.pair("image", wish_.image);
                yaml_.list("before_script", [&] { yaml_.script(install_script(wish_)); });
            });
            for (std::size_t i = 0; i < jobs.size(); ++i) {
                yaml_.empty_line();
                pack(wish_.rocks[i], jobs[i]);
                yaml_.empty_line();
                push(wish_.rocks[i]);
            }
            if (wish_.charm.empty()) return;
            yaml_.empty_line();
            publish();
        });
        return yaml_.text();
    }

private:
    void rule(const std::string& condition) {
        yaml_.map([&] { yaml_.pair("if", condition); });
    }

    void pack(const PipelineRock& rock, const std::vector<PackJob>& jobs) {
        yaml_.map("pack-" + rock.name, [&] {
            yaml_.pair("stage", "pack");
            yaml_.map("parallel", [&] {
                yaml_.list("matrix", [&] {
                    for (const auto& job : jobs)
                        yaml_.map([&] {
                            yaml_.pair("PLATFORM", job.platform);
                            yaml_.pair("RUNNER", job.runner);
                        });
                });
            });
            yaml_.words("tags", {"$RUNNER"});
            yaml_.pair("timeout", "2 hours");
            yaml_.pair("interruptible", true);
            yaml_.map("variables", [&] { yaml_.pair("ROCKBUILD_CACHE", std::string(pipeline_store)); });
            yaml_.map("cache", [&] {
                yaml_.map("key", [&] {
                    yaml_.words("files", {project_path(rock, "rockcraft.yaml"), project_path(rock, "rockcraft.lock")});
                    yaml_.pair("prefix", fmt::format("rockbuild_{}_$PLATFORM", rock.name));
                });
                yaml_.words("paths", {fmt::format("{}/", pipeline_store)});
            });
            yaml_.list("script", [&] {
                yaml_.script(pack_script(rock));
                yaml_.script(test_script(wish_));
            });
            yaml_.map("artifacts", [&] {
                yaml_.words("paths", {fmt::format("{}/*.rock", pipeline_rocks)});
                yaml_.pair("expire_in", "1 week");
            });
        });
    }

    void push(const PipelineRock& rock) {
        const auto file = fmt::format(".craft/{}.env", rock.name);
        yaml_.map("push-" + rock.name, [&] {
            writing_job("push", {"pack-" + rock.name});
            yaml_.pair("resource_group", "push-" + rock.name);
            yaml_.list("script", [&] {
                yaml_.script(push_script(wish_, rock, world_) +
                             fmt::format("\necho \"{}=$image\" >{}", image_variable(rock), file));
            });
            yaml_.map("artifacts", [&] { yaml_.map("reports", [&] { yaml_.pair("dotenv", file); }); });
        });
    }

    void publish() {
        yaml_.map("publish", [&] {
            std::vector<std::string> needs;
            needs.reserve(wish_.rocks.size());
            for (const auto& rock : wish_.rocks) needs.push_back("push-" + rock.name);
            writing_job("publish", needs);
            yaml_.pair("resource_group", "charmhub-" + wish_.charm);
            yaml_.map("environment", [&] {
                yaml_.pair("name", "charmhub");
                yaml_.pair("action", "access");
            });
            yaml_.list("script", [&] { yaml_.script(publish_script(wish_, world_)); });
        });
    }

    /// What push and publish have in common.
    void writing_job(const std::string& stage, const std::vector<std::string>& needs) {
        yaml_.pair("stage", stage);
        yaml_.words("needs", needs);
        yaml_.words("tags", {plain_runner(wish_, gitlab())});
        yaml_.pair("timeout", "30 minutes");
        yaml_.list("rules", [&] {
            for (const auto& condition : released_refs(wish_))
                rule("$CI_COMMIT_REF_PROTECTED == \"true\" && " + condition);
        });
    }

    const PipelineWish& wish_;
    const ScriptWorld world_;
    YamlWriter yaml_;
};

}  // namespace

Result<std::string> gitlab_pipeline(const PipelineWish& wish) {
    return GitlabWriter(wish).write(TRY(pack_jobs(wish, gitlab())));
}

}  // namespace rockbuild
