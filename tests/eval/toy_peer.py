"""An adapter without a library: ranks by shared words, and prints where it should not."""

from collections.abc import Sequence

from eval.peers.loop import Text, serve


class Toy:
    packages = ("numpy",)

    def load(self, model: str) -> None:
        print("a library that talks")  # noqa: T201

    def index(self, passages: Sequence[Text]) -> None:
        self.passages = passages

    def search(self, query: str, top_k: int) -> list[str]:
        if "break" in query:
            raise ValueError("broken")
        words = set(query.lower().split())
        ranked = sorted(self.passages, key=lambda one: -len(words & set(one.text.lower().split())))
        return [one.id for one in ranked[:top_k]]


if __name__ == "__main__":
    serve(Toy())
