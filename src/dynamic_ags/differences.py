"""One difference between the manifest and an artifact, told so that a person can end it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two says, and where: ``file:line``, or the file where there is no line to point at."""

    place: str
    says: str


@dataclass(frozen=True, slots=True)
class Difference:
    """``change`` names the side to change first, and what to do there."""

    kind: str
    subject: str
    manifest: Side
    artifact: Side
    why: str
    change: str

    def document(self) -> dict[str, object]:
        """Return the difference as JSON's kinds."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "manifest": {"place": self.manifest.place, "says": self.manifest.says},
            "artifact": {"place": self.artifact.place, "says": self.artifact.says},
            "why": self.why,
            "change": self.change,
        }
