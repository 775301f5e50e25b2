"""Small projects made at random from a seed: parts of a few paths that meet each other, and whatever may be said of them.

What is known to be apart on purpose isn't made here, but for one: `random` leaves it to `said_apart` to know it when it is seen.
"""
import random

from lifecycle_projects import Project, below, folder, link, program, text

FOLDERS = ["", "bin/", "usr/", "usr/lib/", "etc/", ".d/"]
NAMES = ["a", "b", "c.so", ".h", "x y"]
PATTERNS = ["*", ".*", "usr", "usr/*", "usr/lib/*", "bin", "etc", "etc/a", "a", "*.so", "usr/**", "us?/*", "-a", "-usr/lib", "-*.so", "-etc/*", "-.d", "-bin/a",
            "-usr/**/b", "b", "bin/*", "[ab]*", "-[ab]"]
# Patterns that find several folders or files are left out with targets that aren't there: upstream takes them in the order of the disk.
SOURCES = ["a", "b", "bin", "usr/lib", "etc", "bin/a", "usr", "no", "bin/*", "etc/*", "usr/lib/*.so", ".d"]
TARGETS = ["a", "z", "bin", "usr/", "opt/x", "opt/", "usr/lib/", "etc/a", "bin/z"]
MODES = ["600", "0755", "4711", "0o640"]
SCRIPTS = {
    "override-build": ["craftctl default\n", "craftctl default\necho $CRAFT_PART_NAME > $CRAFT_PART_INSTALL/made\n", "mkdir -p $CRAFT_PART_INSTALL/usr; ln -s usr $CRAFT_PART_INSTALL/v\n",
                       "craftctl default\nls -A $CRAFT_STAGE > $CRAFT_PART_INSTALL/seen-$CRAFT_PART_NAME\n"],
    "override-stage": ["craftctl default\n", "craftctl default\necho $CRAFT_PART_NAME >> log\n", "craftctl default\nrm -f a\n", "true\n"],
    "override-prime": ["craftctl default\n", "craftctl default\nls -A > listed-$CRAFT_PART_NAME\n", "craftctl default\nrm -rf etc\n", "true\n", "craftctl default\nchmod 700 usr || true\n"],
    "override-pull": ["craftctl default\n", "craftctl default\necho pulled > pulled\n", "true\n"],
}


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def some(self, items, most):
        return [self.random.choice(items) for _ in range(self.random.randint(1, most))]

    def rarely(self, chance):
        return self.random.random() < chance

    def entry(self, path, name):
        """The same path has mostly the same contents in all parts, so that they don't collide at once."""
        choice = self.random.random()
        if choice < 0.75:
            return path if self.rarely(0.93) else path + name
        if choice < 0.85:
            return program(path)
        if choice < 0.93:
            return text(path, self.random.choice([0o600, 0o4755, 0o640]))
        return path

    def tree(self, name):
        tree = {}
        for _ in range(self.random.randint(2, 9)):
            path = self.random.choice(FOLDERS) + self.random.choice(NAMES)
            tree[path] = self.entry(path, name)
        if self.rarely(0.3):
            tree["usr/l"] = link(self.random.choice(["lib", "a", "/etc/a", "nowhere", "../bin"]))
        if self.rarely(0.3):
            tree["usr/e"] = folder(self.random.choice([0o755, 0o700]))
        tree["own-" + name] = name
        return tree

    def part(self, name, earlier):
        part = {"plugin": self.random.choice(["dump", "dump", "dump", "nil"]), "source": name}
        if earlier and self.rarely(0.4):
            part["after"] = sorted(set(self.some(earlier, 2)))
        if self.rarely(0.4):
            part["stage"] = self.some(PATTERNS, 3)
        if self.rarely(0.25):
            part["prime"] = self.some(PATTERNS, 2)
        if self.rarely(0.35):
            part["organize"] = {self.random.choice(SOURCES): self.random.choice(TARGETS) for _ in range(self.random.randint(1, 2))}
        if self.rarely(0.2):
            part["permissions"] = [self.permission() for _ in range(self.random.randint(1, 2))]
        for key, scripts in SCRIPTS.items():
            if self.rarely(0.12):
                part[key] = self.random.choice(scripts)
        return part

    def permission(self):
        permission = {"path": self.random.choice(["a", "usr/*", "etc/*", "bin/a", "own-*"])}
        # Not both: upstream's chown takes setuid away again.
        if self.rarely(0.5):
            permission.update(owner=self.random.choice([0, 5, 584792]), group=self.random.choice([0, 6]))
        else:
            permission["mode"] = self.random.choice(MODES)
        return permission

    def project(self, number):
        parts, files = {}, {}
        names = self.random.sample(["alpha", "beta", "gamma", "omega", "zeta"], self.random.randint(1, 4))
        for place, name in enumerate(names):
            parts[name] = self.part(name, names[:place])
            files.update(below(name, self.tree(name)))
        return Project(f"random {number}", parts, files)


def random_projects(count, seed):
    return [Maker(f"{seed} {number}").project(f"{seed}/{number}") for number in range(count)]
