"""The virtual environments of build/peers in which tests ask Python programs that no Debian package has."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def python_with(name, *requirements, of_debian=False):
    """The Python of the environment of this name, made once; a half-made one has no stamp and is made again. None where the packages
    can't be had, which is told. `of_debian`: Debian's Python, and the modules of its packages too.

    ROCKBUILD_TEST_CACHE names the folder that is kept between runs (build/peers).
    """
    folder = os.path.join(os.path.abspath(os.environ.get("ROCKBUILD_TEST_CACHE") or os.path.join(HERE, "../../build/peers")), name)
    stamp = os.path.join(folder, "complete-" + "-".join(requirements))
    if not os.path.exists(stamp):
        shutil.rmtree(folder, ignore_errors=True)
        make = ["/usr/bin/python3", "-m", "venv", "--system-site-packages"] if of_debian else [sys.executable, "-m", "venv"]
        for command in ([*make, folder], [os.path.join(folder, "bin/pip"), "install", "--quiet", *requirements]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                print(f"NOT TRIED: {' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}", file=sys.stderr)
                return None
        open(stamp, "w").close()
    return os.path.join(folder, "bin/python")


def go_on_in(name, *requirements):
    """Goes on in that environment; ends with 77 where it can't be had."""
    python = python_with(name, *requirements)
    if python is None:
        sys.exit(77)
    if os.path.realpath(sys.prefix) != os.path.realpath(os.path.dirname(os.path.dirname(python))):
        os.execv(python, [python, os.path.abspath(sys.argv[0]), *sys.argv[1:]])
