"""Programmes, feedback that fades, cadence trial, endurance, exercises. Pure: numbers in, frozen
results out, time is a parameter.

`programme`   what a programme is, and the personal target
`progress`    where a runner is in one: what today holds, what was missed
`feedback`    when numbers are shown and when they are hidden, and what held when they were
`course`      a runner's way through one: today's session, what came of it, the baseline
`metronome`   beats
`clicks`      their sound, as samples
`trial`       the cadence trial
`endurance`   start against end of a long run
`shared`      the error that all steps of a session share
`posture`     the pelvis, the knee and the body's middle over the standing foot, from a pose
`exercises`   the exercises in their order: holds, repetitions, one cue at a time
`exercise_plan`  which of them is open to somebody, from what is kept

Sources for every dose and threshold: README.md here.
"""
