"""How a layer reaches Pebble, the same way for each container.

A service whose files changed must be restarted, another must not. So the digest of the files that a service reads is part of
its environment: replan, which restarts the services whose definition changed and starts those that do not run, then does
exactly what is needed, also after an event that failed halfway.
"""

import hashlib
import logging

import ops

from hindrance import blocked

logger = logging.getLogger(__name__)


def digest(*texts: str) -> str:
    """One short text for the contents of some files."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def apply(container: ops.Container, layers: dict[str, ops.pebble.LayerDict]) -> None:
    """Put layers, by label, into the plan and see to it that what runs is what they say."""
    for label, layer in layers.items():
        container.add_layer(label, layer, combine=True)
    try:
        container.replan()
    except ops.pebble.ChangeError as error:
        logger.error("%s: %s", container.name, error)
        raise blocked(f"{container.name}: {error.err.strip().splitlines()[-1]}; see the unit's log") from None


def trouble(container: ops.Container, service: str, check: str) -> str:
    """What is wrong with a service, or an empty text."""
    if not container.get_service(service).is_running():
        return f"{service} ended and will be started again: its log says why"
    if container.get_check(check).status != ops.pebble.CheckStatus.UP:
        return f"{service} does not answer"
    return ""
