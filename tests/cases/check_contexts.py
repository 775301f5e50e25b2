"""Where check.py puts a word of misspelt.tsv and synonyms.tsv: a good project file, and per context the lines that take
the word. A key is named after the map that it lies in (`service`), a value after its key (`value:startup`)."""

HEAD = """\
name: example
base: {base}
version: "1.0"
summary: An example
description: One word of it is wrong.
platforms:
  amd64:
"""
PART = """\
parts:
  files:
    plugin: nil
"""


class Context:
    """`lines` has the mark `@` where the word goes: as a key it is written `WORD: x`, as a value as it is."""

    def __init__(self, lines, base="debian@12", code="RB0310", without=(), part=True, severity="error"):
        self.lines, self.base, self.without, self.part = lines, base, without, part
        self.code, self.severity = code, severity


def in_service(line):
    return f"services:\n  web:\n    override: replace\n    command: /bin/web\n    {line}\n"


def in_check(line, kind="tcp: {port: 80}"):
    return f"checks:\n  up:\n    override: replace\n    {kind}\n    {line}\n"


def in_probe(kind, first):
    return f"checks:\n  up:\n    override: replace\n    {kind}:\n      {first}\n      @\n"


def in_part(line, plugin="nil", more=""):
    return f"parts:\n  files:\n    plugin: {plugin}\n    source: .\n{more}    {line}\n"


def in_repository(line, first="url: https://example.com/debian"):
    key = "0123456789ABCDEF0123456789ABCDEF01234567"
    given = f"  - type: apt\n    {first}\n    key-id: {key}\n"
    return f"package-repositories:\n{given}    {line}\n"


def of_part(line, **more):
    return Context(in_part(line), part=False, **more)


def value(lines, **more):
    return Context(lines, code="RB0314", **more)


def reference(lines, **more):
    return Context(lines, code="RB0315", **more)


CLOUD = "package-repositories:\n  - type: apt\n    cloud: antelope\n"

CONTEXTS = {
    "project": Context("@\n"),
    "service": Context(in_service("@")),
    "check": Context(in_check("@")),
    "http": Context(in_probe("http", "url: http://localhost/")),
    "tcp": Context(in_probe("tcp", "port: 80")),
    "exec": Context(in_probe("exec", "command: /bin/true")),
    "platform": Context(
        "platforms:\n  web:\n    build-on: [amd64]\n    build-for: [amd64]\n    @\n", without=["platforms"]
    ),
    "part": of_part("@"),
    # Upstream takes any key here: whether we refuse it or warn is not this table's matter.
    "permissions": of_part("permissions:\n      - path: usr\n        @", severity=None),
    "repository": Context(in_repository("@")),
    "ppa": Context("package-repositories:\n  - type: apt\n    ppa: owner/name\n    @\n"),
    "cloud": Context(CLOUD + "    @\n"),
    # values
    "value:base": value("base: @\n", without=["base"]),
    "value:build-base": value("build-base: @\n"),
    "value:platform": value("platforms:\n  @:\n", without=["platforms"]),
    "value:build-on": value("platforms:\n  web: {build-on: [@], build-for: [amd64]}\n", without=["platforms"]),
    "value:build-for": value("platforms:\n  web: {build-on: [amd64], build-for: [@]}\n", without=["platforms"]),
    "value:license": value("license: @\n"),
    "value:run-user": value("run-user: @\n"),
    "value:extensions": value("extensions: [@]\n", base="ubuntu@24.04"),
    "value:adopt-info": reference("adopt-info: @\n"),
    "value:entrypoint-service": reference(
        "services:\n  web:\n    override: replace\n    command: /bin/web [ ]\nentrypoint-service: @\n"
    ),
    "value:override": value("services:\n  web:\n    override: @\n    command: /bin/web\n"),
    "value:check-override": value("checks:\n  up:\n    override: @\n    tcp: {port: 80}\n"),
    "value:startup": value(in_service("startup: @")),
    "value:on-success": value(in_service("on-success: @")),
    "value:on-failure": value(in_service("on-failure: @")),
    "value:on-check-failure": value(in_check("level: alive") + in_service("on-check-failure: {up: @}")),
    "value:level": value(in_check("level: @")),
    "value:plugin": value(in_part("", plugin="@"), part=False),
    "value:plugin-26.04": value(in_part("", plugin="@"), part=False, base="ubuntu@26.04"),
    "value:source-type": value(in_part("source-type: @"), part=False),
    "value:after": reference(in_part("after: [@]") + "  libraries:\n    plugin: nil\n", part=False),
    "value:formats": value(in_repository("formats: [@]")),
    "value:priority": value(in_repository("priority: @")),
    "value:pocket": value(in_repository("series: jammy\n    components: [main]\n    pocket: @")),
    "value:cloud-pocket": value(CLOUD + "    pocket: @\n"),
    "value:type": value("package-repositories:\n  - type: @\n    ppa: owner/name\n"),
    "value:dotnet-configuration": value(in_part("dotnet-configuration: @", "dotnet"), base="debian@13", part=False),
    "value:dotnet-verbosity": value(in_part("dotnet-verbosity: @", "dotnet"), base="debian@13", part=False),
}

BASES = {"bazel": "debian@13", "dotnet2": "debian@13", "python2": "debian@13"}


def context_of(name):
    """`plugin:go` is a part with that plugin; dotnet2 and python2 are those of the later bases."""
    if not name.startswith("plugin:"):
        return CONTEXTS[name]
    plugin = name.removeprefix("plugin:")
    return Context(in_part("@", plugin.rstrip("2")), base=BASES.get(plugin, "debian@12"), part=False)


def assembled(context):
    head = HEAD.format(base=context.base)
    for key in context.without:
        lines = head.split("\n")
        at = next(i for i, line in enumerate(lines) if line.startswith(key + ":"))
        del lines[at : at + (2 if key == "platforms" else 1)]
        head = "\n".join(lines)
    return head + context.lines + (PART if context.part else "")


def with_word(name, word, right):
    """The file's text, the word's line and column, the context. A key that the file needs is misspelt where it
    stands; any other comes in addition."""
    context = context_of(name)
    lines = assembled(context).split("\n")
    at = next(i for i, line in enumerate(lines) if "@" in line.replace("debian@", "").replace("ubuntu@", ""))
    mark = lines[at].rindex("@")
    if context.code == "RB0310":
        column = mark
        same = [i for i, line in enumerate(lines) if i != at and line[column:].startswith(f"{right}:")]
        same = [i for i in same if lines[i][:column].strip(" -") == ""]
        if right and same:
            lines[at] = None
            at = same[0]
            lines[at] = lines[at][:column] + word + lines[at][column + len(right) :]
        else:
            lines[at] = lines[at][:column] + word + ": x"
    else:
        column = mark
        lines[at] = lines[at][:mark] + word + lines[at][mark + 1 :]
    line = sum(text is not None for text in lines[:at]) + 1
    return "\n".join(text for text in lines if text is not None), (line, column + 1), context


def good_project():
    return assembled(Context(""))
