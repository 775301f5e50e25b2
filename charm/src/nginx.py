"""The container `synapse-nginx`: nginx, in front of the Synapse of the main unit.

rocks/nginx brings the whole configuration. The charm replaces three of its files: where Synapse is, twice, since there are
no workers, and the way there, with the largest upload.
"""

import ops

import layers

PORT = 8080
_SERVICE = "synapse-nginx"
_CHECK = "synapse-nginx-ready"


def configure(container: ops.Container, *, synapse: str, max_upload_size: str) -> None:
    """Let nginx run in front of the Synapse at an address."""
    host = f"[{synapse}]" if ":" in synapse else synapse
    server = f"server {host}:8008 max_fails=2 fail_timeout=10s;\n"
    files = {
        "/etc/nginx/main_servers.conf": server,
        "/etc/nginx/worker_servers.conf": server,
        "/etc/nginx/main_location.conf": f"proxy_pass http://synapse_main;\nclient_max_body_size {max_upload_size};\n",
    }
    for path, text in files.items():
        if container.pull(path).read() != text:
            container.push(path, text)
    layers.apply(container, {"synapse-nginx": _layer(layers.digest(*files.values()))})


def trouble(container: ops.Container) -> str:
    """What is wrong with nginx, or an empty text."""
    return layers.trouble(container, _SERVICE, _CHECK)


def _layer(files: str) -> ops.pebble.LayerDict:
    return {
        "services": {
            _SERVICE: {
                "override": "replace",
                "summary": "nginx, in front of Synapse",
                "command": "/usr/sbin/nginx -e stderr",
                "startup": "enabled",
                "environment": {"NGINX_CONFIG_DIGEST": files},
            }
        },
        "checks": {_CHECK: {"override": "replace", "level": "ready", "http": {"url": f"http://localhost:{PORT}/health"}}},
    }
