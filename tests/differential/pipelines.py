#!/usr/bin/env python3
"""What `rockbuild ci` prints, read by the linters of both systems, and run.

actionlint (with shellcheck for the scripts) and the two systems' JSON schemas must have nothing to say, whatever names the
rocks, their folders, branches and runners have. Then the pipelines of a small repository are run here, job by job, as the
systems would run them (tests/fakes/pipeline_runners.py), against our registry with a password and the stand-in for Charmhub: a
pull request packs and tests and gets no secret; a branch and a tag arrive as one index and are released where they should be;
a branch whose name is a shell command stays a name.

  ROCKBUILD             the program (without it the test fails)
  PEBBLE                a static program that answers as Pebble does
  ROCKBUILD_TEST_CACHE  a folder that is kept between runs (build/peers): the virtual environment of check-jsonschema

Ends with 77 where check-jsonschema can't be had from the package index; rows of actionlint are left out where it isn't built.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fakes"))
from registries import (HERE, INDEX, PASSWORD, PASSWORD_LINE, PEERS, USER, Failure, Rows, Server, ask, need, program, run, work_folder)
from pipeline_runners import GitHub, GitLab

CHECK_JSONSCHEMA = "0.39.0"
PROJECT = """\
name: {name}
base: bare
build-base: debian@12
version: "1.0"
summary: Says hello
description: Files and Pebble.
platforms:
  here: {{build-on: [amd64, arm64, s390x, ppc64el, riscv64], build-for: amd64}}
  "1.0": {{build-on: [amd64, arm64, s390x, ppc64el, riscv64], build-for: arm64}}
parts:
  site: {{plugin: dump, source: site}}
"""
FOLDER = "rocks/it's (b) & \"c\""
MEAN = "it's;$(touch${IFS}$HOME/harmed)"       # a name that git takes for a branch
INSTALL = "  ln -s \"$TOOL\" \"$HOME/bin/rockbuild\"\ntest -x \"$TOOL\"\n"
TEST = "test -s \"$ROCK\"\nrockbuild inspect \"$ROCK\" | grep -q '\"architecture\"'\ncp \"$ROCK\" \"$OUT/$PLATFORM-${ROCK##*/}\""
STUB = """\
#!/bin/sh
[ "$1" != login ] || password=$(cat)
echo "$*${password:+ $password}" >>"$OUT/calls"
[ "$1" != pack ] || { mkdir -p .craft/rocks .craft/store; touch ".craft/rocks/app_1.0+x_$PLATFORM.rock"; }
"""


def demand(truth, words):
    if not truth:
        raise Failure(words)


def python_with_schemas():
    """Made once; a half-made environment has no stamp and is made again."""
    folder = os.path.join(os.path.abspath(os.environ.get("ROCKBUILD_TEST_CACHE") or PEERS), "check-jsonschema")
    stamp = os.path.join(folder, f"complete-{CHECK_JSONSCHEMA}")
    if not os.path.exists(stamp):
        shutil.rmtree(folder, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", folder],
                        [os.path.join(folder, "bin/pip"), "install", "--quiet", f"check-jsonschema=={CHECK_JSONSCHEMA}"]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                print(f"NOT TRIED: {' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}", file=sys.stderr)
                sys.exit(77)
        open(stamp, "w").close()
    return os.path.join(folder, "bin/python")


def make_repository(folder):
    """Two rocks, one of them in a folder that needs quotes."""
    for path, name in (("rocks/app", "app"), (FOLDER, "app-web")):       # one name begins as the other
        os.makedirs(os.path.join(folder, path, "site"))
        with open(os.path.join(folder, path, "site/index.html"), "w") as file:
            file.write(f"hello from {name}\n")
        with open(os.path.join(folder, path, "rockcraft.yaml"), "w") as file:
            file.write(PROJECT.format(name=name))
    os.makedirs(os.path.join(folder, ".git"))


def printed(repository, system, *options):
    return run(program("rockbuild"), "ci", system, "rocks", *options, cwd=repository)


# ---- linters ----

VARIANTS = [
    (),
    ("--charm", "web"),
    ("--install", INSTALL, "--test", TEST, "--image", "debian:12", "--charm", "web", "--resource", "app-web=web"),
    ("--registry", "localhost:5000/a/b", "--charm", "web", "--channel", MEAN + "=edge", "--channel", "a+b!c=2.0/beta/fix",
     "--channel", "a=b=latest/stable", "--channel", "say-\"x\"=edge", "--tag-channel", "stable"),
    ("--registry", "ghcr.io/me", "--runner", "amd64=big.iron_2", "--runner", "s390x=mine"),
]


def quiet(*command):
    """A linter that has nothing to say. SC2016, a `$` in single quotes, is what a branch of that name needs."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=dict(os.environ, SHELLCHECK_OPTS="--exclude=SC2016"), timeout=120)
    if done.returncode != 0:
        raise Failure(f"{os.path.basename(command[0])} says {done.stdout[-1500:]}")


def written(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def lint_github(text, folder):
    path = written(folder, "workflow.yml", text)
    if linter := program("actionlint"):
        config = written(folder, "actionlint.yaml", "self-hosted-runner:\n  labels: [big.iron_2]\n")
        quiet(linter, "-config-file", config, "-shellcheck", program("shellcheck"), "-pyflakes=", path)
        # By commit it knows no action: their inputs are read once more under a version that it knows.
        quiet(linter, "-config-file", config, "-shellcheck=", "-pyflakes=",
              written(folder, "versions.yml", re.sub(r"@[0-9a-f]{40}  # v\S+", "@v4", text)))
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        quiet(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, path)


def lint_gitlab(text, folder):
    path = written(folder, "gitlab-ci.yml", text)
    quiet(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", path)
    pipeline = parsed(text)
    for name, job in pipeline.items():
        if name not in GitLab.OF_ITSELF:
            lines = ["set -eo pipefail", *pipeline["default"]["before_script"], *job["script"], ""]
            quiet(program("shellcheck"), "--shell=bash", written(folder, "script", "\n".join(lines)))


def linters_see(folder):
    """A mistake in the text is told: else the rows above would say nothing."""
    for lint, text in ((lint_github, "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - rum: true\n"),
                       (lint_gitlab, "a:\n  scirpt: [true]\n")):
        try:
            lint(text, folder)
        except Failure:
            continue
        raise Failure(f"{lint.__name__} takes anything")


def parsed(text):
    import ruamel.yaml
    return ruamel.yaml.YAML(typ="safe", pure=True).load(text)


# ---- running ----

class World:
    """A registry with a password, a Charmhub beside it with a registry of its own, and two machines."""

    def __init__(self, work, repository):
        self.folder, self.repository = tempfile.mkdtemp(dir=work), repository
        password = os.path.join(self.folder, "htpasswd")
        with open(password, "w") as file:
            file.write(PASSWORD_LINE + "\n")
        self.registry = Server("rockbuild", os.path.join(self.folder, "registry"), htpasswd=password)
        self.store_registry = Server("rockbuild", os.path.join(self.folder, "store-registry"), htpasswd=password)
        self.charmhub = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "charmhub.py"), "--state", os.path.join(self.folder, "state.json"), "--registry",
             self.store_registry.host, "--registry-user", USER, "--registry-password", PASSWORD], stdout=subprocess.PIPE, text=True)
        self.url = self.charmhub.stdout.readline().split()[-1]
        declared = [{"name": name, "type": "oci-image", "optional": True} for name in ("app-image", "web")]
        self.ask("PATCH", {"charms": {"demo": {
            "revisions": {"14": {"resources": declared}},
            "releases": [{"channel": channel, "revision": 14, "resources": [], "when": "2030-01-02T03:04:05Z"}
                         for channel in ("latest/edge", "latest/candidate", "2.0/beta")]}}})
        self.out = os.path.join(self.folder, "out")
        os.makedirs(self.out)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.charmhub.kill()
        self.charmhub.wait()
        self.charmhub.stdout.close()
        self.store_registry.__exit__(*error)
        self.registry.__exit__(*error)

    def ask(self, method, value=None):
        status, _, body = ask(self.url + "/_state", method, value)
        demand(status == 200, f"{method} /_state: {body[:300]}")
        return json.loads(body)

    def system(self, kind):
        around = {"TOOL": program("rockbuild"), "OUT": self.out, "ROCKBUILD_CHARMHUB_API_URL": self.url,
                  "ROCKBUILD_CHARMHUB_STORAGE_URL": self.url, "ROCKBUILD_CHARMHUB_SSO_URL": self.url,
                  "ROCKBUILD_CHARMHUB_REGISTRY_URL": "http://" + self.store_registry.host}
        registry = ("CI_REGISTRY_USER", "CI_REGISTRY_PASSWORD") if kind is GitLab else ("REGISTRY_USERNAME", "REGISTRY_PASSWORD")
        secrets = dict(zip(registry, (USER, PASSWORD)), CHARMCRAFT_AUTH=base64.b64encode(b"good-token").decode())
        if kind is GitLab:
            around |= {"CI_REGISTRY": self.registry.host, "CI_REGISTRY_IMAGE": self.registry.host + "/team"}
        machines = {platform: {"ROCKBUILD_PEBBLE": self.pebble(machine)} for platform, machine in (("here", 62), ("1.0", 183))}
        return kind(self.folder, self.repository, around, secrets, machines)

    def pebble(self, machine):
        """The same program, as if it were for that machine (e_machine of its ELF header)."""
        path = os.path.join(self.folder, f"pebble-{machine}")
        with open(os.environ["PEBBLE"], "rb") as file:
            content = bytearray(file.read())
        content[18:20] = machine.to_bytes(2, "little")
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, 0o755)
        return path

    def options(self, kind):
        """GitLab's own registry is this one; GitHub's can't be."""
        return ("--install", INSTALL, "--test", TEST, "--charm", "demo", "--resource", "app-web=web", "--channel", "main=latest/edge",
                "--channel", MEAN + "=2.0/beta", *(("--registry", self.registry.host + "/team") if kind is GitHub else ()))

    # -- what must be --

    def packed(self):
        demand(sorted(os.listdir(self.out)) == sorted(f"{platform}-{name}_1.0_{platform}.rock" for name in ("app", "app-web")
                                                      for platform in ("here", "1.0")), f"tested were {os.listdir(self.out)}")

    def pushed(self, name):
        """The index's digest."""
        login = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "Accept": INDEX}
        status, headers, body = ask(f"http://{self.registry.host}/v2/team/{name}/manifests/1.0", headers=login)
        demand(status == 200, f"the registry has no {name}: {status}")
        platforms = [entry["platform"]["architecture"] for entry in json.loads(body)["manifests"]]
        demand(sorted(platforms) == ["amd64", "arm64"], f"the index of {name} has {platforms}")
        return headers["Docker-Content-Digest"]

    def released(self, channel, digests):
        demo = self.ask("GET")["charms"]["demo"]
        last = [release for release in demo["releases"] if release["channel"] == channel][-1]
        demand([item["name"] for item in last["resources"]] == ["app-image", "web"], f"{channel} has {last}")
        for item, digest in zip(last["resources"], digests):
            text = demo["resources"][item["name"]][item["revision"] - 1]["text"]
            demand(digest in text, f"{item} in {channel} is not {digest}: {text}")


ALL = ["pack-app", "pack-app-web", "publish", "push-app", "push-app-web"]
PACKED = ["pack-app", "pack-app-web"]


def runs(work, repository, kind, triggers):
    """`triggers`: what starts a pull request, a branch by its name, a tag, and a branch that nobody may push from."""
    with World(work, repository) as world:
        system = world.system(kind)
        pipeline = parsed(printed(repository, kind.__name__.lower(), *world.options(kind)))
        jobs = lambda trigger: sorted(system.run(pipeline, *trigger))

        demand(jobs(triggers["pull request"]) == PACKED, f"a pull request runs {system.ran}")
        world.packed()
        demand(world.ask("GET")["uploads"] == {}, "a pull request uploads something")
        demand(not system.hits, "a cache hit before there was a cache")

        for trigger, channel in (("main", "latest/edge"), ("tag", "latest/candidate"), ("mean", "2.0/beta")):
            demand(jobs(triggers[trigger]) == ALL, f"{trigger} runs {system.ran}")
            world.released(channel, [world.pushed("app"), world.pushed("app-web")])
        demand(len(system.hits) == 12, f"the caches were hit {len(system.hits)} times, not by four jobs in each of three runs")
        demand(not any("harmed" in files for _, _, files in os.walk(world.folder)), "a branch became a command")
        for name, revisions in world.ask("GET")["charms"]["demo"]["resources"].items():
            demand(len(revisions) == 1, f"{name} has {len(revisions)} revisions of one image")
        if "unprotected" in triggers:
            demand(jobs(triggers["unprotected"]) == PACKED, f"an unprotected branch runs {system.ran}")
        for secret in (PASSWORD, "good-token", base64.b64encode(b"good-token").decode()):
            demand(secret not in system.log, f"a log tells {secret!r}")


def github_packages(work, repository):
    """Without --registry: the owner's packages, in small letters, with the job's own token. A stub plays rockbuild."""
    out = tempfile.mkdtemp(dir=work)
    stub = written(work, "stub", STUB)
    os.chmod(stub, 0o755)
    system = GitHub(tempfile.mkdtemp(dir=work), repository, {"TOOL": stub, "OUT": out}, {}, {})
    jobs = system.run(parsed(run(program("rockbuild"), "ci", "github", "rocks/app", "--install", INSTALL, cwd=repository)),
                      "push", "refs/heads/main")
    demand(jobs == ["pack-app", "push-app"], f"it runs {jobs}")
    with open(os.path.join(out, "calls")) as calls:
        said = calls.read().splitlines()[-2:]
    demand(said == ["login ghcr.io --username actor --password-stdin token",
                    "push .craft/rocks/app_1.0+x_1.0.rock .craft/rocks/app_1.0+x_here.rock ghcr.io/owner/app:1.0+x"], f"it calls {said}")


def without_rockbuild(work, repository, kind, trigger):
    with World(work, repository) as world:
        try:
            world.system(kind).run(parsed(printed(repository, kind.__name__.lower())), *trigger)
        except Failure as problem:
            demand("there is no rockbuild here" in str(problem), f"it says {problem}")
        else:
            raise Failure("it runs without rockbuild")


GITHUB = {"pull request": ("pull_request", "refs/pull/1/merge"), "main": ("push", "refs/heads/main"), "tag": ("push", "refs/tags/v1"),
          "mean": ("push", "refs/heads/" + MEAN)}
PROTECTED = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_REF_PROTECTED": "true"}
GITLAB = {"pull request": ({"CI_PIPELINE_SOURCE": "merge_request_event"},), "main": (PROTECTED | {"CI_COMMIT_BRANCH": "main"},),
          "tag": (PROTECTED | {"CI_COMMIT_TAG": "v1"},), "mean": (PROTECTED | {"CI_COMMIT_BRANCH": MEAN},),
          "unprotected": ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_REF_PROTECTED": "false", "CI_COMMIT_BRANCH": "main"},)}


def main():
    need("rockbuild", "shellcheck")
    if sys.executable != (python := python_with_schemas()):
        os.execv(python, [python, *sys.argv])
    if program("actionlint") is None:
        print("skipped  actionlint in all rows: it is not here")
    rows = Rows()
    with work_folder("pipelines") as work:
        repository = os.path.join(work, "repository")
        make_repository(repository)
        rows.row("the linters see a mistake", linters_see, work)
        for number, options in enumerate(VARIANTS, 1):
            rows.row(f"linters: github {number}", lambda: lint_github(printed(repository, "github", *options), work))
            rows.row(f"linters: gitlab {number}", lambda: lint_gitlab(printed(repository, "gitlab", *options), work))
        for system, lint, path in (("github", lint_github, ".github/workflows/rocks.yml"), ("gitlab", lint_gitlab, ".gitlab-ci.yml")):
            with open(os.path.join(HERE, "../..", path)) as file:
                rows.row(f"linters: the project's own {path}", lint, file.read(), work)
        rows.row("github runs it", runs, work, repository, GitHub, GITHUB)
        rows.row("gitlab runs it", runs, work, repository, GitLab, GITLAB)
        rows.row("github pushes to the owner's packages", github_packages, work, repository)
        rows.row("github without rockbuild", without_rockbuild, work, repository, GitHub, GITHUB["pull request"])
        rows.row("gitlab without rockbuild", without_rockbuild, work, repository, GitLab, GITLAB["pull request"])
    rows.end()


if __name__ == "__main__":
    main()
