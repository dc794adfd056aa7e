"""What the configuration says, in the words of the kiosk's rooms."""

from __future__ import annotations

from device.coach.programme import Programme
from device.config import Config, SessionConfig
from device.domain.frames import CameraGeometry
from device.domain.screens import Look
from device.domain.trial import TrialPlan
from device.pipeline.schedule import PoseSchedule
from device.ports import PelvisEstimator
from device.session.setup_checks import SetupGiven
from device.session.state import Choosing, Timings


def schedule_of(config: Config, pelvis: PelvisEstimator) -> PoseSchedule | None:
    """When the runner is looked for; None: in every picture."""
    rate_hz = config.pose.rate_hz
    if rate_hz == "every" or getattr(pelvis, "needs_own_pose", False):
        return None
    return PoseSchedule(None if rate_hz == "auto" else rate_hz)


def timings_of(
    config: Config, *, keeping: bool = False, programmes: tuple[Programme, ...] = ()
) -> Timings:
    """The session machine's timings out of the configuration."""
    session, profile = config.session, config.station.profile
    kept = config.storage.sessions != "none"
    choosing = Choosing.NOBODY
    if profile == "clinic":
        choosing = Choosing.CODE
    elif profile == "home" and kept:
        choosing = Choosing.LIST
    usual = session.code_pattern == SessionConfig().code_pattern
    screen = config.screen
    return Timings(
        zero_wanted=session.standing_zero == "auto",
        keeping=keeping,
        zero_s=session.standing_zero_s,
        zero_timeout_s=session.standing_zero_timeout_s,
        choice_timeout_s=session.choice_timeout_s,
        countdown_s=session.countdown_s,
        maximum_s=session.maximum_s,
        results_timeout_s=session.results_timeout_s,
        saved_timeout_s=session.saved_timeout_s,
        setup_wanted=session.setup == "first",
        blank_after_s=screen.blank_after_s,
        menu_timeout_s=session.menu_timeout_s,
        runner_timeout_s=session.runner_timeout_s,
        choosing=choosing,
        code_pattern=session.code_pattern,
        code_rule=Timings().code_rule if usual else "",
        scanning=not config.buttons.keyboard,
        store=kept,
        look=Look(screen.language, screen.live_view, screen.show_picture),
        public=profile == "gym",
        step_height_mm=session.step_height_mm,
        exercise_sessions=session.exercise_sessions,
        exercise_steady_deg=session.exercise_steady_deg,
        programmes=programmes,
        trial=trial_of(config),
    )


def trial_of(config: Config) -> TrialPlan:
    """The cadence trial as configured."""
    coach = config.coach
    raises = (round(k * coach.trial_step_percent / 100, 6) for k in range(coach.trial_steps + 1))
    return TrialPlan(tuple(raises), coach.trial_minute_s)


def geometry_of(config: Config) -> CameraGeometry:
    """Where the camera stands, as configured."""
    place = config.geometry
    return CameraGeometry(place.above_hips_m, place.distance_m, place.hfov_deg, place.roll_deg)


def setup_given(config: Config) -> SetupGiven:
    """What is known of the station beforehand, for the set-up's checks."""
    geometry = geometry_of(config)
    # A recording has a rate of its own.
    recorded = config.camera.source in ("demo", "video")
    return SetupGiven(geometry, config.geometry.pitch_deg, None if recorded else config.camera.fps)
