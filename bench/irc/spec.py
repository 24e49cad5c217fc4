"""What a load is, and what it found: plain structs that travel as options and as JSON."""

import msgspec


class LoadSpec(msgspec.Struct, frozen=True):
    """One load: register `clients`, put them into groups, let `senders` say `messages` in all."""

    clients: int = 200
    groups: int = 1
    """0: nobody joins anything."""
    members: int = 0
    """Members of each group; 0: clients / groups. Clients left over stay idle."""
    senders: int = 10
    messages: int = 0
    """0: nothing is said."""
    window: int = 100
    """Messages in flight: said, and not yet delivered to everybody."""
    payload: int = 64
    """Bytes of text after the time stamp."""
    labels: bool = False
    """Senders negotiate labels and echo, label every message, and send a PING after each."""
    tls: bool = False
    limit: float = 120.0
    """Seconds after which the load gives up."""

    @property
    def group_size(self) -> int:
        """Members of each group."""
        return self.members or (self.clients // self.groups if self.groups else 0)

    def sender_indexes(self) -> list[int]:
        """Spread the senders over the groups, and within each group over its members."""
        size = self.group_size
        each = -(-self.senders // self.groups)
        return [
            number % self.groups + self.groups * ((number // self.groups) * size // each)
            for number in range(self.senders)
        ]


class Registration(msgspec.Struct, frozen=True):
    """What registering all clients cost the server."""

    wall: float
    cpu_us: float
    """Per client, as the next two."""
    user_us: float
    system_us: float
    rss_kib: int
    kib_per_client: float


class Joining(msgspec.Struct, frozen=True):
    """What the JOINs cost, everything that they made the server say included."""

    wall: float
    cpu_us: float
    rss_kib: int


class Fanout(msgspec.Struct, frozen=True):
    """What saying the messages cost, per delivery."""

    members: int
    messages: int
    deliveries: int
    wall: float
    deliveries_per_s: float
    messages_per_s: float
    cpu_us: float
    user_us: float
    system_us: float
    server_share: float
    """Server CPU time / wall time."""
    load_share: float
    """The same of the load generator: near 1, the server was not what limited the run."""
    p50_ms: float
    p99_ms: float
    max_ms: float
    samples: int
    rss_kib: int


class LoadResult(msgspec.Struct, frozen=True):
    """All that one load found; a part that did not take place is None."""

    registration: Registration
    joining: Joining | None = None
    fanout: Fanout | None = None
    cipher: str = ""
