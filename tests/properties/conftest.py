"""Examples are drawn the same way on every run, so that a failure is everybody's."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "sins",
    deadline=None,
    derandomize=True,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("sins")
