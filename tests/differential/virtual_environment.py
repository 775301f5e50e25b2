"""The virtual environments of build/peers in which tests ask Python programs that no Debian package has."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def go_on_in(name, *requirements):
    """Goes on in the environment of this name, made once; a half-made one has no stamp and is made again.

    ROCKBUILD_TEST_CACHE names the folder that is kept between runs (build/peers). Ends with 77 where the packages can't be had.
    """
    folder = os.path.join(os.path.abspath(os.environ.get("ROCKBUILD_TEST_CACHE") or os.path.join(HERE, "../../build/peers")), name)
    python, stamp = os.path.join(folder, "bin/python"), os.path.join(folder, "complete-" + "-".join(requirements))
    if not os.path.exists(stamp):
        shutil.rmtree(folder, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", folder], [os.path.join(folder, "bin/pip"), "install", "--quiet", *requirements]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                print(f"NOT TRIED: {' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}", file=sys.stderr)
                sys.exit(77)
        open(stamp, "w").close()
    if os.path.realpath(sys.prefix) != os.path.realpath(folder):
        os.execv(python, [python, os.path.abspath(sys.argv[0]), *sys.argv[1:]])
