"""OneDoor 一扇门: software for a county's government-service centre."""

__version__ = "0.1.0"
