# What the pages of the project file's codes show as "before" has that mistake, and as "after" hasn't it any more.
python3 - "$ROCKBUILD" "${case%/tests/*}/rockbuild/explain" <<'PY'
import json, pathlib, re, shutil, subprocess, sys

rockbuild, pages = sys.argv[1], pathlib.Path(sys.argv[2])
usual = {"name": "hello", "base": "bare", "build-base": "debian@12", "version": '"1.0"', "summary": "s",
         "description": "d", "platforms": "{amd64: }"}
# RB0601 needs the parts' files, RB0606 a link, the others the image's files and users.
not_by_check = {"RB0601", "RB0606", "RB0609", "RB0650", *(f"RB{code:04}" for code in range(660, 668)), "RB0669", "RB0670", "RB0672"}
# What lies beside the file, for the codes of extensions: with the mistake, and without.
module = {"go.mod": "module hello"}
web = {"requirements.txt": "flask", "app.py": "app = 1"}
package = {"app/package.json": '{"name": "hello", "scripts": {"start": "node ."}}'}
beside = {"RB0330": (module, module), "RB0331": (module, module), "RB0332": ({}, module), "RB0338": (module, module),
          "RB0333": ({**web, "requirements.txt": "jinja2"}, web), "RB0334": ({**web, "app.py": "def main(): pass"}, web),
          "RB0335": ({"app/package.json": '{"name": "hello",}'}, package),
          "RB0336": ({"app/package.json": '{"name": "hello"}'}, package),
          "RB0339": ({"go.mod": "module example.com/website"}, {"go.mod": "module example.com/website"}),
          "RB0340": ({**web, "caf\udce9.txt": ""}, web),
          "RB0337": ({"pom.xml": "", "build.gradle": ""}, {"pom.xml": ""})}


def said(*words):
    return json.loads(subprocess.run([rockbuild, *words, "--format", "json"], stdout=subprocess.PIPE).stdout)


def codes_of_layers(example):
    """Of an example in layers, each below a line "# layers/NAME"."""
    shutil.rmtree("layers", ignore_errors=True)
    for name, text in re.findall(r"^# (layers/.*)\n((?:(?!# layers/).*\n?)*)", example, re.M):
        path = pathlib.Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {item["code"]: item for item in said("check", "--layers", "layers")["diagnostics"]}


def codes(example, but, files):
    """What `check` says of an example: top-level keys, keys of one part, or layers."""
    if example.startswith("# layers/"):
        return codes_of_layers(example)
    for path in pathlib.Path(".").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path, content in files.items():
        pathlib.Path(path).parent.mkdir(exist_ok=True)
        pathlib.Path(path).write_text(content)
    key = example.split(":")[0]
    if key in ("organize", "source", "stage", "stage-packages"):
        plugin = "dump" if key == "source" else "nil"
        example = "parts:\n  x:\n    plugin: " + plugin + "\n" + "".join(f"    {line}\n" for line in example.splitlines())
    given = {line.split(":")[0] for line in example.splitlines()} | but
    pathlib.Path("rockcraft.yaml").write_text(
        "".join(f"{name}: {value}\n" for name, value in usual.items() if name not in given) + example + "\n")
    return {item["code"]: item for item in said("check")["diagnostics"]}


shown, faults = 0, []
for page in sorted([*pages.glob("RB03*.md"), *pages.glob("RB06*.md")]):
    text = said("explain", page.stem)
    if page.stem in not_by_check:
        continue
    # The one example of something that is missing: nothing is added in its place.
    but = {"build-base"} if page.stem == "RB0312" else set()
    with_it, without = beside.get(page.stem, ({}, {}))
    before, after = codes(text["before"], but, with_it), codes(text["after"], but, without)
    if page.stem not in before:
        faults.append(f"{page.name}: 'before' says {sorted(before)}")
    mistakes = [code for code, item in after.items() if item["severity"] == "error" and code != "RB0311"]
    if page.stem in after or mistakes:
        faults.append(f"{page.name}: 'after' says {sorted(after)}")
    shown += 1
assert shown > 20, shown
sys.exit("\n".join(faults) or 0)
PY
