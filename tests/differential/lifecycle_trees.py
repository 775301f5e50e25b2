"""Trees as both sides are compared: path → [type, mode, owner, link target or contents], read from a folder or from a rock."""
import hashlib
import json
import os
import stat
import tarfile


def shown(data):
    """Short contents as they are, so that a difference can be read."""
    if len(data) <= 4000:
        return data.decode("utf-8", "backslashreplace")
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tree_of_folder(root, places):
    """`places`: the folders of this machine that stand for those of a build environment, the longest first."""
    def placed(data):
        for theirs, ours in places:
            data = data.replace(os.fsencode(theirs), os.fsencode(ours))
        return data

    tree = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            kind, mode, what = "other", stat.S_IMODE(info.st_mode), ""
            if stat.S_ISLNK(info.st_mode):
                kind, mode, what = "link", 0o777, placed(os.fsencode(os.readlink(path))).decode("utf-8", "backslashreplace")
            elif stat.S_ISDIR(info.st_mode):
                kind = "folder"
            elif stat.S_ISREG(info.st_mode):
                with open(path, "rb") as stream:
                    kind, what = "file", shown(placed(stream.read()))
            elif stat.S_ISFIFO(info.st_mode):
                kind = "fifo"
            elif stat.S_ISCHR(info.st_mode) or stat.S_ISBLK(info.st_mode):
                kind, what = "device", f"{os.major(info.st_rdev)}:{os.minor(info.st_rdev)}"
            if name.startswith(".wh."):  # nobody sees its mode
                mode = 0
            tree[os.path.relpath(path, root)] = [kind, f"{mode:04o}", f"{info.st_uid}:{info.st_gid}", what]
    return tree


def tree_of_rock(path, below):
    """The layers of a rock above its first `below`, less what is said of the rock itself (.rock)."""
    tree = {}
    with tarfile.open(path) as archive:
        def blob(digest):
            return archive.extractfile("blobs/" + digest.replace(":", "/"))

        index = json.load(archive.extractfile("index.json"))
        manifest = json.load(blob(index["manifests"][0]["digest"]))
        for layer in manifest["layers"][below:]:
            with tarfile.open(fileobj=blob(layer["digest"]), mode="r:*", errors="surrogateescape") as members:
                for member in members:
                    kind, what = "other", ""
                    if member.issym():
                        kind, what = "link", member.linkname
                    elif member.isdir():
                        kind = "folder"
                    elif member.isreg() or member.islnk():
                        kind, what = "file", shown(members.extractfile(member).read())
                    elif member.isfifo():
                        kind = "fifo"
                    elif member.isdev():
                        kind, what = "device", f"{member.devmajor}:{member.devminor}"
                    mode = 0o777 if member.issym() else member.mode
                    tree[member.name] = [kind, f"{mode:04o}", f"{member.uid}:{member.gid}", what]
    return {name: entry for name, entry in tree.items() if name != ".rock" and not name.startswith(".rock/")}


def differences(ours, theirs):
    """Path → [ours, theirs], where they are apart; None is a path that isn't there."""
    return {path: [ours.get(path), theirs.get(path)] for path in sorted(set(ours) | set(theirs)) if ours.get(path) != theirs.get(path)}
