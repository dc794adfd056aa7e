"""The sounding thread: obeys the newest word, tells what is wrong, tries again."""

from __future__ import annotations

from kiosk_fakes import wait_for

from device.clock import NS_PER_S, ManualClock, MonotonicClock
from device.domain.events import HealthChanged
from device.domain.kiosk import Level
from device.errors import SoundError
from device.pipeline.sound import Sounder


class Speaker:
    """A loudspeaker that may be unplugged."""

    simulated = False

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.did: list[tuple[float, float] | None] = []

    def beat(self, rate_spm: float, in_s: float) -> None:
        if self.broken:
            raise SoundError("There is no sound.", remedy="Look at the screen.")
        self.did.append((rate_spm, in_s))

    def silence(self) -> None:
        self.did.append(None)


def told(posted: list[HealthChanged]) -> list[tuple[Level, str]]:
    return [(event.item.level, event.item.text) for event in posted]


def test_the_beat_is_asked_for_at_its_own_time():
    clock, speaker, posted = ManualClock(100 * NS_PER_S), Speaker(), []
    sounder = Sounder(speaker, posted.append, clock)
    sounder.play(120.0, 99.8)
    sounder.turn()
    rate, in_s = speaker.did[0]
    assert rate == 120.0
    assert abs(in_s - 0.3) < 1e-6, "half a second after 99.8 is 0.3 s from now"
    assert told(posted) == [(Level.OK, "The beat sounds.")]


def test_only_the_newest_word_counts_and_silence_ends_it():
    speaker = Speaker()
    sounder = Sounder(speaker, lambda event: None, ManualClock(NS_PER_S))
    for rate in (150.0, 160.0, 170.0):
        sounder.play(rate, 1.0)
    sounder.turn()
    sounder.silence()
    sounder.turn()
    assert [each and each[0] for each in speaker.did] == [170.0, None]


def test_what_is_wrong_is_told_once_and_tried_again():
    clock, speaker, posted = ManualClock(NS_PER_S), Speaker(broken=True), []
    sounder = Sounder(speaker, posted.append, clock)
    sounder.play(170.0, 1.0)
    for _ in range(3):
        sounder.turn()
        clock.advance(5.5)
    assert told(posted) == [(Level.WARN, "There is no sound.")]
    speaker.broken = False
    sounder.turn()
    assert speaker.did[0][0] == 170.0
    assert told(posted)[-1] == (Level.OK, "The beat sounds.")
    speaker.broken = True
    sounder.play(180.0, 1.0)
    sounder.turn()
    sounder.silence()
    sounder.turn()
    clock.advance(60)
    sounder.turn()
    assert told(posted)[-1] == (Level.OK, "No beat sounds."), "a warning concerns the trial alone"
    assert speaker.did[-1] is None


def test_a_station_without_sound_says_so():
    posted = []
    sounder = Sounder(None, posted.append, ManualClock(NS_PER_S))
    sounder.play(170.0, 1.0)
    sounder.turn()
    assert told(posted) == [(Level.WARN, "This station has no sound.")]
    assert posted[0].item.remedy == "Follow the beat on the screen."


def test_the_thread_ends_with_silence():
    speaker = Speaker()
    sounder = Sounder(speaker, lambda event: None, MonotonicClock())
    sounder.start()
    sounder.play(170.0, 1.0)
    wait_for(lambda: speaker.did, what="a beat")
    assert sounder.stop(60)
    assert speaker.did[-1] is None
    assert sounder.errors == 0
