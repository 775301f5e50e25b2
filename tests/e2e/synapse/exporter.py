"""The statistics as the exporter tells them."""

PORT = 9877


def read(pod):
    """{name: value} of its own metrics; nothing of Python's."""
    answer = pod.ask("/metrics", port=PORT, timeout=5)
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain"), (answer.status, answer.body)
    lines = answer.body.decode().splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if line.startswith("synapse_"))}


def tells(pod, rooms, users):
    """Whether these are its numbers, fresh."""
    seen = read(pod)
    return (seen.get("synapse_total_rooms"), seen.get("synapse_total_users"), seen["synapse_stats_exporter_up"]) == (
        rooms,
        users,
        1,
    )


def is_stale(pod):
    """Whether it says that it knows no more."""
    seen = read(pod)
    return seen["synapse_stats_exporter_up"] == 0 and not {"synapse_total_rooms", "synapse_total_users"} & seen.keys()
