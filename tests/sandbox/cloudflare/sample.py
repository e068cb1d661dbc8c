"""A ready-made world of any size, for tests and benchmarks that do not care what it holds."""

from .world import Application, Token, World, Zone, make_id

TOKEN = "cfut_" + "Sample0Token" * 3
PROTOCOLS = ("tcp/22", "tcp/25565", "tcp/3389", "udp/53", "tcp/1000-2000")


def sample_zone(number: int, applications: int = 4) -> Zone:
    """A zone with this many applications; the same number makes the same zone."""
    name = f"zone{number}.example"
    return Zone(
        make_id(name),
        name,
        tuple(
            Application(make_id(name, n), f"app{n}.{name}", PROTOCOLS[n % len(PROTOCOLS)]) for n in range(applications)
        ),
    )


def sample_world(zones: int = 3, applications: int = 4, token: str = TOKEN) -> World:
    """This many zones, and one token that may read everything."""
    return World(tuple(sample_zone(number, applications) for number in range(zones)), (Token(token),))
