# What somebody might feed us: an answer in seconds, in bounded memory (limited where no sanitizer reserves all of it).
head='name: hostile\nversion: "1"\nsummary: s\ndescription: d\nbase: debian@12\nplatforms: {amd64: }\n'
told() { # CODE WORD FILE: the verdict and what is said
    local code=$1 word=$2 file=$3
    expect "$code" timeout 240 "$ROCKBUILD" check --format json "$file"
    has out "$word"
}
python3 - "$head" <<'PY'
import sys
head = sys.argv[1].encode().decode("unicode_escape")
def write(name, text):
    open(name, "wb").write(text if isinstance(text, bytes) else text.encode())
part = "  part{0}:\n    plugin: dump\n    source: folder\n    organize: {{a: b{0}}}\n    stage: [a, -b]\n"
write("large.yaml", head + "parts:\n" + "".join(part.format(n) for n in range(100_000)))  # 10 MB
write("text.yaml", head + "license: " + "x" * 10_000_000 + "\n")
write("flow.yaml", head + "contact: " + "[" * 10_000 + "]" * 10_000 + "\n")
write("block.yaml", head + "contact:\n" + "".join(" " * n + "-\n" for n in range(1, 3_000)))
write("bomb.yaml", head + "contact: &a0 [x, x]\n" + "".join(f"k{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)))
write("blown.yaml", head.replace("hostile", "h" * 100_000) + "title: '" + "$CRAFT_PROJECT_NAME" * 50_000 + "'\n")
write("clauses.yaml", head + "parts:\n  p:\n    plugin: nil\n    stage:\n" +
      "".join("  " * n + "- on amd64:\n" for n in range(3, 90)) + "  " * 90 + "- x\n")
write("mistakes.yaml", head + "".join(f"key{n}: x\n" for n in range(20_000)))
write("circle.yaml", head + "parts:\n" + "".join(f"  p{n}: {{plugin: nil, after: [p{(n + 1) % 20_000}]}}\n" for n in range(20_000)))
PY
[ "$(stat -c %s large.yaml)" -gt 9000000 ] || fail "large.yaml is small"
told 0 '"valid": true' large.yaml
told 1 RB0314 text.yaml
told 1 'nested too deeply' flow.yaml
told 1 'nested too deeply' block.yaml
told 1 'stand for too much' bomb.yaml
told 1 RB0314 blown.yaml
told 0 '"valid": true' clauses.yaml
told 1 RB0310 mistakes.yaml
[ "$(grep -c '"code": "RB0310"' out)" = 20000 ] || fail "not every mistake is told"
told 1 'wait for each other' circle.yaml
