"""GitHub Actions and GitLab CI/CD in small: enough to run, on this machine, what `rockbuild ci` prints.

What a pipeline uses and these don't know is a Failure, never passed over. Each job has a checkout and a home of its own; the
four actions are played; caches and artifacts go through folders that outlive the jobs. Secrets are there only for who is
allowed to have them, and nothing is in the environment but what the real systems put there and `around` adds.
"""
import fnmatch
import glob
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from registries import Failure

RUN = {"text": True, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "timeout": 300}


class Job:
    """A checkout, a home, and an environment that lacks everything of ours."""

    def __init__(self, system, name):
        self.system, self.name, self.log = system, name, ""
        self.folder = tempfile.mkdtemp(dir=system.work)
        self.checkout, self.home = os.path.join(self.folder, "checkout"), os.path.join(self.folder, "home")
        os.makedirs(os.path.join(self.home, "bin"))
        os.makedirs(self.checkout)
        self.environment = {"PATH": f"{self.home}/bin:/usr/bin:/bin", "HOME": self.home, "TMPDIR": self.folder, "LC_ALL": "C.UTF-8",
                            "CI": "true", **system.around}

    def shell(self, script, environment, *options):
        file = os.path.join(self.folder, "script")
        with open(file, "w") as out:
            out.write(script)
        done = subprocess.run(["bash", "--noprofile", "--norc", *options, file], cwd=self.checkout, env=self.environment | environment, **RUN)
        self.log += done.stdout
        self.system.log += done.stdout
        if done.returncode != 0:
            raise Failure(f"{self.name} ended with {done.returncode}: {done.stdout[-600:]}")


class System:
    def __init__(self, work, repository, around, secrets, platforms):
        """`platforms` is what the machine of a platform has besides: variables by platform."""
        self.work, self.repository, self.around, self.secrets, self.platforms = work, repository, around, secrets, platforms
        self.caches, self.hits, self.log = {}, [], ""

    def check_out(self, job):
        shutil.copytree(self.repository, job.checkout, symlinks=True, dirs_exist_ok=True)

    def restore(self, job, key, path, prefix=None):
        found = key if key in self.caches else next((one for one in self.caches if prefix and one.startswith(prefix)), None)
        if found:
            shutil.copytree(self.caches[found], os.path.join(job.checkout, path), symlinks=True, dirs_exist_ok=True)
            self.hits.append(found)

    def save(self, job, key, path):
        self.caches[key] = os.path.join(job.folder, "cache")
        shutil.copytree(os.path.join(job.checkout, path), self.caches[key], symlinks=True)

    @staticmethod
    def digest(job, files):
        hashed = hashlib.sha256()
        for name in files:
            for path in sorted(glob.glob(os.path.join(glob.escape(job.checkout), name), recursive=True)):
                if not os.path.isfile(path):
                    continue
                with open(path, "rb") as file:
                    hashed.update(file.read())
        return hashed.hexdigest()


# ---- GitHub ----

class GitHub(System):
    def run(self, workflow, event, ref):
        """The names of the jobs that ran."""
        self.event, self.ref, self.ran, self.outputs, self.artifacts = event, ref, [], {}, {}
        if workflow["permissions"] != {}:
            raise Failure("rights are given to all jobs")
        if workflow["defaults"] != {"run": {"shell": "bash"}}:
            raise Failure(f"unknown defaults {workflow['defaults']}")
        for name, job in workflow["jobs"].items():
            needs = job.get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            if not all(need in self.ran for need in needs) or not self.truth(job.get("if")):
                continue
            for entry in job.get("strategy", {"matrix": {"include": [{}]}})["matrix"]["include"]:
                self.one(name, job, {f"matrix.{key}": value for key, value in entry.items()} | {
                    f"needs.{need}.outputs.{key}": value for need in needs for key, value in self.outputs[need].items()})
            self.ran.append(name)
        return self.ran

    def truth(self, condition):
        if condition not in (None, "github.event_name == 'push'"):
            raise Failure(f"unknown condition {condition!r}")
        return condition is None or self.event == "push"

    def one(self, name, spec, values):
        job = Job(self, name)
        values = dict(values, **{"github.actor": "actor", "github.token": "token", "github.ref": self.ref})
        if self.event == "push":
            values.update({f"secrets.{key}": value for key, value in self.secrets.items()})
        fill = lambda text: self.filled(job, str(text), values)
        after = []
        environment = {key: fill(value) for key, value in spec.get("env", {}).items()}
        environment |= self.platforms.get(environment.get("PLATFORM"), {})
        for step in spec["steps"]:
            if "uses" in step:
                with_ = {key: value if isinstance(value, bool) else fill(value) for key, value in step.get("with", {}).items()}
                self.action(job, step["uses"], with_, after)
                continue
            if "${{" in step["run"]:
                raise Failure(f"a script of {name} has an expression in it")
            output = os.path.join(job.folder, "output")
            told = {"GITHUB_REF": self.ref, "GITHUB_REPOSITORY_OWNER": "Owner", "GITHUB_OUTPUT": output}
            job.shell(step["run"], told | environment | {key: fill(value) for key, value in step.get("env", {}).items()}, "-eo", "pipefail")
            if os.path.exists(output):
                with open(output) as lines:
                    values.update({f"steps.{step['id']}.outputs.{key}": value for key, value in
                                   (line.rstrip("\n").split("=", 1) for line in lines)})
        for act in after:
            act()
        self.outputs[name] = {key: fill(value) for key, value in spec.get("outputs", {}).items()}

    def filled(self, job, text, values):
        def value(match):
            if found := re.fullmatch(r"hashFiles\((.*)\)", match[1]):
                return self.digest(job, [name.replace("''", "'") for name in re.findall(r"'((?:[^']|'')*)'", found[1])])
            if match[1].startswith("secrets."):
                return values.get(match[1], "")
            if match[1] not in values:
                raise Failure(f"unknown expression {match[1]!r}")
            return values[match[1]]
        return re.sub(r"\$\{\{ (.*?) \}\}", value, text)

    def action(self, job, uses, with_, after):
        name, _, commit = uses.partition("@")
        if not re.fullmatch(r"[0-9a-f]{40}", commit):
            raise Failure(f"{uses} is not pinned")
        if name == "actions/checkout" and with_ == {"persist-credentials": False}:
            self.check_out(job)
        elif name == "actions/cache":
            self.restore(job, with_["key"], with_["path"], with_["restore-keys"])
            after.append(lambda: with_["key"] in self.caches or self.save(job, with_["key"], with_["path"]))
        elif name == "actions/upload-artifact":
            files = glob.glob(os.path.join(glob.escape(job.checkout), with_["path"]))
            if not files or with_["name"] in self.artifacts or with_["include-hidden-files"] is not True:
                raise Failure(f"the artifact {with_} can't be made of {files}")
            self.artifacts[with_["name"]] = files
        elif name == "actions/download-artifact" and with_["merge-multiple"] is True:
            os.makedirs(os.path.join(job.checkout, with_["path"]))
            for artifact, files in self.artifacts.items():
                for file in files if fnmatch.fnmatchcase(artifact, with_["pattern"]) else []:
                    shutil.copy(file, os.path.join(job.checkout, with_["path"]))
        else:
            raise Failure(f"unknown action {uses} with {with_}")


# ---- GitLab ----

class GitLab(System):
    OF_ITSELF = {"stages", "workflow", "default"}

    def run(self, pipeline, variables):
        """The names of the jobs that ran; none where the workflow's rules let no pipeline be."""
        self.ran, self.artifacts, self.dotenv = [], {}, {}
        if not self.allowed(pipeline["workflow"], variables):
            return []
        for name, job in sorted(((name, job) for name, job in pipeline.items() if name not in self.OF_ITSELF),
                                key=lambda pair: pipeline["stages"].index(pair[1]["stage"])):
            if not self.allowed(job, variables) or not all(need in self.ran for need in job.get("needs", [])):
                continue
            for entry in job.get("parallel", {"matrix": [{}]})["matrix"]:
                self.one(name, pipeline["default"], job, variables | entry)
            self.ran.append(name)
        return self.ran

    def allowed(self, spec, variables):
        return "rules" not in spec or any(all(self.truth(term, variables) for term in rule["if"].split(" && ")) for rule in spec["rules"])

    @staticmethod
    def truth(term, variables):
        if term == "$CI_COMMIT_TAG =~ /^v/":
            return variables.get("CI_COMMIT_TAG", "").startswith("v")
        found = re.fullmatch(r"""\$(\w+) == (?:"([^"]*)"|'([^']*)')""", term)
        if not found:
            raise Failure(f"unknown rule {term!r}")
        return variables.get(found[1]) == (found[2] if found[3] is None else found[3])

    def one(self, name, default, spec, variables):
        job = Job(self, name)
        self.check_out(job)
        expanded = lambda text: re.sub(r"\$(\w+)", lambda match: variables[match[1]], text)
        environment = variables | spec.get("variables", {}) | self.platforms.get(variables.get("PLATFORM"), {})
        if variables.get("CI_COMMIT_REF_PROTECTED") == "true":
            environment |= {key: value for key, value in self.secrets.items()
                            if key != "CHARMCRAFT_AUTH" or spec.get("environment", {}).get("name") == "charmhub"}
        for need in spec.get("needs", []):
            environment |= self.dotenv.get(need, {})
            for source, path in self.artifacts.get(need, []):
                os.makedirs(os.path.dirname(os.path.join(job.checkout, path)), exist_ok=True)
                shutil.copy(source, os.path.join(job.checkout, path))
        if cache := spec.get("cache"):
            key = expanded(cache["key"]["prefix"]) + "-" + self.digest(job, cache["key"]["files"])
            self.restore(job, key, cache["paths"][0])
        job.shell("\n".join([*default["before_script"], *spec["script"]]), environment, "-eo", "pipefail")
        if cache:
            self.save(job, key, cache["paths"][0])
        artifacts = spec.get("artifacts", {})
        for path in artifacts.get("paths", []):
            self.artifacts.setdefault(name, []).extend(
                (file, os.path.relpath(file, job.checkout)) for file in glob.glob(os.path.join(glob.escape(job.checkout), path)))
        if dotenv := artifacts.get("reports", {}).get("dotenv"):
            with open(os.path.join(job.checkout, dotenv)) as lines:
                self.dotenv[name] = dict(line.rstrip("\n").split("=", 1) for line in lines)
