#!/usr/bin/python3
"""Starts Synapse: sees to its configuration, gives up root, and becomes Synapse by exec.

    /start.py [run] [-m MODULE] [-c FILE]...   run Synapse; where there is no configuration, make one first
    /start.py migrate_config                   make the configuration anew from the environment and the templates in /conf
    /start.py generate                         let Synapse's own generator make one

Everything else is told by environment variables (see the rock's README); an empty one counts as not set. As root it first hands the
data folder over to uid 991 (its entries, nothing deeper: the media store may be huge) and becomes that user, so that all it
writes belongs to Synapse. What it refuses it says in one line, and ends with 2.
"""

import argparse
import base64
import glob
import os
import pathlib
import pwd
import re
import secrets
import socket
import sys
import tempfile

TEMPLATES = pathlib.Path("/conf")
HOMESERVER = "synapse.app.homeserver"
USER = 991
TRUE, FALSE = ("yes", "true", "on", "1"), ("no", "false", "off", "0")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class Refusal(Exception):
    """What the user has to mend; its text says what and how."""


def say(text):
    print(f"start.py: {text}", file=sys.stderr, flush=True)


class Settings:
    """The environment, each value checked when it is asked for."""

    def __init__(self, environment):
        self.environment = environment
        self.data = pathlib.Path(self.text("SYNAPSE_DATA_DIR", "/data"))
        self.folder = pathlib.Path(self.text("SYNAPSE_CONFIG_DIR", "/data"))
        self.path = pathlib.Path(self.text("SYNAPSE_CONFIG_PATH", str(self.folder / "homeserver.yaml")))

    def text(self, name, default=None):
        return self.environment.get(name) or default

    def matching(self, name, pattern, meaning, default=None):
        value = self.text(name, default)
        if value is not None and not re.fullmatch(pattern, value):
            raise Refusal(f"{name} must be {meaning}, not '{value}'")
        return value

    def number(self, name, default, largest=2**31 - 1):
        value = int(self.matching(name, r"[0-9]{1,10}", "a number", str(default)))
        if value > largest:
            raise Refusal(f"{name} must be at most {largest}, not {value}")
        return value

    def truth(self, name, default):
        word = self.text(name, "").strip().lower()
        if word and word not in TRUE + FALSE:
            raise Refusal(f"{name} must be one of {', '.join(TRUE + FALSE)}, not '{word}'")
        return word in TRUE if word else default

    def server_name(self):
        return self.matching("SYNAPSE_SERVER_NAME", r"[A-Za-z0-9.:\[\]-]+", "a host name, with a port if need be")

    def need(self, *names):
        missing = [name for name in names if not self.text(name)]
        if missing:
            raise Refusal(f"set {' and '.join(missing)}" + (": yes or no" if missing == ["SYNAPSE_REPORT_STATS"] else ""))


def write_file(path, text):
    """Puts TEXT at PATH, whole or not at all, readable for its owner only."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def kept(path, make):
    """The secret in the file PATH, which is made once and never replaced."""
    if not path.exists():
        write_file(path, make() + "\n")
    secret = path.read_text(encoding="utf-8").strip()
    if not secret:
        raise Refusal(f"{path} is empty: put the secret back, or remove the file to have a new one made")
    return secret


def new_secret():
    return secrets.token_urlsafe(38)


def new_signing_key():
    """A line as Synapse's generator writes it: algorithm, version of the key, seed."""
    seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return f"ed25519 a_{secrets.token_hex(3)} {seed}"


def any_address():
    """`::` takes IPv4 too, but a kernel without IPv6 does not know it."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::", 0))
    except OSError:
        return "0.0.0.0"
    return "::"


def database(settings):
    password = settings.text("POSTGRES_PASSWORD")
    if password is None:
        if settings.text("POSTGRES_HOST"):
            say("POSTGRES_HOST is set but POSTGRES_PASSWORD is not: the database will be SQLite")
        return None
    return {
        "user": settings.text("POSTGRES_USER", "synapse"),
        "password": password,
        "name": settings.text("POSTGRES_DB", "synapse"),
        "host": settings.text("POSTGRES_HOST", "db"),
        "port": settings.number("POSTGRES_PORT", 5432, 65535),
        "cp_min": settings.number("POSTGRES_CP_MIN", 5),
        "cp_max": settings.number("POSTGRES_CP_MAX", 10),
    }


def tls_files(settings, server):
    """TLS only for who asks for it by SYNAPSE_NO_TLS=no: the rule is nginx, or an ingress, in front."""
    if settings.truth("SYNAPSE_NO_TLS", True):
        return None
    certificate, key = (settings.data / f"{server}.tls.{kind}" for kind in ("crt", "key"))
    for path in (certificate, key):
        if not path.exists():
            raise Refusal(f"SYNAPSE_NO_TLS=no asks for TLS, but {path} is not there")
    return {"certificate": str(certificate), "key": str(key)}


def registration(settings):
    public, private = settings.text("SYNAPSE_RECAPTCHA_PUBLIC_KEY"), settings.text("SYNAPSE_RECAPTCHA_PRIVATE_KEY")
    if bool(public) != bool(private):
        raise Refusal("SYNAPSE_RECAPTCHA_PUBLIC_KEY and SYNAPSE_RECAPTCHA_PRIVATE_KEY go together")
    open_to_all = settings.truth("SYNAPSE_ENABLE_REGISTRATION", False)
    if open_to_all and not public:
        raise Refusal("SYNAPSE_ENABLE_REGISTRATION needs SYNAPSE_RECAPTCHA_PUBLIC_KEY and SYNAPSE_RECAPTCHA_PRIVATE_KEY: "
                      "Synapse refuses to register strangers unseen")
    return {"open": open_to_all, "guests": settings.truth("SYNAPSE_ALLOW_GUEST", False), "public": public, "private": private}


def turn(settings):
    uris = [uri.strip() for uri in settings.text("SYNAPSE_TURN_URIS", "").split(",") if uri.strip()]
    secret = settings.text("SYNAPSE_TURN_SECRET")
    if bool(uris) != bool(secret):
        raise Refusal("SYNAPSE_TURN_URIS and SYNAPSE_TURN_SECRET go together")
    return {"uris": uris, "secret": secret} if uris else None


def make_configuration(settings, server, report_stats):
    """Renders the templates. The configuration itself comes last: where it is, all that it names is there too."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # not needed once there is a configuration

    templates = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}  # YAML has no surrogate pairs

    def in_data(name, make):
        return kept(settings.data / f"{server}.{name}.key", make)

    level = settings.text("SYNAPSE_LOG_LEVEL", "INFO").upper()
    if level not in LEVELS:
        raise Refusal(f"SYNAPSE_LOG_LEVEL must be one of {', '.join(LEVELS)}, not '{level}'")
    log_config = settings.text("SYNAPSE_LOG_CONFIG")
    values = {
        "server_name": server,
        "report_stats": report_stats,
        "data": str(settings.data),
        "address": any_address(),
        "port": settings.number("SYNAPSE_HTTP_PORT", 8008, 65535),
        "metrics": settings.truth("SYNAPSE_ENABLE_METRICS", False),
        "tls": tls_files(settings, server),
        "postgres": database(settings),
        "registration": registration(settings),
        "turn": turn(settings),
        "event_cache_size": settings.matching("SYNAPSE_EVENT_CACHE_SIZE", r"[0-9]+[KMG]?", "a size such as 10K", "10K"),
        "max_upload_size": settings.matching("SYNAPSE_MAX_UPLOAD_SIZE", r"[0-9]+[KMG]?", "a size such as 50M", "50M"),
        "appservices": sorted(glob.glob(glob.escape(str(settings.data)) + "/appservices/*.yaml")),
        "log_config": log_config or str(settings.folder / "log.config"),
        "level": level,
        "sensitive": settings.truth("SYNAPSE_LOG_SENSITIVE", False),
    }
    values["registration_secret"] = settings.text("SYNAPSE_REGISTRATION_SHARED_SECRET") or in_data("registration", new_secret)
    values["macaroon_secret"] = settings.text("SYNAPSE_MACAROON_SECRET_KEY") or in_data("macaroon", new_secret)
    in_data("signing", new_signing_key)
    if not log_config:
        write_file(settings.folder / "log.config", templates.get_template("log.config").render(values))
    write_file(settings.path, templates.get_template("homeserver.yaml").render(values))
    say(f"made {settings.path} for {server} with {'PostgreSQL' if values['postgres'] else 'SQLite'}")


def make_first_configuration(settings):
    server = settings.server_name()
    if server is None:
        server = "localhost"
        say("WARNING: SYNAPSE_SERVER_NAME is not set: this server is called 'localhost', for good. Nobody else can talk to it. "
            f"For a real server, empty {settings.data} and start anew with a name.")
    make_configuration(settings, server, settings.truth("SYNAPSE_REPORT_STATS", False))


def hand_over(folder, uid, gid):
    """Makes FOLDER if need be, and it and its entries uid's."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (str(folder), *(entry.path for entry in os.scandir(folder))):
        status = os.lstat(path)
        if (status.st_uid, status.st_gid) != (uid, gid):
            try:
                os.lchown(path, uid, gid)
            except OSError as error:  # such as a secret mounted read-only: Synapse will say so if it needs more than it has
                say(f"{path} stays with {status.st_uid}:{status.st_gid}: {error.strerror}")


def give_up_root(settings):
    uid, gid = settings.number("UID", USER), settings.number("GID", USER)
    for folder in {settings.data, settings.folder}:
        hand_over(folder, uid, gid)
    if uid == 0:
        return
    try:
        os.setgroups([gid])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:
        raise Refusal(f"cannot become {uid}:{gid}: {error.strerror}. Give the capabilities SETUID and SETGID, "
                      "or start it as that user, or set UID=0 and GID=0") from None


def become(settings, module, arguments):
    environment = dict(settings.environment)
    jemalloc = f"/usr/lib/{os.uname().machine}-linux-gnu/libjemalloc.so.2"
    preloaded = environment.get("LD_PRELOAD", "").split()
    if os.path.exists(jemalloc) and jemalloc not in preloaded:
        environment["LD_PRELOAD"] = " ".join([jemalloc, *preloaded])
    try:
        environment["HOME"] = pwd.getpwuid(os.geteuid()).pw_dir  # libpq looks for files there and must be allowed to
    except KeyError:
        environment["HOME"] = "/"
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)


def run(settings, arguments):
    module = arguments.module or settings.text("SYNAPSE_WORKER", HOMESERVER)
    paths = arguments.config_path or [str(settings.path)]
    if not arguments.config_path and module == HOMESERVER and not settings.path.exists():
        make_first_configuration(settings)
    for path in paths:
        if not os.access(path, os.R_OK):
            raise Refusal(f"{path} cannot be read by uid {os.geteuid()}" if os.path.exists(path) else
                          f"{path} is not there: make it by '/start.py migrate_config'")
    become(settings, module, [word for path in paths for word in ("--config-path", path)])


def generate(settings, _):
    settings.need("SYNAPSE_SERVER_NAME", "SYNAPSE_REPORT_STATS")
    os.chdir(settings.data)  # where its log configuration will write
    become(settings, HOMESERVER, [
        "--generate-config", "--open-private-ports",
        "--server-name", settings.server_name(),
        "--report-stats", "yes" if settings.truth("SYNAPSE_REPORT_STATS", False) else "no",
        "--config-path", str(settings.path),
        "--config-directory", str(settings.folder),
        "--data-directory", str(settings.data),
    ])


def migrate_config(settings, _):
    settings.need("SYNAPSE_SERVER_NAME", "SYNAPSE_REPORT_STATS")
    make_configuration(settings, settings.server_name(), settings.truth("SYNAPSE_REPORT_STATS", False))


MODES = {"run": run, "generate": generate, "migrate_config": migrate_config}


def main(words, environment):
    parser = argparse.ArgumentParser(prog="start.py", description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", nargs="?", choices=MODES, default="run")
    parser.add_argument("-m", dest="module", help="the module to run, instead of SYNAPSE_WORKER or the homeserver")
    parser.add_argument("-c", "--config-path", action="append", help="a configuration, instead of SYNAPSE_CONFIG_PATH")
    arguments = parser.parse_args(words)
    if arguments.mode != "run" and (arguments.module or arguments.config_path):
        parser.error(f"{arguments.mode} takes no options")
    try:
        settings = Settings(environment)
        if os.geteuid() == 0:
            give_up_root(settings)
        MODES[arguments.mode](settings, arguments)
    except Refusal as refusal:
        say(refusal)
        return 2
    except OSError as error:
        say(f"{error.filename}: {error.strerror} (as uid {os.geteuid()})")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ)))
