"""Whether a run can be killed at any moment: each step of the month is killed, the month runs again by itself, and the figures are those of an undisturbed run."""
