"""Ports: the usual one where it is free, any other where it is not."""

import socket

from streams.embedded.ports import LOOPBACK, choose_ports


def listening() -> socket.socket:
    return socket.create_server((LOOPBACK, 0))


def test_a_usual_port_that_is_free_is_taken() -> None:
    with listening() as listener:
        free = listener.getsockname()[1]
    assert choose_ports({"collector": free}) == {"collector": free}


def test_a_usual_port_that_is_taken_is_replaced_by_a_free_one() -> None:
    with listening() as listener:
        taken = listener.getsockname()[1]
        chosen = choose_ports({"collector": taken})["collector"]
    assert chosen not in (0, taken)


def test_no_two_chosen_ports_are_equal() -> None:
    names = [f"part-{number}" for number in range(50)]
    assert len(set(choose_ports(dict.fromkeys(names, 0)).values())) == 50
