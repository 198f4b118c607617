"""A clock that tests move."""


class Clock:
    """Gives `now` (s), which stands until a test moves it."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
