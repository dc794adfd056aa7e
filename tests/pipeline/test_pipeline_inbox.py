"""The inbox: news replaces news, presses are never lost."""

from __future__ import annotations

import threading

from kiosk_fakes import a_frame

from device.domain.events import ButtonPressed, HealthChanged, PictureTaken, slot_of
from device.domain.kiosk import Button, HealthItem, Level, Picture, Press
from device.pipeline.inbox import Inbox

GREEN = ButtonPressed(Button.GREEN, Press.SHORT)


def picture(seq: int) -> PictureTaken:
    return PictureTaken(Picture(a_frame(seq)))


def test_a_newer_picture_replaces_an_older_one_and_is_counted():
    inbox = Inbox(slot_of)
    for seq in range(100):
        inbox.post(picture(seq))
    events = inbox.take()
    assert [event.picture.frame.seq for event in events] == [99]
    assert inbox.replaced == 99
    assert inbox.take() == []


def test_order_is_that_of_the_newest():
    inbox = Inbox(slot_of)
    inbox.post(picture(0))
    inbox.post(GREEN)
    inbox.post(picture(1))
    first, second = inbox.take()
    assert first is GREEN
    assert second.picture.frame.seq == 1


def test_health_is_kept_for_each_part():
    inbox = Inbox(slot_of)
    for text in ("old", "new"):
        inbox.post(HealthChanged(HealthItem("camera", Level.OK, text)))
    inbox.post(HealthChanged(HealthItem("stick", Level.WARN, "none")))
    assert [(e.item.part, e.item.text) for e in inbox.take()] == [
        ("camera", "new"),
        ("stick", "none"),
    ]


def test_no_press_is_lost_among_a_flood_of_pictures_from_many_threads():
    inbox = Inbox(slot_of)
    go = threading.Barrier(5)

    def flood():
        go.wait()
        for seq in range(2000):
            inbox.post(picture(seq))

    def press():
        go.wait()
        for _ in range(200):
            assert inbox.post(GREEN)

    threads = [threading.Thread(target=flood) for _ in range(3)]
    threads.append(threading.Thread(target=press))
    for thread in threads:
        thread.start()
    go.wait()
    taken = []
    while any(thread.is_alive() for thread in threads):
        taken.extend(inbox.take(0.01))
    taken.extend(inbox.take())
    assert taken.count(GREEN) == 200
    assert inbox.refused == 0


def test_it_is_bounded_whatever_comes():
    inbox = Inbox(slot_of, limit=10)
    kept = [inbox.post(GREEN) for _ in range(15)]
    assert kept == [True] * 10 + [False] * 5
    assert inbox.refused == 5
    assert len(inbox.take()) == 10
    assert inbox.post(GREEN)


def test_take_waits_for_news():
    inbox = Inbox(slot_of)
    threading.Timer(0.05, inbox.post, [GREEN]).start()
    assert inbox.take(5.0) == [GREEN]
