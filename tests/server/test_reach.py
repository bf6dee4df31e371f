"""Where other computers find the server, on machines with other networks than this one."""

import socket
from collections import namedtuple

import pytest

from ladder.problems import Problem
from ladder.server import reach
from ladder.server.reach import Server

Found = namedtuple("Found", "family address")
State = namedtuple("State", "isup")
LOOPBACK = {"lo": ["127.0.0.1"]}


@pytest.fixture
def networks(monkeypatch):
    """networks(interfaces, usual, down): the machine has these interfaces, by name with their addresses."""

    def has(interfaces: dict[str, list[str]], usual: str = "", down: tuple[str, ...] = ()) -> None:
        every = {name: [Found(socket.AF_INET, one) for one in some] for name, some in interfaces.items()}
        every = {name: [*some, Found(socket.AF_INET6, "fe80::1%lo")] for name, some in every.items()}
        monkeypatch.setattr(reach.psutil, "net_if_addrs", lambda: every)
        monkeypatch.setattr(reach.psutil, "net_if_stats", lambda: {name: State(name not in down) for name in every})
        monkeypatch.setattr(reach, "_usual_address", lambda: usual)

    return has


def test_an_address_that_is_not_this_computer_s_own_is_shared_as_the_browser_sees_it(networks):
    networks(LOOPBACK)
    for seen in ("https://lab.example.org/user/a/proxy/8501/compare", "http://192.168.1.5:8501/", "http://[fd00::2]/"):
        assert reach.addresses(f"{seen}?v=1&run=x#here", "compare", Server(listens="127.0.0.1")) == [seen]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "0.0.0.0", "lab.localhost"])
def test_this_computer_s_own_names_give_way_to_its_address_in_the_network(networks, host):
    networks(LOOPBACK | {"eth0": ["192.168.1.5"]})
    assert reach.addresses(f"http://{host}:8501/?v=1", "", Server()) == ["http://192.168.1.5:8501/"]
    compare = reach.addresses(f"http://{host}:8501/lab/compare", "compare", Server(path="lab"))
    assert compare == ["http://192.168.1.5:8501/lab/compare"]


def test_a_tunnel_s_port_gives_way_to_the_server_s_own(networks):
    networks(LOOPBACK | {"eth0": ["10.0.0.7"]})
    assert reach.addresses("http://localhost:9999/", "", Server(port=8600)) == ["http://10.0.0.7:8600/"]
    assert reach.addresses("https://localhost:9999/", "", Server(port=443, secure=True)) == ["https://10.0.0.7/"]


def test_the_usual_route_comes_first_and_containers_tunnels_and_dead_cables_not_at_all(networks):
    every = {"docker0": ["172.17.0.1"], "tun0": ["10.8.0.2"], "eth0": ["10.1.1.1"], "wlan0": ["192.168.1.5"]}
    networks(LOOPBACK | every | {"eth1": ["10.9.9.9"], "eth2": ["169.254.3.4"]}, "192.168.1.5", down=("eth1",))
    assert reach.machine_addresses() == ["192.168.1.5", "10.1.1.1"]


def test_a_machine_with_virtual_networks_alone_has_those(networks):
    networks(LOOPBACK | {"docker0": ["172.17.0.1"]}, "172.17.0.1")
    assert reach.machine_addresses() == ["172.17.0.1"]


def test_the_name_that_the_server_was_given_and_the_interface_that_it_listens_at_are_used(networks):
    networks(LOOPBACK | {"eth0": ["10.0.0.7"], "wlan0": ["192.168.1.5"]})
    assert reach.addresses("http://localhost/", "", Server(name="lab.example.org", port=80)) == [
        "http://lab.example.org/"
    ]
    assert reach.addresses("http://localhost/", "", Server(listens="10.0.0.7")) == ["http://10.0.0.7:8501/"]
    assert len(reach.addresses("http://localhost/", "", Server(listens="0.0.0.0"))) == 2


@pytest.mark.parametrize(
    "key, interfaces, server",
    [
        ("share_loopback", {"eth0": ["10.0.0.7"]}, Server(listens="127.0.0.1")),
        ("share_loopback", {"eth0": ["10.0.0.7"]}, Server(listens="localhost")),
        ("share_offline", {"eth0": ["169.254.3.4"]}, Server()),
        ("share_hosts", {"eth0": ["10.0.0.7"]}, Server(admits_host=lambda host: host.startswith("localhost"))),
    ],
)
def test_where_nobody_else_can_open_the_page_it_says_why(networks, key, interfaces, server):
    networks(LOOPBACK | interfaces)
    with pytest.raises(Problem) as caught:
        reach.addresses("http://localhost:8501/", "", server)
    assert caught.value.key == key


def test_this_machine_s_addresses_are_found_without_an_error():
    assert all(socket.inet_aton(address) and not address.startswith("127.") for address in reach.machine_addresses())
