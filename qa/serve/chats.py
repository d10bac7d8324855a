"""The chat tools that the settings switch on, and their routes."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter
from pydantic import SecretStr

from qa.errors import SettingsError
from qa.serve.runtime import Runtime
from qa.serve.webhook import WebhookDoor
from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class Chats:
    """The secrets of the chat tools; what is None is off. All ask the same collection."""

    slack_signing_secret: str | None = None
    slack_bot_token: str | None = None
    mattermost_token: str | None = None
    teams_secret: str | None = None
    collection: str = "default"
    slack_api: str = "https://slack.com/api/"

    @classmethod
    def of(cls, settings: Settings) -> "Chats":
        """Read the settings."""
        return cls(
            slack_signing_secret=_text(settings.slack_signing_secret),
            slack_bot_token=_text(settings.slack_bot_token),
            mattermost_token=_text(settings.mattermost_token),
            teams_secret=_text(settings.teams_secret),
            collection=settings.chat_collection,
        )

    def routers(self, runtime: Runtime) -> Iterator[APIRouter]:
        """Yield the routes of what is on. Raises SettingsError for half a configuration."""
        if self.mattermost_token or self.teams_secret:
            door = WebhookDoor(runtime, self.mattermost_token, self.teams_secret, self.collection)
            yield door.router()
        secret, token = self.slack_signing_secret, self.slack_bot_token
        if bool(secret) != bool(token):
            raise SettingsError("Set both QUOTH_SLACK_SIGNING_SECRET and QUOTH_SLACK_BOT_TOKEN.")
        if secret and token:
            try:
                from qa.serve.slack import SlackDoor
            except ModuleNotFoundError as error:
                reason = f"({error.name} is missing): pip install 'quoth[slack]'"
                raise SettingsError(f"Slack needs the extra `slack` {reason}.") from error
            yield SlackDoor(runtime, secret, token, self.collection, self.slack_api).router()


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
