#!/usr/bin/env python3
"""Real rockcraft.yaml files of other people's repositories, beside what upstream's own model says of each.

Three comparisons, over every file of the corpus (`corpus.py [verdicts] [resolve] [schema]`; all without a word):

  verdicts  `check` accepts what upstream accepts. What upstream refuses, it refuses for the same reason: each kind of
            upstream's message has a code of ours and a place in the file (REASONS), which is looked up here by an
            independent reader of YAML. Nothing else may be said, except what upstream hadn't come to yet.
  resolve   `resolve` gives upstream's project and its order of parts, after the normalisations below.
  schema    `schema` prints a JSON Schema by the standard's own measure, which accepts and refuses like `check`, as far as
            a schema can (BEYOND_A_SCHEMA): over the corpus, and over the data of tests/cases/check.

No rule here knows a file by its name; what lay beside those that name an extension is data (neighbours.yaml). Differences that are meant are in KNOWN.md beside this file.

  ROCKBUILD             the program
  ROCKBUILD_CORPUS      the corpus (default: ../shared/corpus beside the project)
  ROCKBUILD_TEST_CACHE  a folder that is kept between runs (build/peers): the virtual environment with PyYAML and jsonschema

Ends with 77 where the corpus isn't there, or those two can't be had.
"""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.environ.get("ROCKBUILD_CORPUS") or os.path.join(HERE, "../../../shared/corpus")
CASES = os.path.join(HERE, "../cases/check")
DATA = os.path.realpath(os.path.join(HERE, "../../data"))
REQUIREMENTS = ("PyYAML==6.0.3", "jsonschema==4.26.0")


def skip(why):
    print(f"NOT TRIED: {why}", file=sys.stderr)
    sys.exit(77)


def with_libraries():
    """Goes on in a virtual environment that has them, made once; a half-made one has no stamp and is made again."""
    folder = os.path.join(os.path.abspath(os.environ.get("ROCKBUILD_TEST_CACHE") or os.path.join(HERE, "../../build/peers")), "yaml")
    python, stamp = os.path.join(folder, "bin/python"), os.path.join(folder, "complete-" + "-".join(REQUIREMENTS))
    if not os.path.exists(stamp):
        shutil.rmtree(folder, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", folder], [os.path.join(folder, "bin/pip"), "install", "--quiet", *REQUIREMENTS]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                skip(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
        open(stamp, "w").close()
    if os.path.realpath(sys.prefix) != os.path.realpath(folder):
        os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:]])


if __name__ == "__main__":
    with_libraries()
import jsonschema  # noqa: E402  (of the virtual environment)
import yaml  # noqa: E402

# ---- the files --------------------------------------------------------------------------------------------------------


class Loader(yaml.SafeLoader):
    """YAML 1.1 as upstream reads it, but that keys stay as they are written: `on:` is a word in a list of keys."""

    def construct_mapping(self, node, deep=False):
        self.flatten_mapping(node)
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError("while constructing a mapping", node.start_mark, "found unhashable key", key.start_mark)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


class File:
    def __init__(self, row):
        self.name, self.accepted, self.message = row["file"], row["verdict"] == "accepted", row["message"]
        self.path = os.path.join(CORPUS, "files", self.name)
        with open(self.path, encoding="utf-8") as stream:
            self.text = stream.read()
        self.problem = self.root = None
        try:
            self.root = yaml.compose(self.text, Loader)
            self.value = yaml.load(self.text, Loader)
        except yaml.MarkedYAMLError as error:
            self.problem = error

    def beside(self, neighbours):
        """Lays the file where its neighbours are."""
        folder = os.path.join(FOLDER.name, self.name)
        for path, text in {"rockcraft.yaml": self.text, **neighbours}.items():
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as stream:
                stream.write(text)
        self.path = os.path.join(folder, "rockcraft.yaml")

    def upstream(self):
        with open(os.path.join(CORPUS, "upstream", re.sub(r"\.yaml$", "", self.name) + ".json"), encoding="utf-8") as stream:
            return json.load(stream)


def corpus():
    index = os.path.join(CORPUS, "INDEX.tsv")
    if not os.path.exists(index):
        skip(f"no corpus of real files at {CORPUS} (ROCKBUILD_CORPUS names another place)")
    with open(index, encoding="utf-8", newline="") as stream:
        files = [File(row) for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)]
    with open(os.path.join(HERE, "neighbours.yaml"), encoding="utf-8") as stream:
        neighbours = yaml.safe_load(stream)
    for file in files:
        if not file.problem and "extensions" in file.value:
            file.beside(neighbours.pop(file.name, {"files": {}})["files"])
    if neighbours:
        sys.exit(f"neighbours.yaml names what the corpus hasn't: {', '.join(neighbours)}")
    return files


class Tally:
    """What didn't hold, and at the end one line of what did."""

    def __init__(self, name):
        self.name, self.failures, self.counts = name, [], {}

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def fail(self, where, words):
        self.failures.append(f"{where}: {words}")

    def report(self):
        for words in self.failures[:60]:
            print(f"{self.name}: {words}")
        if len(self.failures) > 60:
            print(f"{self.name}: … and {len(self.failures) - 60} more")
        print(f"{self.name}: " + ", ".join(f"{number} {what}" for what, number in self.counts.items()) + f"; {len(self.failures)} differ")
        return not self.failures


def rockbuild(*arguments, codes=(0,)):
    environment = {**os.environ, "ROCKBUILD_DATA": DATA, "ROCKCRAFT_ENABLE_EXPERIMENTAL_EXTENSIONS": "1"}
    done = subprocess.run([ROCKBUILD, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env=environment)
    if done.returncode not in codes:
        raise RuntimeError(f"`rockbuild {' '.join(arguments)}` ended with {done.returncode}: {done.stderr.strip()[-400:]}")
    return done


# ---- verdicts ---------------------------------------------------------------------------------------------------------

EXTENSION = "ExtensionError: "  # about files beside this one, or about extensions themselves: beyond a schema


def normal(key):
    return key.replace("_", "-")


def field(root, path):
    """The key and the value that upstream's `a.b.c` means; names may have dots in them."""
    if path == "":
        return None, root
    if isinstance(root, yaml.SequenceNode):
        index, _, rest = path.partition(".")
        return field(root.value[int(index)], rest)
    for key, value in root.value:
        if normal(path) == normal(key.value):
            return key, value
        if normal(path).startswith(normal(key.value) + "."):
            found = field(value, path[len(key.value) + 1:])
            if found:
                return found
    return None


def line(node):
    return node.start_mark.line + 1


def at_value(code):
    return lambda file, match: {(code, line(field(file.root, match["field"])[1]))}


def at_key(code):
    return lambda file, match: {(code, line(field(file.root, match["field"])[0]))}


def at_start(code):
    return lambda file, match: {(code, line(file.root.value[0][0]))}


def at_each_key(code):
    words = re.compile("'([^']+)'")
    return lambda file, match: {(code, line(key)) for key, _ in file.root.value if key.value in words.findall(match["keys"])}


def at_extension(code):
    return lambda file, match: {(code, line(entry)) for entry in field(file.root, "extensions")[1].value}


def at_base(code):
    """Where the base itself is one of the extension's, the build base isn't."""
    return lambda file, match: {(code, line(field(file.root, "build-base" if match["base"] == "bare" else "base")[1]))}


def at_problem(code):
    return lambda file, match: {(code, file.problem.problem_mark.line + 1)}


# What ties keys and parts together: upstream looks at it once every value by itself is right, we say it at once.
ACROSS_KEYS = {"RB0315", "RB0316"}
# Kinds of upstream's messages: our code, its place, and whether upstream goes on to look for more after it.
FIELD = r" \(in field '(?P<field>[^']+)'(?:, input: .*)?\)$"
REASONS = [
    (r"YamlError: ", at_problem("RB0300"), False),
    (EXTENSION + r"Extension '[^']+' does not support base: '(?P<base>[^']+)'$", at_base("RB0330"), False),
    (EXTENSION + r"missing \S+( and \S+)? file\b", at_extension("RB0332"), False),
    (r"rockcraft\.yaml must contain a 'platforms' key", at_start("RB0312"), False),
    (r"field '[^']+' required in '(?P<field>[^']+)' configuration$", at_key("RB0312"), True),
    (r"field '[^']+' required in top-level configuration$", at_start("RB0312"), True),
    (r"invalid (name|version): .*" + FIELD, at_value("RB0314"), True),
    (r"input should be '.*" + FIELD, at_value("RB0314"), True),
    (r"input should be a valid \w+" + FIELD, at_value("RB0313"), True),
    (r"extra inputs are not permitted" + FIELD, at_key("RB0310"), True),
    (r"the fields (?P<keys>'entrypoint', 'cmd' and 'env') are not supported", at_each_key("RB0310"), False),
]


def reasons(file):
    """(code, line) of each of upstream's reasons; whether it stopped there; none for a kind that isn't known."""
    words = file.message.removeprefix("CraftValidationError: ")
    head, *items = words.split(" / - ")
    places, stopped = set(), False
    for item in items if head.startswith("Bad ") else [words]:
        for pattern, place, goes_on in REASONS:
            match = re.match(pattern, item)
            if match:
                places |= place(file, match)
                stopped = stopped or not goes_on
                break
        else:
            return None, item
    return places, stopped


def compare_verdicts(files):
    tally = Tally("verdicts")
    for file in files:
        report = json.loads(rockbuild("check", "--format", "json", file.path, codes=(0, 1)).stdout)
        said = [item for item in report["diagnostics"] if item["severity"] == "error"]
        places = {(item["code"], item["line"]) for item in said}
        words = "; ".join(f"{item['line']}:{item['column']} {item['code']} {item['message']}" for item in said)
        if file.accepted != report["valid"]:
            tally.fail(file.name, f"upstream accepts it, we say {words}" if file.accepted else f"upstream refuses it: {file.message}")
        elif file.accepted:
            tally.count("accepted")
        else:
            wanted, stopped = reasons(file)
            if wanted is None:
                tally.fail(file.name, f"no rule for this kind of message: {stopped}")
            elif not wanted <= places:
                tally.fail(file.name, f"wanted {sorted(wanted - places)} for '{file.message}', we say {words or 'nothing'}")
            elif not stopped and {place for place in places - wanted if place[0] not in ACROSS_KEYS}:
                tally.fail(file.name, f"upstream finds no more than {sorted(wanted)}, we say {words}")
            else:
                tally.count("refused for upstream's reason")
    return tally.report()


# ---- resolve ----------------------------------------------------------------------------------------------------------

# The parts that upstream adds on its own: ours are others, by design (KNOWN.md).
HIDDEN = {"pebble", "_apt-upgrade"}
# Where things lie while a rock is built; the longest first.
PATHS = [("@PROJECT@/overlay/overlay", "/root/overlay"), ("@PROJECT@/stage", "/root/stage"), ("@PROJECT@/prime", "/root/prime"),
         ("@PROJECT@", "/root/project"), ("@SHARE@", DATA)]
# The number of cores of the machine on which upstream's answers were made; ours stays a variable, for it is no input.
COUNT = ("CRAFT_PARALLEL_BUILD_COUNT", "2")


def texts(value, change):
    """`value` with every text in it changed, keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [texts(item, change) for item in value]
    if isinstance(value, dict):
        return {texts(key, change): texts(item, change) for key, item in value.items()}
    return value


def upstreams_project(project):
    """Each normalisation with its reason."""
    def with_our_paths(text):
        for theirs, ours in PATHS:
            text = text.replace(theirs, ours)
        return text
    project = texts(project, with_our_paths)
    # What is added behind the user's back differs.
    project["parts"] = {name: part for name, part in project.get("parts", {}).items() if name not in HIDDEN}
    # Not written, it is the base (which then isn't `bare`): ours says so.
    project.setdefault("build-base", project["base"])
    # A variable's value is a text, as it is exported: upstream keeps a bare number as one.
    for part in project["parts"].values():
        if "build-environment" in part:
            items = [{name: str(value) for name, value in item.items()} for item in part["build-environment"]]
            # An extension that reads the user's list gives it back, so that it is there twice: said once, it is the same.
            part["build-environment"] = [item for index, item in enumerate(items) if item not in items[:index]]
    # A key with nothing after it is a key that isn't written.
    return without_nothing(project)


def our_project(project):
    name, count = COUNT
    project = texts(project, lambda text: text.replace("${%s}" % name, count).replace("$" + name, count))
    return without_nothing(project)


def without_nothing(value):
    if isinstance(value, dict):
        return {key: without_nothing(item) for key, item in value.items() if item is not None}
    return [without_nothing(item) for item in value] if isinstance(value, list) else value


def differences(ours, theirs, path=""):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(set(ours) | set(theirs)):
            where = f"{path}.{key}" if path else key
            if key not in ours:
                yield f"{where}: we lack {short(theirs[key])}"
            elif key not in theirs:
                yield f"{where}: we add {short(ours[key])}"
            else:
                yield from differences(ours[key], theirs[key], where)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (mine, other) in enumerate(zip(ours, theirs)):
            yield from differences(mine, other, f"{path}[{index}]")
    elif type(ours) is not type(theirs) or ours != theirs:
        yield f"{path}: ours {short(ours)}, upstream's {short(theirs)}"


def short(value):
    text = json.dumps(value)
    return text if len(text) <= 160 else text[:157] + "…"


def compare_resolved(files):
    tally = Tally("resolve")
    for file in files:
        if not file.accepted:
            continue
        theirs = file.upstream()
        try:
            answer = rockbuild("resolve", "--format", "json", "--platform", theirs["platform"], "--file", file.path, os.path.dirname(file.path)).stdout
        except RuntimeError as error:
            tally.fail(file.name, str(error))
            continue
        ours = json.loads(answer)
        found = [f"{key}: ours {ours.get(key)}, upstream's {theirs[key]}" for key in ("platform", "build_on", "build_for")
                 if ours.get(key) != theirs[key]]
        order = [name for name in theirs["part_order"] if name not in HIDDEN]
        if [name for name in ours["part_order"] if name not in HIDDEN] != order:
            found.append(f"part_order: ours {short(ours['part_order'])}, upstream's {short(order)}")
        found += differences(our_project(ours["project"]), upstreams_project(theirs["project"]))
        for words in found:
            tally.fail(file.name, words)
        tally.count("compared")
    return tally.report()


# ---- schema -----------------------------------------------------------------------------------------------------------

# What no schema can know, by our codes: it sees values, not their text, and each value for itself.
BEYOND_A_SCHEMA = {
    "RB0300": "text that is no YAML never becomes a value",
    "RB0301": "of two equal keys the reader of an editor keeps one",
    "RB0302": "merge keys are resolved before",
    "RB0315": "a reference to a name elsewhere in the file",
    "RB0316": "keys that belong together across the file",
    "RB0318": "the grammar of commands, which counts brackets and quotes",
    "RB0320": "the order of clauses in a list",
    "RB0322": "the platforms of the file against `else fail`",
    "RB0610": "what Pebble makes of the services together",
    "RB0611": "what Pebble makes of the services together",
    "RB0612": "what Pebble makes of the services together",
    "RB0613": "what Pebble makes of the services together",
    "RB0614": "what Pebble makes of the services together",
}
# And of our own cases, what hangs on another place of the file.
HANGS_TOGETHER = {
    "grammar-leaves-no-source": "what clauses leave for a platform",
    "platform-without-build-for": "whether a label is an architecture",
    "plugin-dotnet-earlier-key-on-26-04": "the plugin's keys by build-base",
    "plugin-dotnet-later-key-on-24-04": "the plugin's keys by build-base",
    "plugin-python-constraints-not-on-26-04": "the plugin's keys by build-base",
    "title-from-a-name-of-one-letter": "the length of the name against the title",
}
# These a schema must know: a key, its presence, its type.
WITHIN_A_SCHEMA = {"RB0310", "RB0312", "RB0313"}


def compare_with_schema(files):
    tally = Tally("schema")
    schema = json.loads(rockbuild("schema").stdout)
    if schema.get("$schema") != "https://json-schema.org/draft/2020-12/schema":
        tally.fail("schema", f"'$schema' is {schema.get('$schema')}")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    def verdict(value):
        worst = next(validator.iter_errors(value), None)
        return None if worst is None else f"{worst.json_path}: {worst.message[:200]}"

    for file in files:
        if file.problem or file.message.startswith(EXTENSION):
            tally.count("left out (no YAML, extension)")
            continue
        problem = verdict(file.value)
        if file.accepted and problem:
            tally.fail(file.name, f"upstream accepts it, the schema says {problem}")
        elif not file.accepted and not problem:
            tally.fail(file.name, f"the schema accepts it, upstream says {file.message}")
        else:
            tally.count("accepted" if file.accepted else "refused")

    for name in sorted(os.listdir(CASES) if os.path.isdir(CASES) else []):
        if not name.endswith(".yaml"):
            continue
        with open(os.path.join(CASES, name.removesuffix(".yaml") + ".expected"), encoding="utf-8") as stream:
            codes = set(re.findall(r"^RB\d{4}", stream.read(), re.MULTILINE))
        if "RB0300" in codes:  # a bomb of aliases is one, for who expands it
            tally.count("cases left out (no YAML)")
            continue
        try:
            with open(os.path.join(CASES, name), "rb") as stream:
                value = yaml.load(stream, Loader)
        except (yaml.YAMLError, ValueError, RecursionError):
            tally.count("cases left out (no YAML)")
            continue
        problem = verdict(value)
        if not codes and problem:
            tally.fail(name, f"a good case, and the schema says {problem}")
        elif codes & WITHIN_A_SCHEMA and not problem and name.removesuffix(".yaml") not in HANGS_TOGETHER:
            tally.fail(name, f"the schema accepts it; it has {', '.join(sorted(codes))}")
        elif problem and codes and codes <= set(BEYOND_A_SCHEMA):
            tally.count("cases refused beyond what a schema must")
        else:
            tally.count("cases accepted" if not problem else "cases refused")
    return tally.report()


def main():
    wanted = sys.argv[1:] or ["verdicts", "resolve", "schema"]
    known = {"verdicts": compare_verdicts, "resolve": compare_resolved, "schema": compare_with_schema}
    if not set(wanted) <= set(known):
        sys.exit(f"corpus.py takes some of: {', '.join(known)}")
    files = corpus()
    sys.exit(0 if all([known[name](files) for name in wanted]) else 1)


if __name__ == "__main__":
    ROCKBUILD = shutil.which(os.environ.get("ROCKBUILD", "rockbuild")) or sys.exit("ROCKBUILD names no program")
    ROCKBUILD = os.path.abspath(ROCKBUILD)
    FOLDER = tempfile.TemporaryDirectory()
    main()
